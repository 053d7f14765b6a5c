// sdlrun diff: what two runs have done differently.
#include <ostream>

#include "cli/commands/commands.hpp"
#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/history/run_difference.hpp"
#include "cli/past_runs.hpp"

namespace sdlrun::cli {

namespace {

engine::Result<RunWithKeys> run_with_keys(const engine::RunRecord& record, const engine::Project& project, const Session& session) {
  return read_past_run(record, project, *session.files).map([&](PastRun run) {
    return RunWithKeys{.run = std::move(run), .attempts = session.state->attempts(record.run)};
  });
}

engine::Result<RunDifference> compared(const Words& runs, const engine::Project& project, const Session& session) {
  const auto then = find_run(*session.state, "", runs[0]);
  if (!then) return tl::unexpected(then.error());
  const auto now = find_run(*session.state, "", runs[1]);
  if (!now) return tl::unexpected(now.error());
  if (auto comparable = check_comparable(*then, *now); !comparable) return tl::unexpected(comparable.error());
  auto then_run = run_with_keys(*then, project, session);
  if (!then_run) return tl::unexpected(then_run.error());
  auto now_run = run_with_keys(*now, project, session);
  if (!now_run) return tl::unexpected(now_run.error());
  return run_difference(std::move(*then_run), std::move(*now_run));
}

int compare(Console& console, const Words& runs, const engine::Project& project, const Session& session, const Messages& messages) {
  const engine::Result<RunDifference> difference = compared(runs, project, session);
  if (!difference) {
    messages.error(difference.error());
    return exit_code::wrong_input;
  }
  const Screen& screen = console.output;
  messages.json() ? screen.write(difference_json(*difference)) : screen.say(difference_text(*difference, screen.style, screen.columns()));
  return exit_code::done;
}

}  // namespace

int diff_command(Console& console, const Words& words) {
  Options options("diff", "diff RUN1 RUN2",
                  "Compares two runs of a pipeline, step by step: what came of each, why it ran, how long it took, and\n"
                  "what it gave. Steps that do not differ are only counted.");
  Words runs;
  CommonOptions common;
  options.words(runs);
  common.declare(options);
  options.footer("`sdlrun runs` lists the runs of this project.");
  if (const auto code = options.parse(words, console)) return *code;
  common.apply(console);
  if (runs.size() != 2) return options.refuse(console, "`diff` takes two runs", "`sdlrun runs` lists them: sdlrun diff RUN1 RUN2");
  const Messages messages(console, common.json);
  return with_past("", messages, [&](const engine::Project& project, const Session& session) {
    return compare(console, runs, project, session, messages);
  });
}

}  // namespace sdlrun::cli
