#include "engine/world/real/real_processes.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
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
      open_files_(raise_open_files_limit()),
      owner_{.reactor = reactor,
             .null_device = null_device_.get(),
             .open_files = open_files_.before,
             .kept_open = KeptOpen(open_files_.for_logs),
             .look_soon = [this](Child& child) { look_soon(child); },
             .finished = [this](Child& child, Result<ProcessResult> result) { finished(child, std::move(result)); }} {
  ::signal(SIGCHLD, SIG_DFL);  // ignored, as some parents leave it, children could not be waited for
}

RealProcesses::~RealProcesses() {
  std::promise<void> all_gone;
  reactor_.run([&] {
    kill_all([&] {
      if (planned_look_) reactor_.cancel(*planned_look_);  // it refers to us
      // Not at once: who calls us has this function.
      reactor_.after(Milliseconds(0), [&all_gone] { all_gone.set_value(); });
    });
  });
  all_gone.get_future().wait();
  // Daemons that have left their step's session. The guardian would end them, but may itself be killed in its last moments.
  if (is_subreaper_ && next_ > 1) kill_descendants(::getpid(), Milliseconds(5'000));
}

ProcessId RealProcesses::start(ProcessRequest request, Done done) {
  const ProcessId id = next_++;
  reactor_.run([this, id, request = std::move(request), done = std::move(done)]() mutable {
    auto child = std::make_unique<Child>(id, std::move(request), owner_);
    waiting_.push_back({std::move(child), std::move(done)});
    start_waiting();
  });
  return id;
}

/// In the order in which they came. One that cannot be started has finished, which brings us here again: not deeper.
void RealProcesses::start_waiting() {
  if (std::exchange(is_starting_, true)) return;
  while (!waiting_.empty() && has_room_for(*waiting_.front().child)) {
    Entry entry = std::move(waiting_.front());
    waiting_.pop_front();
    start_now(std::move(entry));
  }
  is_starting_ = false;
}

bool RealProcesses::has_room_for(const Child& child) const {
  return running_.empty() || used_descriptors_ + child.descriptors() <= open_files_.for_processes;
}

void RealProcesses::start_now(Entry entry) {
  Child& child = *entry.child;
  const bool may_start = !stopping_ || child.survives_stop();
  used_descriptors_ += child.descriptors();
  running_.emplace(child.id(), std::move(entry));
  if (!may_start) return finished(child, never_started());
  if (auto begun = child.start(); !begun) finished(child, tl::unexpected(begun.error()));
}

void RealProcesses::finished(Child& child, Result<ProcessResult> result) {
  used_descriptors_ -= child.descriptors();
  {
    auto entry = running_.extract(child.id());
    post_([done = std::move(entry.mapped().done), result = std::move(result)]() mutable { done(std::move(result)); });
  }  // its descriptors are closed
  start_waiting();
  if (!running_.empty()) return;
  reap_orphans();
  if (when_nothing_runs_) when_nothing_runs_();
}

/// Those that have not begun yet end as if they had been stopped.
void RealProcesses::end_waiting(const std::function<bool(const Child&)>& is_meant) {
  for (auto entry = waiting_.begin(); entry != waiting_.end();) {
    if (!is_meant(*entry->child)) {
      ++entry;
      continue;
    }
    post_([done = std::move(entry->done)]() mutable { done(never_started()); });
    entry = waiting_.erase(entry);
  }
}

void RealProcesses::stop(ProcessId process) {
  reactor_.run([this, process] {
    end_waiting([process](const Child& child) { return child.id() == process; });
    const auto found = running_.find(process);
    if (found != running_.end()) found->second.child->stop();
  });
}

void RealProcesses::stop_all(Milliseconds grace) {
  reactor_.run([this, grace] {
    stopping_ = true;
    end_waiting([](const Child& child) { return !child.survives_stop(); });
    for (auto& [id, entry] : running_) entry.child->stop(grace);
  });
}

void RealProcesses::kill_all(std::function<void()> done) {
  stopping_ = true;
  end_waiting([](const Child&) { return true; });
  for (auto& [id, entry] : running_) entry.child->stop(Milliseconds(0));
  when_nothing_runs_ = std::move(done);
  if (running_.empty()) when_nothing_runs_();
}

// ---- looking at the process table, for all that need it at once -----------------------------------------------------

void RealProcesses::look_soon(Child& child) {
  to_look_at_.push_back(child.id());
  if (!planned_look_) planned_look_ = reactor_.after(between_looks, [this] { look_at_all(); });
}

void RealProcesses::look_at_all() {
  planned_look_.reset();
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
