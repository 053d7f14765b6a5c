#include "engine/world/real/real_processes.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <future>

namespace sdlrun::engine {

namespace {

/// How long after one look at the process table the next may follow: a table of thousands takes milliseconds to read.
constexpr Milliseconds between_looks{10};

/// A descriptor below 3 would be closed on the way to the child's own three.
OwnedDescriptor open_null_device() {
  int descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);
  while (descriptor >= 0 && descriptor < 3) descriptor = ::open("/dev/null", O_RDWR | O_CLOEXEC);  // the lower stay open
  return OwnedDescriptor(descriptor);
}

/// What it was before.
std::uint64_t raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return 0;
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  return before;
}

bool reaps_orphans() {
  int is_subreaper = 0;
  return ::prctl(PR_GET_CHILD_SUBREAPER, &is_subreaper) == 0 && is_subreaper != 0;
}

ProcessResult never_started() {
  ProcessResult result;
  result.signal = SIGTERM;
  result.stopped = true;
  return result;
}

}  // namespace

RealProcesses::RealProcesses(Reactor& reactor, Post post)
    : reactor_(reactor),
      post_(std::move(post)),
      null_device_(open_null_device()),
      is_subreaper_(reaps_orphans()),
      owner_{.reactor = reactor,
             .null_device = null_device_.get(),
             .open_files = raise_open_files_limit(),
             .look_soon = [this](Child& child) { look_soon(child); },
             .finished = [this](Child& child, Result<ProcessResult> result) { finished(child, std::move(result)); }} {
  ::signal(SIGCHLD, SIG_DFL);  // ignored, as some parents leave it, children could not be waited for
}

RealProcesses::~RealProcesses() {
  std::promise<void> all_gone;
  reactor_.run([&] {
    kill_all([&] {
      // A look may still be planned; it refers to us.
      reactor_.after(between_looks, [&all_gone] { all_gone.set_value(); });
    });
  });
  all_gone.get_future().wait();
}

ProcessId RealProcesses::start(ProcessRequest request, Done done) {
  const ProcessId id = next_++;
  reactor_.run([this, id, request = std::move(request), done = std::move(done)]() mutable {
    start_now(id, std::move(request), std::move(done));
  });
  return id;
}

void RealProcesses::start_now(ProcessId id, ProcessRequest request, Done done) {
  const bool may_start = !stopping_ || request.survives_stop;
  auto child = std::make_unique<Child>(id, std::move(request), owner_);
  Child& started = *child;
  running_.emplace(id, Entry{std::move(child), std::move(done)});
  if (!may_start) return finished(started, never_started());
  if (auto begun = started.start(); !begun) finished(started, tl::unexpected(begun.error()));
}

void RealProcesses::finished(Child& child, Result<ProcessResult> result) {
  auto entry = running_.extract(child.id());
  post_([done = std::move(entry.mapped().done), result = std::move(result)]() mutable { done(std::move(result)); });
  if (!running_.empty()) return;
  reap_orphans();
  if (when_nothing_runs_) when_nothing_runs_();
}

void RealProcesses::stop(ProcessId process) {
  reactor_.run([this, process] {
    const auto found = running_.find(process);
    if (found != running_.end()) found->second.child->stop();
  });
}

void RealProcesses::stop_all(Milliseconds grace) {
  reactor_.run([this, grace] {
    stopping_ = true;
    for (auto& [id, entry] : running_) entry.child->stop(grace);
  });
}

void RealProcesses::kill_all(std::function<void()> done) {
  stopping_ = true;
  for (auto& [id, entry] : running_) entry.child->stop(Milliseconds(0));
  when_nothing_runs_ = std::move(done);
  if (running_.empty()) when_nothing_runs_();
}

// ---- looking at the process table, for all that need it at once -----------------------------------------------------

void RealProcesses::look_soon(Child& child) {
  to_look_at_.push_back(child.id());
  if (std::exchange(look_is_planned_, true)) return;
  reactor_.after(between_looks, [this] { look_at_all(); });
}

void RealProcesses::look_at_all() {
  look_is_planned_ = false;
  reap_orphans();
  const auto children = std::exchange(to_look_at_, {});
  const auto table = read_process_table();
  for (const ProcessId id : children) {
    const auto found = running_.find(id);
    if (found != running_.end()) found->second.child->look_for_members(table);
  }
}

/// The dead that are nobody's any more. Our own are left to their watch; while the first of the list is one of ours the
/// others wait for the next time.
void RealProcesses::reap_orphans() {
  if (!is_subreaper_) return;
  while (true) {
    siginfo_t ended{};
    if (::waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return;
    const bool is_ours = std::any_of(running_.begin(), running_.end(), [&](const auto& entry) {
      return entry.second.child->has_leader() && entry.second.child->pid() == ended.si_pid;
    });
    if (is_ours) return;
    ::waitpid(ended.si_pid, nullptr, WNOHANG);
  }
}

}  // namespace sdlrun::engine
