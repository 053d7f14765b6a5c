// The flow graph: who waits for whom. One continue_node a needed node of the pipeline counts its dependencies; behind all
// of them stands one async_node, which hands a node over when its turn has come; whoever took it brings its end back by
// the gateway, to the one function_node that tells those who wait.
//
//   continue_node ─┐                                             ┌─> take_end, one at a time
//   continue_node ─┼─> async_node ─> hand_over … come_back ─> gateway
//   continue_node ─┘        ^─────────── release_dependants ─────┘
//
// All bodies are noexcept and lightweight: they run where they are put, without a task of their own. Ends stand in line
// before the gateway, and whoever brings the first puts them all, one after the other: TBB holds the gateway's lock
// while it puts, and a body that brought back another node (as the end of a failed step does with all that will not
// start) would wait for itself. Where a gate opens, new nodes join; what waited for it waits for some of them besides: in the
// place of the gate's own signal it then gets that of a join, which counts these.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <unordered_map>
#include <vector>

#include <oneapi/tbb/flow_graph.h>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/plan/needed_nodes.hpp"
#include "engine/run/step_end.hpp"
#include "engine/run/workers.hpp"

namespace sdlrun::engine {

class StepGraph {
 public:
  struct Bodies {
    std::function<void(dsl::NodeId)> hand_over;  // all that the node waits for has ended
    std::function<void(const StepEnd&)> take_end;
  };
  /// To be made in the workers' arena. Bodies must not throw; `take_end` is never called twice at once.
  StepGraph(const dsl::Pipeline& pipeline, const NeededNodes& needed, Workers& workers, Bodies bodies);

  /// From take_end, of a gate's end and before its dependants are released: nodes that are needed, and for what waits for the
  /// gate, what it waits for besides. Those that wait for nothing are handed over.
  void add(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& nodes, const dsl::Growth& growth);

  /// Hands over the nodes that wait for nothing.
  void begin();
  /// The end of a node that was handed over; once each, from any thread, also from within a body.
  void come_back(const StepEnd& end);
  /// From take_end: those that wait only for this one are handed over before this returns.
  void release_dependants(dsl::NodeId node);
  /// Waits until every node that was handed over has come back. The workers have ended: it needs a place in their arena.
  void wait();

 private:
  using Counter = oneapi::tbb::flow::continue_node<dsl::NodeId, oneapi::tbb::flow::lightweight>;
  /// Passes on one signal once all have come.
  using Join = oneapi::tbb::flow::continue_node<oneapi::tbb::flow::continue_msg, oneapi::tbb::flow::lightweight>;
  using Receiver = oneapi::tbb::flow::receiver<oneapi::tbb::flow::continue_msg>;
  using HandOver = oneapi::tbb::flow::async_node<dsl::NodeId, StepEnd, oneapi::tbb::flow::queueing_lightweight>;
  using TakeEnd = oneapi::tbb::flow::function_node<StepEnd, oneapi::tbb::flow::continue_msg, oneapi::tbb::flow::queueing_lightweight>;

  std::optional<StepEnd> next_end();
  void add_node(std::uint32_t index, const dsl::Node& node);
  void add_join(const dsl::Growth::Needs& waiting, dsl::NodeId gate);
  Receiver* take_receiver(dsl::NodeId node, dsl::NodeId dependency);
  bool is_open(dsl::NodeId node) const { return !is_released_[static_cast<std::uint32_t>(node)]; }

  Workers& workers_;
  Bodies bodies_;
  oneapi::tbb::flow::graph graph_;
  HandOver hand_over_;
  TakeEnd take_end_;
  std::vector<std::unique_ptr<Counter>> counters_;  // null where not needed
  std::unordered_map<std::uint32_t, std::vector<std::unique_ptr<Join>>> joins_;  // by the node that waits
  std::vector<std::vector<Receiver*>> dependants_;
  std::vector<bool> is_released_;
  std::mutex ends_mutex_;
  std::deque<StepEnd> ends_;  // that have come back and are not taken yet
  bool is_taking_ = false;
  std::vector<std::uint32_t> first_;  // those that wait for nothing, and are to be handed over
};

}  // namespace sdlrun::engine
