#include "engine/run/step_execution.hpp"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/cache/file_values.hpp"
#include "engine/process/secret_masker.hpp"
#include "engine/run/shared_cache.hpp"

namespace sdlrun::engine {

namespace {

constexpr std::size_t log_lines_shown = 20;

std::string_view outcome_word(StepOutcome outcome) {
  if (outcome == StepOutcome::ran) return "ran";
  return outcome == StepOutcome::stopped ? "stopped" : "failed";
}

}  // namespace

StepExecution::StepExecution(const RunContext& run, dsl::NodeId step, StepDecision decision, Callbacks callbacks)
    : run_(run), step_(step), decision_(std::move(decision)), callbacks_(std::move(callbacks)) {
  make_context();
}

void StepExecution::start() {
  ++attempt_;
  started_ = run_.world.clock.monotonic();
  if (attempt_ == 1) {
    started_wall_ = run_.world.clock.wall();
  } else {
    make_context();
    context_->progress("attempt " + attempt_of_all());
  }
  const std::shared_ptr<StepContext> context = context_;  // the end may come before we leave
  context->operations().begin();
  const bool asks = attempt_ == 1 && run_.shared_cache != nullptr && !asks_outside() && run_.shared_cache->is_asked_for(node(), decision_);
  if (decision_.cached) ask_outside();
  else asks ? ask_shared_cache() : begin_attempt();
  context->operations().end();
}

void StepExecution::begin_attempt() {
  say_that_it_started(decision_.reason);
  if (auto ready = context_->prepare(decision_.environment); !ready) {
    result_ = tl::unexpected(std::move(ready.error()));
  } else {
    begin_timeout();
    begin_task();
  }
}

void StepExecution::say_that_it_started(const std::string& reason) {
  if (!std::exchange(is_said_to_start_, true)) run_.events.emit(StepStarted{step_, node().name, reason});
}

/// Each attempt has its own: folders, processes, warnings.
void StepExecution::make_context() {
  auto context = std::make_shared<StepContext>(run_, step_, decision_, [this] {
    run_.workers.post([self = shared_from_this()] { self->finish(); });
  });
  const std::lock_guard lock(context_mutex_);
  context_ = std::move(context);
  has_timed_out_ = false;
  // A stop that came in between has seen the one before only.
  was_stopped_ = stop_requested_;
  if (was_stopped_) context_->stop(StepContext::Why::interrupted);
}

void StepExecution::begin_task() {
  const Stage* stage = run_.stages.find(*node().schema);
  if (stage == nullptr) {
    result_ = failure("there is no stage `" + node().schema->full_name() + "`", "this is a mistake of sdlrun: please report it");
    return;
  }
  context_->operations().begin();
  engine::start<Result<StageOutputs>>(stage->run(*context_), [this](Result<StageOutputs> result) {
    result_ = std::move(result);
    // What the task has left behind, such as a server, goes with it.
    context_->stop(StepContext::Why::over);
    context_->operations().end();
  });
}

// ---- ending early --------------------------------------------------------------------------------------------------

void StepExecution::begin_timeout() {
  const Milliseconds timeout{node().options.timeout_milliseconds};
  if (timeout.count() <= 0) return;
  run_.world.clock.after(timeout, [weak = weak_from_this(), attempt = attempt_.load()] {
    if (const auto self = weak.lock()) self->time_out(attempt);
  });
}

void StepExecution::time_out(std::int64_t attempt) {
  const std::lock_guard lock(context_mutex_);
  if (attempt != attempt_ || context_->operations().is_interrupted()) return;
  has_timed_out_ = true;
  context_->stop(StepContext::Why::timeout);
}

void StepExecution::stop() {
  const std::lock_guard lock(context_mutex_);
  stop_requested_ = true;
  if (context_->operations().is_interrupted()) return;
  was_stopped_ = true;
  context_->stop(StepContext::Why::interrupted);
}

void StepExecution::stop_at_once() {
  const std::lock_guard lock(context_mutex_);
  context_->stop(StepContext::Why::interrupted);
}

// ---- another attempt -----------------------------------------------------------------------------------------------

bool StepExecution::may_try_again() const {
  const dsl::RetryOptions& retry = node().options.retry;
  if (attempt_ >= retry.attempts || was_stopped_ || run_.stop.requested || context_->secrets().lacks_any() || !callbacks_.may_rest()) return false;
  const std::vector<std::int64_t>& codes = retry.exit_codes;
  return codes.empty() || std::find(codes.begin(), codes.end(), context_->last_exit_code()) != codes.end();
}

/// Doubles with each attempt, and ends between half and the whole of that by chance, so that steps which failed together do
/// not come again together. The chance is the step's own: the same run waits as long.
Milliseconds StepExecution::pause() const {
  constexpr std::int64_t longest = 60 * 60 * 1000;
  std::int64_t whole = std::min(node().options.retry.backoff_milliseconds, longest);
  for (std::int64_t attempt = 1; attempt < attempt_ && whole < longest; ++attempt) whole = std::min(2 * whole, longest);
  const std::size_t chance = std::hash<std::string>{}(node().name + '/' + std::to_string(attempt_));
  return Milliseconds(whole - static_cast<std::int64_t>(chance % static_cast<std::size_t>(whole / 2 + 1)));
}

std::string StepExecution::attempt_of_all() const {
  return std::to_string(attempt_) + " of " + std::to_string(node().options.retry.attempts);
}

void StepExecution::rest(Error error) {
  const Milliseconds until_next = pause();
  failure_ = context_->secrets().masked(error);
  context_->log("--- attempt " + attempt_of_all() + " failed: " + failure_.message);
  run_.events.emit(StepRetried{.step = step_,
                               .name = node().name,
                               .attempt = attempt_,
                               .attempts = node().options.retry.attempts,
                               .pause = until_next,
                               .error = failure_,
                               .log_file = context_->step_log().path_if_written()});
  context_->remove_directories();
  no_collection_.reset();
  callbacks_.rests(until_next);
}

void StepExecution::give_up() { conclude(StepOutcome::failed, tl::unexpected(failure_)); }

// ---- the end -------------------------------------------------------------------------------------------------------

void StepExecution::finish() {
  if (fetched_) return conclude_fetched();
  if (still_holds_) return conclude_still_cached();
  duration_ = elapsed();
  // After a failure nothing new may start.
  if (result_ && *result_ && !has_timed_out_ && !was_stopped_) {
    if (const auto start_next = callbacks_.has_worked()) {
      run_.workers.post_beside([self = shared_from_this()] { self->finish_work(); });
      return start_next();
    }
  }
  finish_work();
}

void StepExecution::finish_work() {
  // Whoever asked for the end may have stopped the processes before we were told.
  if (run_.stop.requested && context_->has_stopped_processes()) was_stopped_ = true;
  Result<dsl::Fields> outputs = settle();
  const StepOutcome outcome = outputs ? StepOutcome::ran : was_stopped_ ? StepOutcome::stopped : StepOutcome::failed;
  if (outcome == StepOutcome::failed && may_try_again()) return rest(std::move(outputs.error()));
  conclude(outcome, std::move(outputs));
}

void StepExecution::conclude(StepOutcome outcome, Result<dsl::Fields> outputs) {
  if (auto recorded = record_attempt(outcome); !recorded && outcome == StepOutcome::ran) {
    outputs = tl::unexpected(std::move(recorded.error()));
    outcome = StepOutcome::failed;
  }
  no_collection_.reset();
  if (outcome == StepOutcome::ran) context_->conclude_outside();
  report(outcome, outputs);
  std::optional<StepResult> offered = to_offer(outcome, outputs);
  callbacks_.ended({step_, outcome, outputs ? dsl::Value::record(std::move(*outputs)) : dsl::Value()});
  if (offered) run_.shared_cache->offer(std::move(*offered));
  // Behind what the end has posted: to remove a large folder takes its time.
  if (context_->give_back_directories()) return;
  run_.workers.post([self = shared_from_this()] { self->context_->remove_directories(); });
}

Result<dsl::Fields> StepExecution::settle() {
  if (has_timed_out_) {
    const dsl::Value timeout(dsl::Value::Data(dsl::Duration{node().options.timeout_milliseconds}));
    return failure("timed out after " + dsl::plain_text(timeout), "give it longer with `timeout` in its `with { }`");
  }
  // A program that is told to end may do so with success, and with half of its work done.
  if (was_stopped_ && context_->has_stopped_processes()) return failure("stopped");
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

/// Values are shown, recorded and handed on: a secret in one would be seen, base64 of it as well. One that is very short may
/// stand in a value by chance.
Result<void> StepExecution::check_secrets(const StageOutputs& outputs) const {
  constexpr std::size_t too_short = 6;
  std::vector<std::string> secrets = context_->secrets().texts();
  if (secrets.empty()) return {};
  const auto short_ones = std::partition(secrets.begin(), secrets.end(), [](const std::string& secret) { return secret.size() >= too_short; });
  const std::vector<std::string> longer(secrets.begin(), short_ones);
  for (const auto& [name, value] : outputs) {
    const std::string text = dsl::value_to_json(value);
    const bool is_short_secret = std::any_of(short_ones, secrets.end(), [&](const std::string& secret) { return text == dsl::value_to_json(dsl::Value::text(secret)); });
    if (!is_short_secret && without_secrets(text, longer) == text) continue;
    return failure("output `" + name + "` holds a secret, and values are shown and recorded",
                   "let the program leave it out, or leave it in a file that only later steps read");
  }
  return {};
}

/// What was made from one content must not be found under the key of another.
Result<void> StepExecution::check_inputs() const {
  const Stage* stage = run_.stages.find(*node().schema);
  if (!node().options.cache || stage == nullptr) return {};
  const auto is_published = [](const dsl::Value& file) { return !digest_of(file).empty(); };
  const auto is_whole = [this](const dsl::Value& file) { return digest_of(file).empty() || run_.store.is_intact({{"file", file}}, false); };
  if (!every_file(decision_.inputs, is_whole) || !every_file(decision_.environment, is_whole)) {
    return failure("while the step ran, an output of an earlier step that it reads was changed or removed",
                   "let nobody write below `" + run_.store.state_folder().string() + "`, and run again: it is made anew");
  }
  const bool may_have_changed = !every_file(decision_.inputs, is_published) || !every_file(decision_.environment, is_published);
  if (!may_have_changed && stage->key_parts(decision_.inputs).empty()) return {};
  const auto key = step_key(node(), *stage, decision_.inputs, decision_.environment, run_.digests);
  if (!key) return tl::unexpected(key.error());
  const std::string difference = key_difference(decision_.key.parts, key->parts);
  if (difference.empty()) return {};
  return failure("while the step ran: " + difference, "run again: which of the two it has read is not known");
}

Result<dsl::Fields> StepExecution::publish(const StageOutputs& outputs) {
  if (auto held = hold_off_collection(); !held) return tl::unexpected(std::move(held.error()));
  auto published = run_.store.publish(decision_.key.hex, outputs, context_->work_directory());
  if (!published || !node().options.cache) return published;
  const StepResult result{decision_.key.hex, *published, context_->warnings(), duration_};
  if (auto recorded = run_.state.record_result(result); !recorded) return tl::unexpected(std::move(recorded.error()));
  return published;
}

/// What is published and not yet recorded would look as if nobody used it.
Result<void> StepExecution::hold_off_collection() {
  auto held = run_.store.hold_off_collection();
  if (!held) return tl::unexpected(std::move(held.error()));
  no_collection_ = std::move(*held);
  return {};
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
                                    .log_file = context_->step_log().path_if_written()});
}

void StepExecution::report(StepOutcome outcome, const Result<dsl::Fields>& outputs) {
  const Secrets& secrets = context_->secrets();
  StepFinished event{.step = step_,
                     .name = node().name,
                     .outcome = outcome,
                     .duration = duration_,
                     .warnings = context_->warnings(),
                     .outputs = outputs ? small_outputs(*outputs) : dsl::Fields(),
                     .error = {},
                     .log_file = context_->step_log().path_if_written(),
                     .log_tail = {},
                     .attempts = attempt_};
  if (!outputs) {
    event.error = secrets.masked(outputs.error());
  }
  if (outcome == StepOutcome::failed) event.log_tail = context_->log_tail(log_lines_shown);
  run_.events.emit(event);
}

Milliseconds StepExecution::elapsed() const {
  return std::chrono::duration_cast<Milliseconds>(run_.world.clock.monotonic() - started_);
}

}  // namespace sdlrun::engine
