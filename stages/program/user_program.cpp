#include "stages/program/user_program.hpp"

#include <algorithm>
#include <filesystem>

namespace sdlrun::stages {

namespace fs = std::filesystem;

namespace {

/// Copies: the program may write to them, and the originals stay as they are. What the engine keeps in a folder is no
/// content of anybody's, as for its digest: a project that is placed in a step would hold itself.
void copy_input(const fs::path& source, const fs::path& target, std::error_code& code) {
  constexpr auto options = fs::copy_options::copy_symlinks;
  if (!fs::is_directory(source, code)) return fs::copy(source, target, code);
  fs::create_directories(target, code);
  for (fs::recursive_directory_iterator entry(source, code), end; !code && entry != end; entry.increment(code)) {
    const fs::path place = target / entry->path().lexically_relative(source);
    if (entry->path().filename() == ".sdl") {
      entry.disable_recursion_pending();
    } else if (entry->is_directory() && !entry->is_symlink()) {
      fs::create_directories(place, code);
      if (!code) fs::permissions(place, entry->status().permissions() | fs::perms::owner_all, code);
    } else {
      fs::copy(entry->path(), place, options, code);
    }
    if (code) return;
  }
}

engine::Result<void> place_file(const fs::path& source, const std::string& name, const fs::path& folder) {
  auto relative = place_in_folder(name);
  if (!relative) return tl::unexpected(std::move(relative.error()));
  const fs::path target = folder / *relative;
  std::error_code code;
  fs::create_directories(target.parent_path(), code);
  if (!code) copy_input(source, target, code);
  if (!code && fs::is_regular_file(target)) fs::permissions(target, fs::perms::owner_write, fs::perm_options::add, code);
  if (!code) return {};
  // A copy that a full disk has cut short is told as an input/output error.
  const bool may_be_full = code == std::errc::no_space_on_device || code == std::errc::io_error;
  return engine::failure("cannot place `" + source.string() + "` as `" + name + "`: " + code.message(), may_be_full ? "make room on this disk, if `df -h` shows that it is full" : "");
}

}  // namespace

engine::Result<fs::path> place_in_folder(const std::string& name) {
  fs::path relative = fs::path(name).lexically_normal();
  if (relative.empty() || relative.is_absolute() || *relative.begin() == ".." || relative == ".") {
    return engine::failure("`" + name + "` is no name for a file in the step's folder", "give a path below it, such as `conf/app.yaml`");
  }
  return relative;
}

engine::Result<void> place_files(const engine::StageContext& context, const dsl::Value& files) { return place_files(context.work_directory(), files); }

engine::Result<void> place_files(const fs::path& folder, const dsl::Value& files) {
  if (files.as_fields() == nullptr) return {};
  for (const auto& [name, value] : *files.as_fields()) {
    if (auto placed = place_file(dsl::plain_text(value), name, folder); !placed) return placed;
  }
  return {};
}

std::optional<fs::path> standard_output_file(const engine::StageContext& context) {
  const auto& outputs = context.declared_outputs();
  const bool is_wanted = std::any_of(outputs.begin(), outputs.end(), [](const dsl::NodeOutput& output) { return output.source == dsl::OutputSource::standard_output; });
  return is_wanted ? std::optional(context.scratch_directory() / "stdout") : std::nullopt;
}

namespace {

constexpr std::string_view see_its_log = "its log shows what it printed";

}  // namespace

engine::Error program_failed(const std::string& shown, const engine::ProcessResult& result) {
  std::string hint(see_its_log);
  if (result.exit_code == 127) hint = "127 means that a command was not found: is the program installed, and on the PATH?";
  if (result.exit_code == 126) hint = "126 means that a command is not executable: `chmod +x` it, or name its interpreter";
  if (result.signal == 9) hint = "signal 9 often means that memory ran out: `dmesg` would tell";
  if (result.timed_out) hint = "give it more time with `with { timeout = … }`, or find out what it waits for";
  return {.message = shown + " ended with " + describe(result), .hint = hint};
}

namespace {

/// What the last lines of a program here say that a newcomer to steps' folders needs to know; empty where they say nothing of it.
std::string hint_of_lines(const std::string& lines) {
  const auto says = [&](std::string_view words) { return lines.find(words) != std::string::npos; };
  if (says("No such file or directory") || says("can't open file") || says("Cannot find module")) {
    return "the step runs in a folder of its own, which has only what `files` names, as in `files = { \"data.csv\": \"data.csv\" }`";
  }
  if (says("unbound variable") || says("parameter not set")) return "a script has no variables of the pipeline: hand them over by `with { env = { \"NAME\": value } }`";
  return "";
}

}  // namespace

engine::Task<engine::Result<engine::StageOutputs>> run_user_program(engine::StageContext& context, std::vector<std::string> command, std::string shown) {
  engine::ProcessRequest request;
  request.command = std::move(command);
  request.standard_output_file = standard_output_file(context);
  engine::Task<engine::Result<engine::ProcessResult>> running = context.run(std::move(request));
  const engine::Result<engine::ProcessResult> result = co_await running;
  if (!result) co_return tl::unexpected(result.error());
  if (!result->success()) {
    engine::Error error = program_failed(shown, *result);
    const bool ended_by_itself = !result->timed_out && result->signal == 0;
    std::string hint = ended_by_itself ? hint_of_lines(context.log_tail(5)) : "";
    if (!hint.empty()) error.hint = std::move(hint);
    if (error.hint == see_its_log && context.log_tail(1).empty()) error.hint = "it printed nothing; in a script, `set -x` shows each command before it runs";
    co_return tl::unexpected(std::move(error));
  }
  co_return engine::collect_declared_outputs(context, standard_output_file(context).value_or(""));
}

}  // namespace sdlrun::stages
