#include "engine/simulate/simulated_pipeline.hpp"

#include <algorithm>
#include <iterator>

namespace sdlrun::engine {

namespace {

dsl::PartialValue known(dsl::Value value) { return {.known = std::move(value), .open = {}}; }

void simplify_step(dsl::Node& node, const dsl::StageSchema& schema) {
  node.schema = &schema;
  node.inputs = {{.name = "step", .value = known(dsl::Value::text(node.name)), .span = {}}};
  node.declared_outputs.clear();
  node.options.environment.clear();
  node.options.cache = true;
}

/// What would have run for the steps behind it runs all the same.
void keep_closed(dsl::Node& gate, const std::vector<dsl::NodeId>& may_need) {
  gate.kind = dsl::NodeKind::requirement;
  std::vector<dsl::NodeId> all;
  std::set_union(gate.dependencies.begin(), gate.dependencies.end(), may_need.begin(), may_need.end(), std::back_inserter(all));
  gate.dependencies = std::move(all);
}

bool is_late(const dsl::RarePartialValue& value) { return value && !value->known; }

}  // namespace

dsl::StageSchema simulated_schema() {
  return dsl::StageSchemaBuilder("simulated", "step", "Takes time.").input("step", "string", "Its name.").build();
}

SimulatedPipeline simulated(const dsl::Pipeline& original, const std::vector<bool>& needed, const dsl::StageSchema& schema) {
  SimulatedPipeline result{.pipeline = original, .assumptions = {}};
  result.pipeline.outputs.clear();
  for (std::size_t i = 0; i < needed.size(); ++i) {
    dsl::Node& node = result.pipeline.nodes[i];
    const auto assume = [&](const std::string& what) {
      if (needed[i]) result.assumptions.push_back(what);
    };
    if (is_late(node.options.when)) {
      assume("`when` of `" + node.name + "` is true");
      node.options.when.reset();
    }
    if (node.kind == dsl::NodeKind::step) {
      simplify_step(node, schema);
      continue;
    }
    if (node.kind == dsl::NodeKind::gate) {
      assume("nothing comes of `" + node.name + "`: its steps are known only in a run");
      keep_closed(node, original.gates.at(static_cast<dsl::NodeId>(i)));
    } else if (!node.condition->known) assume((node.name.empty() ? "a requirement" : "requirement `" + node.name + '`') + " holds");
    node.condition = std::make_shared<const dsl::PartialValue>(known(dsl::Value::boolean(true)));
    node.message.reset();
  }
  return result;
}

}  // namespace sdlrun::engine
