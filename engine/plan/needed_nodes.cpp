#include "engine/plan/needed_nodes.hpp"

#include <algorithm>

namespace sdlrun::engine {

std::vector<bool> needed_nodes(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& goals) {
  std::vector<bool> needed(pipeline.nodes.size(), false);
  for (const dsl::NodeId goal : goals.empty() ? pipeline.default_goals : goals) needed[index_of(goal)] = true;
  // Backwards: whoever needs a node comes behind it.
  for (std::size_t index = needed.size(); index-- > 0;) {
    const dsl::Node& node = pipeline.nodes[index];
    if (!needed[index] || node.is_switched_off()) continue;
    for (const dsl::NodeId dependency : node.dependencies) needed[index_of(dependency)] = true;
    const auto gate = node.kind == dsl::NodeKind::gate ? pipeline.gates.find(static_cast<dsl::NodeId>(index)) : pipeline.gates.end();
    if (gate == pipeline.gates.end()) continue;
    for (const dsl::NodeId dependency : gate->second) needed[index_of(dependency)] = true;
  }
  return needed;
}

bool is_surely_wanted(const dsl::Node& node) {
  const bool is_switched_on = !node.options.when || (node.options.when->known && !node.is_switched_off());
  return node.kind == dsl::NodeKind::step && is_switched_on;
}

NeededNodes::NeededNodes(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& goals)
    : pipeline_(pipeline), has_default_goals_(goals.empty()), goals_(goals.begin(), goals.end()), needed_(needed_nodes(pipeline, goals)) {}

bool NeededNodes::contains(dsl::NodeId node) const { return index_of(node) < needed_.size() && needed_[index_of(node)]; }

std::vector<dsl::NodeId> NeededNodes::grow(const dsl::Growth& growth) {
  for (const dsl::Growth::Needs& waiting : growth.waiting) {
    if (!contains(waiting.node)) continue;
    for (const dsl::NodeId node : waiting.needs) add(node, growth);
  }
  const bool is_goal = !has_default_goals_ && goals_.contains(growth.gate);
  if (is_goal) goals_.insert(growth.added.begin(), growth.added.end());
  for (const dsl::NodeId node : is_goal ? growth.added : has_default_goals_ ? growth.goals : std::vector<dsl::NodeId>()) add(node, growth);
  if (has_default_goals_) add_requirements(growth);
  std::vector<dsl::NodeId> added;
  std::copy_if(growth.added.begin(), growth.added.end(), std::back_inserter(added), [&](dsl::NodeId node) { return contains(node); });
  return added;
}

void NeededNodes::add(dsl::NodeId first, const dsl::Growth& growth) {
  std::vector<dsl::NodeId> open{first};
  while (!open.empty()) {
    const dsl::NodeId node = open.back();
    open.pop_back();
    if (contains(node)) continue;
    if (index_of(node) >= needed_.size()) needed_.resize(index_of(node) + 1);
    needed_[index_of(node)] = true;
    const std::vector<dsl::NodeId>& dependencies = pipeline_[node].dependencies;
    open.insert(open.end(), dependencies.begin(), dependencies.end());
    for (const dsl::Growth::Needs& gate : growth.gates) {
      if (gate.node == node) open.insert(open.end(), gate.needs.begin(), gate.needs.end());
    }
  }
}

/// They are asked of whatever runs, and make nothing run by themselves.
void NeededNodes::add_requirements(const dsl::Growth& growth) {
  for (const dsl::NodeId node : growth.added) {
    const dsl::Node& added = pipeline_[node];
    if (added.kind != dsl::NodeKind::requirement) continue;
    const bool is_asked = std::all_of(added.dependencies.begin(), added.dependencies.end(), [&](dsl::NodeId dependency) { return contains(dependency); });
    if (is_asked) add(node, growth);
  }
}

}  // namespace sdlrun::engine
