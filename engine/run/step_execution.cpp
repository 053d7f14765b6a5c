#include "engine/run/step_execution.hpp"

#include <algorithm>
#include <string_view>

namespace sdlrun::engine {

namespace {

constexpr std::size_t log_lines_shown = 20;

std::string_view outcome_word(StepOutcome outcome) {
  if (outcome == StepOutcome::ran) return "ran";
  return outcome == StepOutcome::stopped ? "stopped" : "failed";
}

}  // namespace

StepExecution::StepExecution(const RunContext& run, dsl::NodeId step, StepDecision decision,
                             std::function<void(StepEnd)> ended)
    : run_(run),
      step_(step),
      decision_(std::move(decision)),
      ended_(std::move(ended)),
      context_(run, step, decision_.inputs, [this] {
        run_.workers.post([self = shared_from_this()] { self->finish(); });
      }) {}

void StepExecution::start() {
  started_ = run_.world.clock.monotonic();
  started_wall_ = run_.world.clock.wall();
  run_.events.emit(StepStarted{step_, node().name, decision_.reason});
  context_.operations().begin();
  if (auto ready = context_.prepare(decision_.environment); !ready) {
    result_ = tl::unexpected(std::move(ready.error()));
  } else {
    begin_timeout();
    begin_task();
  }
  context_.operations().end();
}

void StepExecution::begin_task() {
  const Stage* stage = run_.stages.find(*node().schema);
  if (stage == nullptr) {
    result_ = failure("there is no stage `" + node().schema->full_name() + "`", "this is a mistake of sdlrun: please report it");
    return;
  }
  context_.operations().begin();
  engine::start<Result<StageOutputs>>(stage->run(context_), [this](Result<StageOutputs> result) {
    result_ = std::move(result);
    // What the task has left behind, such as a server, goes with it.
    context_.stop();
    context_.operations().end();
  });
}

// ---- ending early --------------------------------------------------------------------------------------------------

void StepExecution::begin_timeout() {
  const Milliseconds timeout{node().options.timeout_milliseconds};
  if (timeout.count() <= 0) return;
  run_.world.clock.after(timeout, [weak = weak_from_this()] {
    if (const auto self = weak.lock()) self->time_out();
  });
}

void StepExecution::time_out() {
  if (context_.operations().is_interrupted()) return;
  has_timed_out_ = true;
  context_.stop();
}

void StepExecution::stop() {
  if (context_.operations().is_interrupted()) return;
  was_stopped_ = true;
  context_.stop();
}

// ---- the end -------------------------------------------------------------------------------------------------------

void StepExecution::finish() {
  duration_ = elapsed();
  // Whoever asked for the end may have stopped the processes before we were told.
  if (run_.stop.requested && context_.has_stopped_processes()) was_stopped_ = true;
  Result<dsl::Fields> outputs = settle();
  StepOutcome outcome = outputs ? StepOutcome::ran : was_stopped_ ? StepOutcome::stopped : StepOutcome::failed;
  if (auto recorded = record_attempt(outcome); !recorded && outcome == StepOutcome::ran) {
    outputs = tl::unexpected(std::move(recorded.error()));
    outcome = StepOutcome::failed;
  }
  report(outcome, outputs);
  ended_({step_, outcome, outputs ? dsl::Value::record(std::move(*outputs)) : dsl::Value()});
  context_.remove_directories();
}

Result<dsl::Fields> StepExecution::settle() {
  if (has_timed_out_) {
    const dsl::Value timeout(dsl::Value::Data(dsl::Duration{node().options.timeout_milliseconds}));
    return failure("timed out after " + dsl::plain_text(timeout), "give it longer with `timeout` in its `with { }`");
  }
  // A program that is told to end may do so with success, and with half of its work done.
  if (was_stopped_ && context_.has_stopped_processes()) return failure("stopped");
  if (!*result_) return tl::unexpected(result_->error());
  if (auto complete = check_outputs(**result_); !complete) return tl::unexpected(std::move(complete.error()));
  if (auto hidden = check_secrets(**result_); !hidden) return tl::unexpected(std::move(hidden.error()));
  if (auto same = check_inputs(); !same) return tl::unexpected(std::move(same.error()));
  return publish(**result_);
}

Result<void> StepExecution::check_outputs(const StageOutputs& outputs) const {
  const auto is_there = [&](const std::string& name) {
    return std::any_of(outputs.begin(), outputs.end(), [&](const auto& output) { return output.first == name; });
  };
  const auto missing = [&](const std::string& name) {
    return failure("the stage `" + node().schema->full_name() + "` gave no output `" + name + "`",
                   "this is a mistake of the stage: please report it");
  };
  for (const dsl::OutputSchema& output : node().schema->outputs) {
    if (!is_there(output.name)) return missing(output.name);
  }
  for (const dsl::NodeOutput& output : node().declared_outputs) {
    if (!is_there(output.name)) return missing(output.name);
  }
  return {};
}

/// Values are shown, recorded and handed on: a secret in one would be seen. One that is very short may stand in a value by
/// chance.
Result<void> StepExecution::check_secrets(const StageOutputs& outputs) const {
  constexpr std::size_t too_short = 6;
  for (const std::string& secret : context_.secrets().texts()) {
    for (const auto& [name, value] : outputs) {
      const std::string text = dsl::value_to_json(value);
      const bool is_held = secret.size() >= too_short ? text.find(secret) != std::string::npos : text == dsl::value_to_json(dsl::Value::text(secret));
      if (!is_held) continue;
      return failure("output `" + name + "` holds a secret, and values are shown and recorded",
                     "let the program leave it out, or leave it in a file that only later steps read");
    }
  }
  return {};
}

/// What was made from one content must not be found under the key of another.
Result<void> StepExecution::check_inputs() const {
  const Stage* stage = run_.stages.find(*node().schema);
  if (!node().options.cache || stage == nullptr) return {};
  const auto key = step_key(node(), *stage, decision_.inputs, decision_.environment, run_.digests);
  if (!key) return tl::unexpected(key.error());
  const std::string difference = key_difference(decision_.key.parts, key->parts);
  if (difference.empty()) return {};
  return failure("while the step ran: " + difference, "run again: which of the two it has read is not known");
}

Result<dsl::Fields> StepExecution::publish(const StageOutputs& outputs) {
  auto published = run_.store.publish(decision_.key.hex, outputs, context_.work_directory());
  if (!published || !node().options.cache) return published;
  const StepResult result{decision_.key.hex, *published, context_.warnings(), duration_};
  if (auto recorded = run_.state.record_result(result); !recorded) return tl::unexpected(std::move(recorded.error()));
  return published;
}

Result<void> StepExecution::record_attempt(StepOutcome outcome) {
  return run_.state.record_attempt({.pipeline = run_.pipeline.name,
                                    .step = node().name,
                                    .run = run_.run,
                                    .key = decision_.key.hex,
                                    .parts = decision_.key.parts,
                                    .outcome = std::string(outcome_word(outcome)),
                                    .reason = decision_.reason,
                                    .started = started_wall_,
                                    .duration = duration_,
                                    .log_file = context_.step_log().path_if_written()});
}

void StepExecution::report(StepOutcome outcome, const Result<dsl::Fields>& outputs) {
  const Secrets& secrets = context_.secrets();
  StepFinished event{.step = step_,
                     .name = node().name,
                     .outcome = outcome,
                     .duration = duration_,
                     .warnings = context_.warnings(),
                     .outputs = outputs ? small_outputs(*outputs) : dsl::Fields(),
                     .error = {},
                     .log_file = context_.step_log().path_if_written(),
                     .log_tail = {}};
  if (!outputs) {
    const Error& error = outputs.error();
    event.error = {secrets.masked(error.message), secrets.masked(error.hint), secrets.masked(error.detail)};
  }
  if (outcome == StepOutcome::failed) event.log_tail = context_.log_tail(log_lines_shown);
  run_.events.emit(event);
}

Milliseconds StepExecution::elapsed() const {
  return std::chrono::duration_cast<Milliseconds>(run_.world.clock.monotonic() - started_);
}

}  // namespace sdlrun::engine
