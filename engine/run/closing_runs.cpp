#include "engine/run/closing_runs.hpp"

#include <condition_variable>
#include <map>
#include <optional>

#include "engine/run/step_environment.hpp"

namespace sdlrun::engine {

namespace {

constexpr Milliseconds closing_look_interval{20};
/// Containers have ten seconds each to end, by Docker's default.
constexpr Milliseconds longest_closing{120'000};
constexpr Milliseconds grace{2'000};

Environment environment_of(const RunContext& run, const Closing& closing) {
  std::map<std::string, std::string> variables(run.handed_on.begin(), run.handed_on.end());
  for (const auto& [name, value] : closing.environment) variables[name] = value;
  return Environment(variables.begin(), variables.end());
}

ProcessRequest request_of(const RunContext& run, const OpenClosing& open) {
  return {.command = open.closing.command,
          .directory = "/",
          .environment = environment_of(run, open.closing),
          .log_file = open.log,
          .secrets = open.secrets,
          .timeout = longest_closing,
          .grace = grace,
          .survives_stop = true};
}

struct Ended {
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<Result<ProcessResult>> result;
};

/// No worker is there any more that could wait for it.
Result<ProcessResult> run_to_its_end(const RunContext& run, ProcessRequest request) {
  const auto ended = std::make_shared<Ended>();
  const ProcessId process = run.world.processes.start(std::move(request), [ended](Result<ProcessResult> result) {
    const std::lock_guard lock(ended->mutex);
    ended->result = std::move(result);
    ended->changed.notify_all();
  });
  bool is_told_to_end = false;
  std::unique_lock lock(ended->mutex);
  while (!ended->result) {
    if (run.options.on_idle) {
      lock.unlock();
      const bool moved = run.options.on_idle();
      lock.lock();
      if (!moved && !ended->result) return failure("it does not end");
    } else {
      ended->changed.wait_for(lock, closing_look_interval);
    }
    if (!run.stop.at_once || is_told_to_end) continue;
    is_told_to_end = true;
    lock.unlock();
    run.world.processes.stop(process);
    lock.lock();
  }
  return *ended->result;
}

void tell_of_failure(const RunContext& run, const OpenClosing& open, const std::string& why) {
  run.events.emit(RunNoted{.is_warning = true,
                           .text = open.closing.what + ", which step `" + open.closing.step + "` has begun, could not be taken away: " + why,
                           .hint = "the next run here tries again; `" + open.log.string() + "` shows what was printed"});
}

bool run_closing(const RunContext& run, const OpenClosing& open) {
  run.events.emit(RunNoted{.text = "taking away " + open.closing.what});
  static_cast<void>(run.world.files.make_directories(open.log.parent_path()));  // gc may have taken it, with a run that was killed
  const Result<ProcessResult> result = run_to_its_end(run, request_of(run, open));
  if (result && result->success()) return true;
  tell_of_failure(run, open, result ? "`" + open.closing.command.front() + "`: " + describe(*result) : result.error().message);
  return false;
}

}  // namespace

void run_closings(const RunContext& run, Closings& closings, const std::vector<OpenClosing>& open) {
  for (const OpenClosing& one : open) {
    if (run.stop.at_once) {
      tell_of_failure(run, one, "the run was to stop at once");
      continue;
    }
    if (run_closing(run, one)) closings.forget(one);
  }
}

}  // namespace sdlrun::engine
