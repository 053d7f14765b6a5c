#include "cli/history/past_run.hpp"

#include <algorithm>
#include <chrono>

#include "cli/report/event_log.hpp"
#include "engine/run/step_log.hpp"

namespace sdlrun::cli {

namespace {

constexpr std::size_t log_lines_shown = 100;

engine::Milliseconds time_since(engine::Milliseconds since_1970) {
  return std::chrono::duration_cast<engine::Milliseconds>(std::chrono::system_clock::now().time_since_epoch()) - since_1970;
}

/// The event has the last lines already; the log itself, where it is still there, has more.
void add_log_tails(PastRun& run, const engine::Project& project, engine::Files& files) {
  for (PastStep& step : run.steps) {
    if (step.is_requirement() || !step.ended_badly()) continue;
    const std::string tail = engine::log_tail(files, engine::step_log_path(project.state_folder, run.record.run, step.name), log_lines_shown);
    if (!tail.empty()) step.log_tail = tail;
  }
}

}  // namespace

std::string_view outcome_word(PastOutcome outcome) {
  switch (outcome) {
    case PastOutcome::ran: return "ran";
    case PastOutcome::cached: return "cached";
    case PastOutcome::skipped: return "skipped";
    case PastOutcome::failed: return "failed";
    case PastOutcome::stopped: return "stopped";
    case PastOutcome::not_reached: return "not reached";
    case PastOutcome::unfinished: return "unfinished";
    case PastOutcome::unknown: return "unknown";
  }
  return "";
}

std::size_t PastRun::count(PastOutcome outcome) const {
  return static_cast<std::size_t>(std::count_if(steps.begin(), steps.end(), [&](const PastStep& step) {
    return step.outcome == outcome && !step.is_requirement();
  }));
}

engine::Result<PastRun> read_past_run(const engine::RunRecord& record, const engine::Project& project, engine::Files& files) {
  const std::filesystem::path path = event_log_path(project.state_folder, record.run);
  const auto status = files.status(path);
  if (!status) return tl::unexpected(status.error());
  if (!status->has_value()) {
    if (record.ran + record.failed == 0) return past_run(record, "");
    return engine::failure("run " + record.run + " has no event log",
                           "its folder in .sdl/runs was removed, or it was made by an sdlrun that kept none");
  }
  const auto lines = files.read(path);
  if (!lines) return tl::unexpected(lines.error());
  PastRun run = past_run(record, *lines, record.outcome == "running" ? time_since(record.started) : engine::Milliseconds(0));
  add_log_tails(run, project, files);
  return run;
}

}  // namespace sdlrun::cli
