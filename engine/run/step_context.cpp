#include "engine/run/step_context.hpp"

#include <algorithm>
#include <utility>

#include "engine/closing/closings.hpp"
#include "engine/run/step_environment.hpp"

namespace sdlrun::engine {

namespace {

Error stopped_error() { return {"the step was stopped"}; }

}  // namespace

StepContext::StepContext(const RunContext& run, dsl::NodeId step, const StepDecision& decision, std::function<void()> all_ended)
    : run_(run),
      step_(step),
      decision_(decision),
      world_(run.world),
      inputs_(decision.inputs),
      secrets_(run.options.user_environment, run.world.files, run.store.state_folder()),
      log_(run.world.files, run.world.clock, run.store.state_folder(), run.run, run.step_name(step), run.log_folder_is_made),
      operations_(run.workers, std::move(all_ended)) {}

StepContext::~StepContext() {
  const std::lock_guard lock(ending_gate_->mutex);
  ending_gate_->is_open = false;
}

Result<void> StepContext::prepare(const dsl::Fields& declared_environment) {
  auto directory = run_.store.make_work_directory(step_name());
  if (!directory) return tl::unexpected(std::move(directory.error()));
  work_directory_ = std::move(*directory);
  auto temporary = run_.store.make_temporary_directory();
  if (!temporary) return tl::unexpected(std::move(temporary.error()));
  temporary_directory_ = std::move(*temporary);
  const StepEnvironmentRequest request{.handed_on = run_.handed_on,
                                       .declared = declared_environment_,
                                       .outputs = declared_outputs(),
                                       .work_directory = work_directory_,
                                       .temporary_directory = temporary_directory_};
  auto declared = texts_of(declared_environment, secrets_);
  if (!declared) return tl::unexpected(std::move(declared.error()));
  declared_environment_ = std::move(*declared);
  environment_ = step_environment(request);
  return {};
}

bool StepContext::give_back_directories() {
  return !has_scratch_ && (work_directory_.empty() || run_.store.take_back_directories(work_directory_, temporary_directory_));
}

void StepContext::remove_directories() {
  if (work_directory_.empty()) return;
  static_cast<void>(run_.store.remove_work_directory(work_directory_));
  if (!temporary_directory_.empty()) run_.store.remove_temporary_directory(temporary_directory_);
  if (has_scratch_) static_cast<void>(world_.files.remove(scratch_directory_));
}

const std::filesystem::path& StepContext::scratch_directory() const {
  std::call_once(scratch_once_, [this] {
    scratch_directory_ = work_directory_.string() + ".scratch";
    // Should it fail, so does what the stage wants to put there, which says why.
    static_cast<void>(run_.world.files.make_directories(scratch_directory_));
    has_scratch_ = true;
  });
  return scratch_directory_;
}

// ---- processes -----------------------------------------------------------------------------------------------------

Result<void> StepContext::complete(ProcessRequest& request) {
  if (auto ready = log_.prepare(); !ready) return ready;
  if (request.directory.empty()) request.directory = work_directory_;
  if (request.environment.empty()) request.environment = environment_;
  if (request.log_file.empty()) request.log_file = log_.path();
  for (std::string& secret : secrets_.texts()) request.secrets.push_back(std::move(secret));
  request.on_line = [this, stage_wants = std::move(request.on_line)](std::string_view line) {
    printed(line);
    if (stage_wants) stage_wants(line);
  };
  return {};
}

ProcessId StepContext::start_process(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) {
  operations_.begin();
  auto ready = stopping() ? Result<void>(tl::unexpected(stopped_error())) : complete(request);
  if (!ready) {
    operations_.finish_with([done = std::move(done), error = std::move(ready.error())] { done(tl::unexpected(error)); });
    return 0;
  }
  std::uint64_t number = 0;
  {
    const std::lock_guard lock(mutex_);
    number = ++next_process_;
    processes_[number] = 0;
  }
  operations_.begin();  // keeps this here until the process is remembered, should it end at once
  const ProcessId process = world_.processes.start(std::move(request), [this, number, done](Result<ProcessResult> result) {
    forget_process(number);
    if (result && result->stopped && stopping()) has_stopped_processes_ = true;
    if (result && !result->success()) last_exit_code_ = result->exit_code;
    operations_.finish_with([done, result = std::move(result)] { done(result); });
  });
  remember_process(number, process);
  operations_.end();
  return process;
}

void StepContext::remember_process(std::uint64_t number, ProcessId process) {
  {
    const std::lock_guard lock(mutex_);
    const auto place = processes_.find(number);
    if (place == processes_.end()) return;
    place->second = process;
  }
  if (stopping()) world_.processes.stop(process);
}

void StepContext::forget_process(std::uint64_t number) {
  const std::lock_guard lock(mutex_);
  processes_.erase(number);
}

void StepContext::stop(Why why) {
  if (!operations_.is_interrupted()) why_ = why;
  operations_.interrupt();
  std::vector<ProcessId> running;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [number, process] : processes_) running.push_back(process);
  }
  // One that is just being started is stopped by whoever starts it.
  std::erase(running, ProcessId{0});
  for (const ProcessId process : running) world_.processes.stop(process);
}

Task<Result<ProcessResult>> StepContext::run(ProcessRequest request) {
  CallbackAwaiter<Result<ProcessResult>> ended([this, request = std::move(request)](auto done) mutable {
    start_process(std::move(request), std::move(done));
  });
  co_return co_await ended;
}

// ---- waits ---------------------------------------------------------------------------------------------------------

Task<Result<HttpResponse>> StepContext::http(HttpRequest request) {
  auto gate = std::make_shared<Gate>();
  if (request.on_progress) {
    request.on_progress = [gate, stage_wants = std::move(request.on_progress)](std::uint64_t received, std::uint64_t expected) {
      const std::lock_guard lock(gate->mutex);
      if (gate->is_open) stage_wants(received, expected);
    };
  }
  // What is asked for by now ends a thing outside: all else is refused.
  request.survives_stop = request.survives_stop || operations_.is_interrupted();
  std::function<void(std::function<void(Result<HttpResponse>)>)> call = [this, request = std::move(request)](auto done) {
    world_.remote.call(request, std::move(done));
  };
  Result<HttpResponse> interrupted = tl::unexpected(stopped_error());
  Result<HttpResponse> response = co_await operations_.wait(std::move(call), std::move(interrupted));
  const std::lock_guard lock(gate->mutex);
  gate->is_open = false;
  co_return response;
}

Task<bool> StepContext::sleep(Milliseconds delay) {
  std::function<void(std::function<void(bool)>)> begin = [this, delay](std::function<void(bool)> done) {
    world_.clock.after(delay, [done = std::move(done)] { done(true); });
  };
  co_return co_await operations_.wait(std::move(begin), true);
}

Task<Result<std::shared_ptr<void>>> StepContext::lock_shared(std::string name) {
  using Lock = Result<std::shared_ptr<void>>;
  std::function<void(std::function<void(Lock)>)> acquire = [this, name = std::move(name)](std::function<void(Lock)> done) {
    run_.locks.acquire(name, std::move(done));
  };
  Lock interrupted = tl::unexpected(stopped_error());
  co_return co_await operations_.wait(std::move(acquire), std::move(interrupted));
}

Result<void> StepContext::at_end(Closing closing) {
  closing.step = step_name();
  closing.run = run_.run;
  std::erase_if(closing.environment, [this](const auto& variable) { return secrets_.masked(variable.second) != variable.second; });
  if (auto ready = log_.prepare(); !ready) return ready;
  return run_.closings.add(std::move(closing), log_.path(), secrets_.texts());
}

// ---- what people see -----------------------------------------------------------------------------------------------

void StepContext::printed(std::string_view line) {
  run_.events.emit(StepPrinted{step_, step_name(), std::string(line)});
}

void StepContext::log(std::string_view line) {
  const std::string text = secrets_.masked(std::string(line));
  if (const auto added = log_.add(text); !added) warn("the log misses lines: " + added.error().message);
  printed(text);
}

void StepContext::progress(std::string_view text) {
  run_.events.emit(StepProgressed{step_, step_name(), secrets_.masked(std::string(text))});
}

void StepContext::warn(std::string text) {
  text = secrets_.masked(std::move(text));
  const std::lock_guard lock(mutex_);
  if (std::find(warnings_.begin(), warnings_.end(), text) == warnings_.end()) warnings_.push_back(std::move(text));
}

std::vector<std::string> StepContext::warnings() const {
  const std::lock_guard lock(mutex_);
  return warnings_;
}

}  // namespace sdlrun::engine
