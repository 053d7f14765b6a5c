// sdlrun fmt: the one canonical form.
#include <algorithm>
#include <filesystem>
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/messages.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/source_text.hpp"
#include "dsl/syntax/formatter.hpp"
#include "dsl/syntax/parser.hpp"
#include "engine/world/real/real_files.hpp"

namespace sdlrun::cli {

namespace {

/// Nothing where the text has mistakes, which then have been said.
std::optional<std::string> canonical(const std::string& name, const std::string& text, const Messages& messages) {
  dsl::Sources sources;
  dsl::Diagnostics diagnostics;
  const dsl::Module module = dsl::parse_module(sources, sources.add(name, text), diagnostics);
  messages.diagnostics(sources, diagnostics);
  if (diagnostics.has_errors()) return std::nullopt;
  return dsl::format_module(sources, module);
}

/// Through a link to the file behind it, keeping who may read it.
engine::Result<void> replace_content(const std::string& file, const std::string& text) {
  std::error_code problem;
  const std::filesystem::path target = std::filesystem::canonical(file, problem);
  const std::filesystem::perms permissions = std::filesystem::status(target, problem).permissions();
  if (const auto written = engine::RealFiles().write(target, text); !written) return written;
  std::filesystem::permissions(target, permissions, problem);
  return {};
}

int format_input(Console& console, bool check_only, const Messages& messages) {
  const std::string text = read_all(console.input);
  const std::optional<std::string> formatted = canonical("standard input", text, messages);
  if (!formatted) return exit_code::wrong_input;
  if (check_only) return *formatted == text ? exit_code::done : exit_code::failed;
  console.output.stream << *formatted;
  return exit_code::done;
}

int format_file(Console& console, const std::string& file, bool check_only, const Messages& messages) {
  if (const auto error = missing_file(file)) {
    messages.error(*error);
    return exit_code::wrong_input;
  }
  const engine::Result<std::string> text = read_source(file);
  if (!text) {
    messages.error(text.error());
    return exit_code::wrong_input;
  }
  const std::optional<std::string> formatted = canonical(file, *text, messages);
  if (!formatted) return exit_code::wrong_input;
  if (*formatted == *text) return exit_code::done;
  console.output.say(file + '\n');
  if (check_only) return exit_code::failed;
  const engine::Result<void> written = replace_content(file, *formatted);
  if (!written) messages.error(written.error());
  return written ? exit_code::done : exit_code::cannot_work;
}

}  // namespace

int format_command(Console& console, const Words& words) {
  Options options("fmt", "fmt [--check] FILE…", "Brings files into the one canonical form and names those it changed.\n`-` reads standard input and writes standard output.");
  bool check_only = false;
  std::vector<std::string> files;
  CommonOptions common;
  options.words(files);
  options.flag("--check", check_only, "change nothing; name the files that are not in that form, and exit with 1");
  common.declare(options, false);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (files.empty()) return options.refuse(console, "no file was named");
  const Messages messages(console, false);
  int code = exit_code::done;
  for (const std::string& file : files) {
    const int outcome = file == "-" ? format_input(console, check_only, messages) : format_file(console, file, check_only, messages);
    code = std::max(code, outcome);
  }
  return code;
}

}  // namespace sdlrun::cli
