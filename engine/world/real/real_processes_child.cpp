#include "engine/world/real/real_processes_child.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

#include "engine/world/real/file_error.hpp"

namespace sdlrun::engine {

namespace {

/// How long we wait for what cannot be waited for: a process that SIGKILL does not end (it hangs in a dead disk), a pipe
/// that a daemon of another session keeps open.
constexpr Milliseconds patience{2'000};

std::chrono::nanoseconds used_time(const timeval& time) {
  return std::chrono::seconds(time.tv_sec) + std::chrono::microseconds(time.tv_usec);
}

}  // namespace

Child::Child(ProcessId id, ProcessRequest request, Owner& owner)
    : id_(id), request_(std::move(request)), owner_(owner), log_(request_.log_file, owner.kept_open) {
  if (request_.standard_output_file) standard_output_.emplace(*request_.standard_output_file, owner.kept_open);
}

Child::~Child() {
  for (const auto& timer : {timeout_timer_, kill_timer_, output_timer_}) {
    if (timer) owner_.reactor.cancel(*timer);
  }
  if (leader_watch_) owner_.reactor.unwatch(*leader_watch_);
  close_outputs();
}

// ---- start -------------------------------------------------------------------------------------------------------

Result<void> Child::start() {
  std::vector<OwnedDescriptor> child_ends;  // closed when this function ends: then only the child holds them
  SpawnRequest spawn_request{.command = request_.command,
                             .directory = request_.directory,
                             .environment = request_.environment,
                             .standard_input = owner_.null_device,
                             .open_files = owner_.open_files};
  if (auto opened = open_outputs(spawn_request, child_ends); !opened) return opened;
  auto spawned = spawn(spawn_request);
  if (!spawned) return tl::unexpected(spawned.error());
  process_ = std::move(*spawned);
  // It has them now; kept for ten thousand programs that wait they would be tens of megabytes.
  request_.command = {};
  request_.directory.clear();
  request_.environment = {};
  request_.log_file.clear();
  watch_all();
  return {};
}

/// One pipe for both streams keeps their order; only where standard output is wanted alone there are two.
Result<void> Child::open_outputs(SpawnRequest& spawn_request, std::vector<OwnedDescriptor>& child_ends) {
  const auto error_end = add_output(nullptr, child_ends);
  if (!error_end) return tl::unexpected(error_end.error());
  spawn_request.standard_output = spawn_request.standard_error = *error_end;
  if (!standard_output_) return {};
  if (auto begun = standard_output_->begin_empty(); !begun) return begun;
  const auto output_end = add_output(&*standard_output_, child_ends);
  if (!output_end) return tl::unexpected(output_end.error());
  spawn_request.standard_output = *output_end;
  return {};
}

Result<int> Child::add_output(AppendedFile* unmasked, std::vector<OwnedDescriptor>& child_ends) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) return file_failure("make a pipe for", request_.command.empty() ? "" : request_.command[0], errno);
  OwnedDescriptor our_end(ends[0]);
  child_ends.emplace_back(ends[1]);
  ::fcntl(our_end.get(), F_SETFL, O_NONBLOCK);
  LogFile* log = request_.log_file.empty() ? nullptr : &log_;
  outputs_.push_back({ChildOutput(std::move(our_end), request_.secrets, log, unmasked, request_.on_line), std::nullopt});
  return ends[1];
}

void Child::watch_all() {
  leader_watch_ = owner_.reactor.watch(process_.pidfd.get(), [this] { leader_exited(); });
  for (Watched& watched : outputs_) {
    watched.watch = owner_.reactor.watch(watched.output.descriptor(), [this, &watched] { (void)read_output(watched); });
  }
  if (request_.timeout.count() <= 0) return;
  timeout_timer_ = owner_.reactor.after(request_.timeout, [this] {
    timeout_timer_.reset();
    result_.timed_out = true;
    terminate(request_.grace);
  });
}

// ---- output ------------------------------------------------------------------------------------------------------

bool Child::read_output(Watched& watched) {
  const auto state = watched.output.read();
  if (!state && !output_error_) {
    output_error_ = state.error();
    terminate(request_.grace);  // what it prints is lost: its work is not worth going on with
  }
  if (!state || *state != ChildOutput::State::ended) return !state || *state == ChildOutput::State::read;
  close_output(watched);
  finish_if_over();
  return false;
}

/// What a leader has printed before its end lies in the pipe; whoever goes on writing is not waited for.
void Child::drain_outputs() {
  constexpr int most_pieces = 32;  // 2 MiB: more than a pipe holds
  for (Watched& watched : outputs_) {
    for (int i = 0; i < most_pieces && watched.watch && read_output(watched); ++i) {
    }
  }
}

void Child::close_output(Watched& watched) {
  if (watched.watch) owner_.reactor.unwatch(*watched.watch);
  watched.watch.reset();
}

void Child::close_outputs() {
  for (Watched& watched : outputs_) close_output(watched);
}

bool Child::outputs_ended() const {
  return std::none_of(outputs_.begin(), outputs_.end(), [](const Watched& watched) { return watched.watch.has_value(); });
}

// ---- end ---------------------------------------------------------------------------------------------------------

void Child::stop(std::optional<Milliseconds> grace) {
  if (has_leader()) result_.stopped = true;
  terminate(grace.value_or(request_.grace));
}

void Child::terminate(Milliseconds grace) {
  if (grace.count() <= 0) return kill_group();
  if (terminating_ || members_gone_) return;
  terminating_ = true;
  ::kill(-process_.pid, SIGTERM);
  ::kill(-process_.pid, SIGCONT);  // one that is paused would never see it
  kill_timer_ = owner_.reactor.after(grace, [this] {
    kill_timer_.reset();
    kill_group();
  });
}

void Child::kill_group() {
  if (killed_ || members_gone_) return;
  terminating_ = true;
  killed_ = std::chrono::steady_clock::now();
  ::kill(-process_.pid, SIGKILL);
}

void Child::leader_exited() {
  rusage usage{};
  int status = 0;
  owner_.reactor.unwatch(*leader_watch_);
  leader_watch_.reset();
  ::wait4(process_.pid, &status, 0, &usage);
  process_.pidfd = {};
  if (timeout_timer_) owner_.reactor.cancel(*timeout_timer_);
  timeout_timer_.reset();
  result_.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  result_.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result_.peak_memory_bytes = std::int64_t{usage.ru_maxrss} * 1024;
  result_.cpu_time = used_time(usage.ru_utime) + used_time(usage.ru_stime);
  // The rule is that nothing is left, and then no table is read. Members of other groups (`timeout` makes one) show only
  // there, so it is read when the child was ended by us, or something of it still lives or holds the output.
  const bool group_left = ::kill(-process_.pid, 0) == 0 || errno == EPERM;
  drain_outputs();
  if (terminating_ || group_left || !outputs_ended()) return owner_.look_soon(*this);
  members_gone();
}

void Child::look_for_members(const std::vector<ProcessEntry>& table) {
  const auto members = living_members(table, process_.pid);
  const bool hopeless = killed_ && std::chrono::steady_clock::now() - *killed_ > patience;
  if (members.empty() || hopeless) return members_gone();
  terminate(request_.grace);
  for (const ProcessEntry& member : members) ask_to_end(member);
  owner_.look_soon(*this);
}

void Child::ask_to_end(const ProcessEntry& member) {
  if (killed_) {
    ::kill(member.pid, SIGKILL);
  } else if (member.group != process_.pid && asked_.insert(member.pid).second) {
    ::kill(member.pid, SIGTERM);
    ::kill(member.pid, SIGCONT);
  }
}

void Child::members_gone() {
  if (kill_timer_) owner_.reactor.cancel(*kill_timer_);
  kill_timer_.reset();
  members_gone_ = true;
  if (!outputs_ended()) {
    output_timer_ = owner_.reactor.after(patience, [this] {
      output_timer_.reset();
      close_outputs();
      finish_if_over();
    });
  }
  finish_if_over();
}

void Child::finish_if_over() {
  if (has_leader() || !members_gone_ || !outputs_ended()) return;
  // Destroys this child.
  owner_.finished(*this, output_error_ ? Result<ProcessResult>(tl::unexpected(*output_error_)) : result_);
}

}  // namespace sdlrun::engine
