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
// start) would wait for itself. Nodes are kept by pointer, so that a later one, which makes the graph grow behind a gate,
// can join while it runs.
#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

#include <oneapi/tbb/flow_graph.h>

#include "dsl/pipeline/pipeline.hpp"
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
  StepGraph(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, Workers& workers, Bodies bodies);

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
  using HandOver = oneapi::tbb::flow::async_node<dsl::NodeId, StepEnd, oneapi::tbb::flow::queueing_lightweight>;
  using TakeEnd = oneapi::tbb::flow::function_node<StepEnd, oneapi::tbb::flow::continue_msg, oneapi::tbb::flow::queueing_lightweight>;

  std::optional<StepEnd> next_end();
  void add_node(std::uint32_t index, const dsl::Node& node);

  Workers& workers_;
  Bodies bodies_;
  oneapi::tbb::flow::graph graph_;
  HandOver hand_over_;
  TakeEnd take_end_;
  std::vector<std::unique_ptr<Counter>> counters_;  // null where not needed
  std::vector<std::vector<std::uint32_t>> dependants_;
  std::mutex ends_mutex_;
  std::deque<StepEnd> ends_;  // that have come back and are not taken yet
  bool is_taking_ = false;
  std::vector<std::uint32_t> first_;  // those that wait for nothing
};

}  // namespace sdlrun::engine
