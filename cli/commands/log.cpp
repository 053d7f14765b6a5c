// sdlrun log: what a step printed.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/past_runs.hpp"

namespace sdlrun::cli {

namespace {

engine::Result<void> print_log(Console& console, const engine::StepAttempt& attempt, const engine::Files& files) {
  if (attempt.log_file.empty()) {
    return engine::failure("step `" + attempt.step + "` has printed nothing", "`sdlrun explain " + attempt.step + "` tells what came of it");
  }
  return files.read_pieces(attempt.log_file, [&](std::string_view piece) { console.output.stream << piece; });
}

int show_log(Console& console, const PipelineWords& words, const std::string& run, const Session& session, const Messages& messages) {
  const AttemptQuery query{.pipeline = pipeline_of(words.file, *session.state), .step = words.names.front(), .run = run, .with_log = true};
  const auto printed = find_attempt(*session.state, query).and_then([&](const engine::StepAttempt& attempt) {
    return print_log(console, attempt, *session.files);
  });
  if (!printed) messages.error(printed.error());
  return printed ? exit_code::done : exit_code::wrong_input;
}

}  // namespace

int log_command(Console& console, const Words& words) {
  Options options("log", "log [FILE] STEP", "Prints what a step printed when it last ran. Without FILE: of the newest run of this project.");
  std::string run;
  std::vector<std::string> given;
  CommonOptions common;
  options.words(given);
  options.text("--run", run, "RUN", "of this run (`sdlrun runs` lists them)");
  common.declare(options, false);
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  const PipelineWords told = past_words(given);
  if (told.names.size() != 1) return options.refuse(console, told.names.empty() ? "no step was named" : "one step at a time");
  const Messages messages(console, false);
  return with_past(told.file, messages, [&](const engine::Project&, const Session& session) {
    return show_log(console, told, run, session, messages);
  });
}

}  // namespace sdlrun::cli
