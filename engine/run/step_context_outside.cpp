// A step's context: what it has done beyond this machine.
#include "engine/run/step_context.hpp"

namespace sdlrun::engine {

namespace {

/// For removing things outside when the step is stopping: as long as processes have to end.
constexpr Milliseconds time_to_end{10'000};

}  // namespace

Task<Result<std::string>> StepContext::outside(OutsideWork& work) {
  const std::shared_ptr<void> in_progress = run_.stop.outside_now->enter({.step = step_name(), .kind = work.kind(), .place = work.place(), .when_stopped = work.when_stopped()});
  OutsideStep step(OutsideRecords(run_.store.state_folder(), world_.files), work, outside_surroundings());
  Task<Result<std::string>> running = step.run();
  Result<std::string> name = co_await running;
  if (name) done_outside_.push_back(step.record());
  else last_exit_code_ = step.exit_code();
  co_return name;
}

OutsideSurroundings StepContext::outside_surroundings() {
  return {.begun = {.name = {},
                    .key = decision_.outside_key,
                    .attempt = 1,
                    .kind = {},
                    .place = {},
                    .pipeline = run_.pipeline.name,
                    .step = step_name(),
                    .run = run_.run,
                    .intended_at = world_.clock.wall()},
          .stopping = [this] { return operations_.is_interrupted(); },
          .await_stop = [this] { return await_stop(); },
          .has_timed_out = [this] { return why_ == Why::timeout; },
          .wish = [this] { return run_.stop.outside.load(); },
          .allow_ending = [this] { return allow_ending(); },
          .log = [this](std::string text) { log(text); },
          .note = [this](RunNoted note) {
            note.text = "step `" + step_name() + "`: " + secrets_.masked(std::move(note.text));
            run_.events.emit(note);
          }};
}

/// The request may have been seen by the stage before it was obeyed.
Task<bool> StepContext::await_stop() {
  if (!run_.stop.requested || operations_.is_interrupted()) co_return true;
  Task<bool> sleeping = sleep(std::chrono::hours(1));
  co_return co_await sleeping;
}

bool StepContext::allow_ending() {
  if (run_.stop.at_once) return false;
  operations_.allow_ending();
  world_.clock.after(time_to_end, [this, gate = ending_gate_] {
    const std::lock_guard lock(gate->mutex);
    if (gate->is_open) operations_.interrupt();
  });
  return true;
}

/// With `cache = "off"` there is no result to wait for: the next run starts another.
void StepContext::conclude_outside() {
  if (run_.pipeline[step_].options.cache) return;
  OutsideRecords records(run_.store.state_folder(), world_.files);
  for (const OutsideRecord& record : done_outside_) static_cast<void>(records.settle(record, "the step has ended"));
}

}  // namespace sdlrun::engine
