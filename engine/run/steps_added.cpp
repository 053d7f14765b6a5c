#include "engine/run/steps_added.hpp"

namespace sdlrun::engine {

namespace {

AddedStep described(const dsl::Pipeline& pipeline, dsl::NodeId id, const std::vector<dsl::NodeId>& after) {
  const dsl::Node& node = pipeline[id];
  AddedStep step{.name = node.name, .stage = node.schema == nullptr ? "" : node.schema->full_name()};
  for (const dsl::NodeId dependency : after) step.after.push_back(pipeline[dependency].name);
  if (node.kind == dsl::NodeKind::requirement) step.place = node.span;
  return step;
}

}  // namespace

StepsAdded steps_added(const dsl::Pipeline& pipeline, const dsl::Growth& growth, const std::vector<dsl::NodeId>& added) {
  StepsAdded event{.gate = growth.gate, .name = pipeline[growth.gate].name};
  for (const dsl::NodeId node : added) {
    event.steps.push_back(described(pipeline, node, pipeline[node].dependencies));
    if (pipeline[node].kind == dsl::NodeKind::step) ++event.count;
  }
  for (const dsl::Growth::Needs& waiting : growth.waiting) event.waiting.push_back(described(pipeline, waiting.node, waiting.needs));
  return event;
}

}  // namespace sdlrun::engine
