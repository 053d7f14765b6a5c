#include "engine/world/fake/fake_processes.hpp"

#include <algorithm>
#include <csignal>

#include "engine/process/secret_masker.hpp"

namespace sdlrun::engine {

namespace {

Result<void> leave_files(Files& files, const ProcessRequest& request, const FakeProgram& program) {
  for (const auto& [name, content] : program.files) {
    const auto path = request.directory / name;
    if (auto made = files.make_directories(path.parent_path()); !made) return made;
    if (auto written = files.write(path, content); !written) return written;
  }
  return {};
}

Result<void> print(Files& files, const ProcessRequest& request, const FakeProgram& program) {
  SecretMasker masker(request.secrets);
  std::string text, unmasked;
  for (const std::string& line : program.output) {
    unmasked += line + '\n';
    const std::string masked = masker.mask(line) + masker.finish();
    if (request.on_line) request.on_line(masked);
    text += masked + '\n';
  }
  if (request.standard_output_file) {
    if (auto written = files.write(*request.standard_output_file, unmasked); !written) return written;
  }
  if (text.empty() || request.log_file.empty()) return {};
  return files.append(request.log_file, text);
}

}  // namespace

// ---- what tests arrange and ask ----------------------------------------------------------------------------------

void FakeProcesses::on(std::vector<std::string> words, FakeProgram program) {
  const std::lock_guard lock(mutex_);
  programs_[std::move(words)].push_back(std::move(program));
}

std::vector<ProcessRequest> FakeProcesses::started() const {
  const std::lock_guard lock(mutex_);
  return started_;
}

std::size_t FakeProcesses::running() const {
  const std::lock_guard lock(mutex_);
  return running_.size();
}

std::size_t FakeProcesses::most_at_once() const {
  const std::lock_guard lock(mutex_);
  return most_at_once_;
}

std::optional<FakeProgram> FakeProcesses::next_program(std::vector<std::string> words) {
  auto found = programs_.find(words);
  for (; found == programs_.end() && !words.empty(); found = programs_.find(words)) words.pop_back();
  if (found == programs_.end()) return std::nullopt;
  FakeProgram next = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return next;
}

// ---- the life of a process ---------------------------------------------------------------------------------------

ProcessId FakeProcesses::start(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) {
  const std::lock_guard lock(mutex_);
  const ProcessId process = next_++;
  started_.push_back(request);
  auto program = next_program(request.command);
  if (!program) {
    Error error{"cannot start `" + (request.command.empty() ? "" : request.command[0]) + "`: not found on PATH"};
    clock_.after(Milliseconds(0), [done = std::move(done), error] { done(tl::unexpected(error)); });
    return process;
  }
  const Milliseconds duration = program->duration;
  const Milliseconds timeout = request.timeout;
  Running& running = running_[process] = {std::move(request), std::move(*program), std::move(done), {}};
  most_at_once_ = std::max(most_at_once_, running_.size());
  clock_.after(duration, [this, process] { end_by_itself(process); });
  if (timeout.count() > 0) clock_.after(timeout, [this, process] { time_out(process); });
  if (stopping_ && !running.request.survives_stop) {
    running.result.stopped = true;
    terminate(process, running, Milliseconds(0));
  }
  return process;
}

std::optional<FakeProcesses::Running> FakeProcesses::take(ProcessId process) {
  const std::lock_guard lock(mutex_);
  auto node = running_.extract(process);
  if (node.empty()) return std::nullopt;
  return std::move(node.mapped());
}

void FakeProcesses::end_by_itself(ProcessId process) {
  auto running = take(process);
  if (!running) return;  // it was ended before
  running->result.exit_code = running->program.exit_code;
  running->result.signal = running->program.signal;
  const auto& [request, program, done, result] = *running;
  if (program.effect) program.effect(request);
  auto left = leave_files(files_, request, program);
  if (left) left = print(files_, request, program);
  done(left ? Result<ProcessResult>(result) : tl::unexpected(left.error()));
}

void FakeProcesses::end_by_signal(ProcessId process, int signal) {
  auto running = take(process);
  if (!running) return;
  running->result.signal = signal;
  running->done(running->result);
}

void FakeProcesses::terminate(ProcessId process, Running& running, Milliseconds grace) {
  const int signal = running.program.ignores_termination || grace.count() == 0 ? SIGKILL : SIGTERM;
  const Milliseconds delay = running.program.ignores_termination ? grace : Milliseconds(0);
  clock_.after(delay, [this, process, signal] { end_by_signal(process, signal); });
}

void FakeProcesses::time_out(ProcessId process) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(process);
  if (found == running_.end()) return;
  found->second.result.timed_out = true;
  terminate(process, found->second, found->second.request.grace);
}

void FakeProcesses::stop(ProcessId process) {
  const std::lock_guard lock(mutex_);
  const auto found = running_.find(process);
  if (found == running_.end()) return;
  found->second.result.stopped = true;
  terminate(process, found->second, found->second.request.grace);
}

void FakeProcesses::stop_all(Milliseconds grace) {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  for (auto& [process, running] : running_) {
    running.result.stopped = true;
    terminate(process, running, grace);
  }
}

}  // namespace sdlrun::engine
