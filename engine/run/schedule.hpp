// Who is next: the states of a run's steps, the heap of those that are ready, and the slots. Knows nothing of threads'
// work, time or the graph; every decision about order is made here.
//
//   waiting ──arrive──> undecided ──next_to_decide──> deciding ──wants_to_run──> ready ──next_to_start──> running
//                           ^                            │ │                       ^                       │  │
//                           └─── its key has ended ── parked │                     └── rested ── resting <─┘  │
//                                                            └──────────────────── ended <────────────────────┘
//
// A step is decided (skipped, cached, to run) without a slot. One that is to run waits in the heap for a slot, and never
// overtakes one ahead of it that is still being decided. One whose key is running already is parked until that has ended,
// and is decided anew: the same work is never done twice at once. One that rests until its next attempt has no slot, and
// its key is taken still.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <mutex>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/run/resources.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

enum class StepState : std::uint8_t { waiting, undecided, deciding, parked, ready, running, resting, ended };

/// Thread-safe.
class Schedule {
 public:
  /// One a node.
  struct Path {
    Milliseconds whole{0};   // the longer, the earlier; nodes with equal ones in the pipeline's order
    Milliseconds behind{0};  // without the node's own duration: the longest of those that wait for it
  };
  Schedule(const std::vector<Path>& critical_paths, Resources resources);

  /// Nodes that have been added to the pipeline, which has so many now, with their paths (one a node of the pipeline).
  void add(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& nodes, const std::vector<Path>& critical_paths);

  /// waiting -> undecided: its dependencies have ended. False after halt: it stays waiting.
  bool arrive(dsl::NodeId node);
  /// undecided -> deciding: the first in order.
  std::optional<dsl::NodeId> next_to_decide();
  bool has_undecided() const;

  enum class Turn {
    ready,         // wait for next_to_start
    parked,        // its key runs; it will be undecided again
    decide_again,  // its key has ended meanwhile; it is undecided again
    halted,        // nothing starts any more; it is waiting again
  };
  /// deciding -> by the answer.
  Turn wants_to_run(dsl::NodeId node, const std::string& key);
  /// ready -> running: the first in order for which there is all that it wants, if nobody ahead of it is still to be decided
  /// and nobody ahead of it waits for what it would take.
  std::optional<dsl::NodeId> next_to_start();

  /// For a step that has done its work, and has only to put in place what it made: it gives its slot to the first in order, which is
  /// running then, unless one that waits for its end may come before that.
  std::optional<dsl::NodeId> next_in_place_of(dsl::NodeId node);

  /// running -> resting: its slot is free. False after halt: it stays running, and ends.
  bool rest(dsl::NodeId node);
  /// resting -> ready. False where it rests no more.
  bool rested(dsl::NodeId node);

  /// deciding, running, resting -> ended: its slot and its key are free. Gives how many that were parked are undecided again.
  std::size_t ended(dsl::NodeId node);

  struct Halted {
    std::vector<dsl::NodeId> given_up;  // had arrived and go no further; they are waiting again
    std::vector<dsl::NodeId> resting;   // have run, and will not run again; they are still to end
  };
  /// Nothing is decided or started any more. Only the first call gives any.
  Halted halt();
  bool halted() const;
  /// Nothing is on its way: what is not ended will never be.
  bool is_over() const;
  StepState state(dsl::NodeId node) const;

 private:
  /// A place in the order; the least is first.
  struct Rank {
    Milliseconds::rep backwards = 0;  // the path, negative
    std::uint32_t node = 0;
    auto operator<=>(const Rank&) const = default;
    dsl::NodeId id() const { return dsl::NodeId{node}; }
  };
  using Heap = std::priority_queue<Rank, std::vector<Rank>, std::greater<>>;
  struct Step {
    StepState state = StepState::waiting;
    bool has_run = false;
    bool has_slot = false;
    Rank rank;
    Milliseconds behind{0};
    std::uint64_t decided_from = 0;  // what `keys_ended_` was then
    const std::string* key = nullptr;  // in `keys_`, while ready or running
  };
  struct Key {
    bool is_running = false;
    std::uint64_t ended = 0;
    std::vector<dsl::NodeId> parked;
  };

  Step& at(dsl::NodeId node) { return steps_[static_cast<std::uint32_t>(node)]; }
  void set_path(std::uint32_t index, const Path& path);
  void make_undecided(dsl::NodeId node);
  void make_ready(dsl::NodeId node);
  std::optional<Resources::Kind> kind_to_start() const;
  dsl::NodeId start_first_of(Resources::Kind kind);
  void give_slot_back(dsl::NodeId node);

  mutable std::mutex mutex_;
  std::vector<Step> steps_;
  Heap to_decide_;
  std::set<Rank> undecided_;  // to be decided or being decided
  std::vector<Heap> ready_;  // by the kind of what they want
  std::unordered_map<std::string, Key> keys_;
  std::uint64_t keys_ended_ = 0;
  Resources resources_;
  std::size_t on_their_way_ = 0;  // arrived and not ended
  bool halted_ = false;
  mutable std::vector<Resources::Kind> kinds_, waiting_;  // kind_to_start's, kept for their memory
};

}  // namespace sdlrun::engine
