// One child process from its start until nothing of it is left. Lives on the reactor's thread.
#pragma once

#include <functional>
#include <list>
#include <optional>
#include <set>

#include "engine/process/process_table.hpp"
#include "engine/world/processes.hpp"
#include "engine/world/real/reactor.hpp"
#include "engine/world/real/real_processes_output.hpp"
#include "engine/world/real/spawn.hpp"

namespace sdlrun::engine {

/// A child's life: running → (being ended: SIGTERM, later SIGKILL) → leader exited → no member left → output at its end.
class Child {
 public:
  /// What a child asks of its owner.
  struct Owner {
    Reactor& reactor;
    int null_device = -1;
    std::uint64_t open_files = 0;
    KeptOpen kept_open;  // among them logs of programs that print
    /// Call `look_for_members` soon, with a fresh table.
    std::function<void(Child&)> look_soon;
    /// It is over; the child may be destroyed in this call.
    std::function<void(Child&, Result<ProcessResult>)> finished;
  };

  Child(ProcessId id, ProcessRequest request, Owner& owner);
  ~Child();
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  ProcessId id() const { return id_; }
  pid_t pid() const { return process_.pid; }
  bool has_leader() const { return process_.pidfd.get() >= 0; }
  bool survives_stop() const { return request_.survives_stop; }
  /// What it cannot be without: its process, a pipe, and another where standard output is wanted alone.
  std::uint64_t descriptors() const { return standard_output_ ? 3 : 2; }

  Result<void> start();
  /// Because somebody asked for it; without `grace` the request's own.
  void stop(std::optional<Milliseconds> grace = std::nullopt);
  /// Ends what is left of the session after its leader, and sees whether anything is.
  void look_for_members(const std::vector<ProcessEntry>& table);

 private:
  struct Watched {
    ChildOutput output;
    std::optional<Reactor::WatchId> watch;  // none: ended
  };

  Result<void> open_outputs(SpawnRequest& spawn_request, std::vector<OwnedDescriptor>& child_ends);
  Result<int> add_output(AppendedFile* unmasked, std::vector<OwnedDescriptor>& child_ends);
  void watch_all();
  /// False where nothing was there to be read.
  bool read_output(Watched& watched);
  void drain_outputs();
  void close_output(Watched& watched);
  void close_outputs();
  bool outputs_ended() const;

  void terminate(Milliseconds grace);
  void kill_group();
  void ask_to_end(const ProcessEntry& member);
  void leader_exited();
  void members_gone();
  void finish_if_over();

  ProcessId id_;
  ProcessRequest request_;  // once it runs, without what only its start needs
  Owner& owner_;
  LogFile log_;
  std::optional<AppendedFile> standard_output_;
  std::list<Watched> outputs_;
  SpawnedProcess process_;
  std::optional<Reactor::WatchId> leader_watch_;
  std::optional<Reactor::Timer> timeout_timer_;
  std::optional<Reactor::Timer> kill_timer_;
  std::optional<Reactor::Timer> output_timer_;
  bool terminating_ = false;
  std::set<pid_t> asked_;  // members of other groups that got SIGTERM: a second one is often taken for "at once"
  std::optional<std::chrono::steady_clock::time_point> killed_;
  bool members_gone_ = false;
  std::optional<Error> output_error_;
  ProcessResult result_;
};

}  // namespace sdlrun::engine
