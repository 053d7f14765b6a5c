#include "engine/run/step_graph.hpp"

#include <algorithm>
#include <utility>

namespace sdlrun::engine {

namespace flow = oneapi::tbb::flow;

StepGraph::StepGraph(const dsl::Pipeline& pipeline, const NeededNodes& needed, Workers& workers, Bodies bodies)
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
      dependants_(pipeline.nodes.size()),
      is_released_(pipeline.nodes.size()) {
  flow::make_edge(hand_over_, take_end_);
  for (std::uint32_t i = 0; i < pipeline.nodes.size(); ++i) {
    if (needed.contains(dsl::NodeId{i})) add_node(i, pipeline.nodes[i]);
  }
}

void StepGraph::add_node(std::uint32_t index, const dsl::Node& node) {
  // What a needed node depends on is needed.
  const auto count = std::count_if(node.dependencies.begin(), node.dependencies.end(), [&](dsl::NodeId dependency) { return is_open(dependency); });
  if (count == 0) first_.push_back(index);
  counters_[index] = std::make_unique<Counter>(graph_, static_cast<int>(count), [index](const flow::continue_msg&) noexcept { return dsl::NodeId{index}; });
  flow::make_edge(*counters_[index], hand_over_);
  for (const dsl::NodeId dependency : node.dependencies) {
    if (is_open(dependency)) dependants_[static_cast<std::uint32_t>(dependency)].push_back(counters_[index].get());
  }
}

void StepGraph::add(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& nodes, const dsl::Growth& growth) {
  const std::size_t count = std::max(counters_.size(), pipeline.nodes.size());
  counters_.resize(count);
  dependants_.resize(count);
  is_released_.resize(count);
  for (const dsl::NodeId node : nodes) add_node(static_cast<std::uint32_t>(node), pipeline[node]);
  for (const dsl::Growth::Needs& waiting : growth.waiting) add_join(waiting, growth.gate);
  begin();
}

void StepGraph::add_join(const dsl::Growth::Needs& waiting, dsl::NodeId gate) {
  if (!counters_[static_cast<std::uint32_t>(waiting.node)]) return;  // not needed
  const auto count = std::count_if(waiting.needs.begin(), waiting.needs.end(), [&](dsl::NodeId node) { return is_open(node); });
  if (count == 0) return;
  Receiver* const receiver = take_receiver(waiting.node, gate);
  if (receiver == nullptr) return;
  auto join = std::make_unique<Join>(graph_, static_cast<int>(count), [receiver](const flow::continue_msg& signal) noexcept {
    receiver->try_put(signal);  // no edge: that would count as one more to wait for
    return signal;
  });
  for (const dsl::NodeId node : waiting.needs) {
    if (is_open(node)) dependants_[static_cast<std::uint32_t>(node)].push_back(join.get());
  }
  joins_[static_cast<std::uint32_t>(waiting.node)].push_back(std::move(join));
}

/// The node's counter, or where it waits for the dependency by a join, as for a gate behind a gate, that; the dependency's
/// end is no signal to it any more.
StepGraph::Receiver* StepGraph::take_receiver(dsl::NodeId node, dsl::NodeId dependency) {
  std::vector<Receiver*>& dependants = dependants_[static_cast<std::uint32_t>(dependency)];
  const auto take = [&](Receiver* receiver) { return std::erase(dependants, receiver) > 0; };
  if (Receiver* const counter = counters_[static_cast<std::uint32_t>(node)].get(); take(counter)) return counter;
  for (const auto& join : joins_[static_cast<std::uint32_t>(node)]) {
    if (take(join.get())) return join.get();
  }
  return nullptr;
}

void StepGraph::begin() {
  for (const std::uint32_t index : std::exchange(first_, {})) counters_[index]->try_put(flow::continue_msg());
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
  is_released_[static_cast<std::uint32_t>(node)] = true;
  for (Receiver* const dependant : dependants_[static_cast<std::uint32_t>(node)]) dependant->try_put(flow::continue_msg());
}

void StepGraph::wait() { graph_.wait_for_all(); }

}  // namespace sdlrun::engine
