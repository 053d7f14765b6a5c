// The child processes of this machine, watched by the reactor's thread.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <unordered_map>

#include "engine/world/processes.hpp"
#include "engine/world/real/open_files.hpp"
#include "engine/world/real/real_clock.hpp"
#include "engine/world/real/real_processes_child.hpp"

namespace sdlrun::engine {

/// Thread-safe. `done` goes through `post`; `on_line` comes from the reactor's thread. Every process leads a session of
/// its own, dies with this one, and takes with it what it has left behind in that session.
///
/// Where this process is a subreaper (see guardian.hpp) it also reaps orphans, so no other part of it may fork.
class RealProcesses final : public Processes {
 public:
  /// Raises this process's limit of open files to its hard limit (open_files.hpp); a process for which there are no descriptors
  /// waits until others have ended.
  RealProcesses(Reactor& reactor, Post post);
  /// Kills what still runs, daemons too, and waits for its end.
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
  void start_now(Entry entry);
  void start_waiting();
  bool has_room_for(const Child& child) const;
  void end_waiting(const std::function<bool(const Child&)>& is_meant);
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
  OpenFiles open_files_;
  Child::Owner owner_;
  std::deque<Entry> waiting_;
  std::unordered_map<ProcessId, Entry> running_;
  std::uint64_t used_descriptors_ = 0;  // by those that run
  bool is_starting_ = false;
  std::vector<ProcessId> to_look_at_;
  std::optional<Reactor::Timer> planned_look_;
  bool stopping_ = false;
  std::function<void()> when_nothing_runs_;
};

}  // namespace sdlrun::engine
