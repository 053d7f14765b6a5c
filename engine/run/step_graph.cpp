#include "engine/run/step_graph.hpp"

#include <utility>

namespace sdlrun::engine {

namespace flow = oneapi::tbb::flow;

StepGraph::StepGraph(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, Workers& workers, Bodies bodies)
    : workers_(workers),
      bodies_(std::move(bodies)),
      hand_over_(graph_, flow::unlimited,
                 [this](dsl::NodeId node, HandOver::gateway_type& gateway) noexcept {
                   gateway.reserve_wait();
                   bodies_.hand_over(node);
                 }),
      take_end_(graph_, flow::serial,
                [this](const StepEnd& end) noexcept {
                  bodies_.take_end(end);
                  workers_.leave();
                  return flow::continue_msg();
                }),
      counters_(pipeline.nodes.size()),
      dependants_(pipeline.nodes.size()) {
  flow::make_edge(hand_over_, take_end_);
  for (std::uint32_t i = 0; i < pipeline.nodes.size(); ++i) {
    if (needed[i]) add_node(i, pipeline.nodes[i]);
  }
}

void StepGraph::add_node(std::uint32_t index, const dsl::Node& node) {
  // What a needed node depends on is needed.
  for (const dsl::NodeId dependency : node.dependencies) dependants_[static_cast<std::uint32_t>(dependency)].push_back(index);
  if (node.dependencies.empty()) first_.push_back(index);
  counters_[index] = std::make_unique<Counter>(graph_, static_cast<int>(node.dependencies.size()),
                                               [index](const flow::continue_msg&) noexcept { return dsl::NodeId{index}; });
  flow::make_edge(*counters_[index], hand_over_);
}

void StepGraph::begin() {
  for (const std::uint32_t index : first_) counters_[index]->try_put(flow::continue_msg());
}

void StepGraph::come_back(const StepEnd& end) {
  workers_.enter();
  {
    const std::lock_guard lock(ends_mutex_);
    ends_.push_back(end);
    if (std::exchange(is_taking_, true)) return;
  }
  while (const auto next = next_end()) {
    hand_over_.gateway().try_put(*next);
    hand_over_.gateway().release_wait();
  }
}

std::optional<StepEnd> StepGraph::next_end() {
  const std::lock_guard lock(ends_mutex_);
  if (ends_.empty()) {
    is_taking_ = false;
    return std::nullopt;
  }
  StepEnd end = std::move(ends_.front());
  ends_.pop_front();
  return end;
}

void StepGraph::release_dependants(dsl::NodeId node) {
  for (const std::uint32_t dependant : dependants_[static_cast<std::uint32_t>(node)]) {
    counters_[dependant]->try_put(flow::continue_msg());
  }
}

void StepGraph::wait() { graph_.wait_for_all(); }

}  // namespace sdlrun::engine
