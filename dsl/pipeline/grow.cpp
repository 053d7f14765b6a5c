// Opens gates: the pipeline goes on unfolding where it did not know how, and takes in the nodes that come of it.
#include <algorithm>

#include "dsl/pipeline/opener.hpp"

namespace sdlrun::dsl {

std::optional<Growth> grow(Pipeline& pipeline, NodeId gate, const FinishedOutputs& finished, Diagnostics& diagnostics) {
  return pipeline.opener->grow(pipeline, gate, finished, diagnostics);
}

std::shared_lock<std::shared_mutex> hold_still(const Pipeline& pipeline) {
  return pipeline.opener ? std::shared_lock(pipeline.scopes->growth_mutex) : std::shared_lock<std::shared_mutex>();
}

std::size_t Pipeline::nodes_in_the_beginning() const { return opener ? opener->nodes_in_the_beginning() : nodes.size(); }

std::optional<Growth> Opener::grow(Pipeline& pipeline, NodeId gate, const FinishedOutputs& finished, Diagnostics& diagnostics) {
  const std::unique_lock lock(scopes_->growth_mutex);
  if (const auto known = grown_.find(gate); known != grown_.end()) return known->second;
  is_growing_ = true;
  diagnostics_ = &diagnostics;
  finished_ = &finished;
  first_draft_ = pipeline.nodes.size();
  drafts_.clear();
  const std::size_t first_scope = scopes_->bodies.size();
  std::vector<StepInstance> instances;
  if (unfold_behind(pending_.at(gate), instances)) return take_in(pipeline, gate, std::move(instances), first_scope);
  pending_.erase(pending_.lower_bound(draft_id(0)), pending_.end());
  return std::nullopt;
}

bool Opener::unfold_behind(const Pending& pending, std::vector<StepInstance>& instances) {
  const std::size_t first_use = uses_.size();
  std::vector<std::string> keys = pending.keys;
  unfold_axis(pending.unfolding, *pending.scope, keys, instances);
  if (diagnostics_->has_errors()) return false;
  fill_inherited(first_use);
  for (std::size_t i = 0; i < drafts_.size(); ++i) fill(drafts_[i], draft_id(i));
  return !diagnostics_->has_errors();
}

Growth Opener::take_in(Pipeline& pipeline, NodeId gate, std::vector<StepInstance> instances, std::size_t first_scope) {
  const Renaming renaming = put_in_order(pipeline);
  rename_scopes(renaming, first_scope);
  renaming.apply(instances);
  const Unfolding& unfolding = pending_.at(gate).unfolding;
  std::vector<StepInstance>& all = unfolding.body->steps.at(unfolding.item);
  const auto place = std::find_if(all.begin(), all.end(), [&](const StepInstance& instance) { return instance.is_gate && instance.node == gate; });
  all.insert(all.erase(place), std::make_move_iterator(instances.begin()), std::make_move_iterator(instances.end()));
  remember_waiting(pipeline, renaming);

  Growth& growth = grown_[gate];
  growth.gate = gate;
  std::unordered_set<NodeId> referred;
  for (std::size_t i = first_draft_; i < pipeline.nodes.size(); ++i) {
    growth.added.push_back(static_cast<NodeId>(i));
    Node& node = pipeline.nodes[i];
    node.dependencies.insert(std::lower_bound(node.dependencies.begin(), node.dependencies.end(), gate), gate);
    if (node.kind != NodeKind::requirement && !node.options.on_demand) referred.insert(node.dependencies.begin(), node.dependencies.end());
    if (node.kind != NodeKind::gate) continue;
    const std::vector<NodeId>& may_need = pending_.at(static_cast<NodeId>(i)).may_need;
    growth.gates.push_back({static_cast<NodeId>(i), may_need});
    if (!node.options.on_demand) referred.insert(may_need.begin(), may_need.end());
  }
  // By index: those that wait for a gate may come to wait for another.
  const std::vector<NodeId> waiting = waiting_for_[gate];
  for (const NodeId node : waiting) {
    growth.waiting.push_back({node, new_dependencies(pipeline, node)});
    if (!pipeline[node].options.on_demand && pipeline[node].kind != NodeKind::requirement) referred.insert(growth.waiting.back().needs.begin(), growth.waiting.back().needs.end());
  }
  for (const NodeId node : growth.added) {
    const Node& added = pipeline[node];
    if (added.kind != NodeKind::requirement && !added.options.on_demand && !referred.contains(node)) growth.goals.push_back(node);
  }
  return growth;
}

/// What waits for gates is filled again once they have opened, to see what it waits for then.
void Opener::remember_waiting(const Pipeline& pipeline, const Renaming& renaming) {
  if (pending_.empty()) return drafts_.clear();
  for (std::size_t i = 0; i < drafts_.size(); ++i) {
    const NodeId id = renaming.renamed[i];
    if (id == no_node) continue;
    bool waits = false;
    for (const NodeId dependency : pipeline[id].dependencies) {
      if (pipeline[dependency].kind != NodeKind::gate || grown_.contains(dependency)) continue;
      waiting_for_[dependency].push_back(id);
      waits = true;
    }
    if (waits) waiting_.emplace(id, std::move(drafts_[i]));
  }
  drafts_.clear();
}

std::vector<NodeId> Opener::new_dependencies(Pipeline& pipeline, NodeId node) {
  Diagnostics unheard;  // said when the node's turn comes
  Diagnostics* const heard = std::exchange(diagnostics_, &unheard);
  Draft draft = waiting_.at(node);
  draft.node.kind = pipeline[node].kind;
  draft.node.schema = pipeline[node].schema;
  fill(draft, node);
  diagnostics_ = heard;
  std::vector<NodeId>& known = pipeline.nodes[static_cast<std::size_t>(node)].dependencies;
  std::vector<NodeId> found;
  std::vector<NodeId>& now = draft.node.dependencies;
  std::sort(now.begin(), now.end());
  now.erase(std::unique(now.begin(), now.end()), now.end());
  std::set_difference(now.begin(), now.end(), known.begin(), known.end(), std::back_inserter(found));
  known.insert(known.end(), found.begin(), found.end());
  std::sort(known.begin(), known.end());
  for (const NodeId dependency : found) {
    if (pipeline[dependency].kind == NodeKind::gate && !grown_.contains(dependency)) waiting_for_[dependency].push_back(node);
  }
  return found;
}

}  // namespace sdlrun::dsl
