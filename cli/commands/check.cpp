// sdlrun check: mistakes, all of them, without running anything.
#include <algorithm>
#include <ostream>
#include <utility>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/opened_pipeline.hpp"
#include "cli/report/words.hpp"

namespace sdlrun::cli {

namespace {

std::string what_was_checked(const OpenedPipeline& opened) {
  if (!opened.signature) return "a library, without a pipeline";
  if (!opened.is_bound) return "some params must be given to run it";
  return counted(opened.pipeline.nodes.size(), "step");
}

int check(Console& console, const OpenRequest& request, const Messages& messages) {
  const auto opened = open_pipeline(request, messages);
  if (!opened || !looks_good_ahead(*opened, messages)) return exit_code::wrong_input;
  if (messages.json()) return exit_code::done;
  const Style& style = console.output.style;
  console.output.say(style.mark(Mark::ran) + ' ' + request.words.file + ": no mistakes" + std::string(style.dot()) + what_was_checked(*opened) + '\n');
  return exit_code::done;
}

}  // namespace

int check_command(Console& console, const Words& words) {
  Options options("check", "check FILE… [name=value…]",
                  "Finds the mistakes of files, all in one go, without running anything.");
  OpenRequest request;
  request.check_only = true;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.text("--profile", request.profile, "NAME", "take params from this profile of sdl.yaml");
  common.declare(options);
  options.footer("Exit code 0: no mistakes (warnings do not count), 2: mistakes.");
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (given.empty()) return options.refuse(console, "no file was named");
  request.words = told_apart(given, true);
  std::vector<std::string> files = {request.words.file};
  for (std::string& other : std::exchange(request.words.names, {})) files.push_back(std::move(other));
  int code = exit_code::done;
  for (const std::string& file : files) {
    request.words.file = file;
    code = std::max(code, check(console, request, Messages(console, common.json)));
  }
  return code;
}

}  // namespace sdlrun::cli
