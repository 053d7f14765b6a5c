// The child processes of this machine, watched by the reactor's thread.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <unordered_map>

#include "engine/world/processes.hpp"
#include "engine/world/real/real_clock.hpp"
#include "engine/world/real/real_processes_child.hpp"

namespace sdlrun::engine {

/// Thread-safe. `done` goes through `post`; `on_line` comes from the reactor's thread. Every process leads a session of
/// its own, dies with this one, and takes with it what it has left behind in that session.
///
/// Where this process is a subreaper (see guardian.hpp) it also reaps orphans, so no other part of it may fork.
class RealProcesses final : public Processes {
 public:
  /// Raises this process's limit of open files to its hard limit: each running process takes three.
  RealProcesses(Reactor& reactor, Post post);
  /// Kills what still runs and waits for its end.
  ~RealProcesses() override;

  ProcessId start(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) override;
  void stop(ProcessId process) override;
  void stop_all(Milliseconds grace) override;

 private:
  using Done = std::function<void(Result<ProcessResult>)>;
  struct Entry {
    std::unique_ptr<Child> child;
    Done done;
  };

  // On the reactor's thread.
  void start_now(ProcessId id, ProcessRequest request, Done done);
  void finished(Child& child, Result<ProcessResult> result);
  void look_soon(Child& child);
  void look_at_all();
  void reap_orphans();
  void kill_all(std::function<void()> done);

  Reactor& reactor_;
  Post post_;
  OwnedDescriptor null_device_;
  bool is_subreaper_ = false;
  std::atomic<ProcessId> next_{1};
  Child::Owner owner_;
  std::unordered_map<ProcessId, Entry> running_;
  std::vector<ProcessId> to_look_at_;
  bool look_is_planned_ = false;
  bool stopping_ = false;
  std::function<void()> when_nothing_runs_;
};

}  // namespace sdlrun::engine
