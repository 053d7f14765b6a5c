#include "engine/plan/look_ahead.hpp"

#include <algorithm>
#include <map>

#include "dsl/pipeline/step_output.hpp"
#include "engine/plan/needed_nodes.hpp"

namespace sdlrun::engine {

namespace {

class LookAhead {
 public:
  LookAhead(const dsl::Pipeline& pipeline, const StageSet& stages) : pipeline_(pipeline), stages_(stages) {}

  void look_at(const dsl::Node& node) {
    const Stage* stage = stage_of(node);
    if (stage == nullptr) return;
    for (InputMistake& mistake : stage->mistakes(known_inputs(node))) {
      const auto input = std::find_if(node.inputs.begin(), node.inputs.end(), [&](const dsl::NodeInput& one) { return one.name == mistake.input; });
      found_.add({.name = "refused-input",
                  .message = "step `" + node.name + "`: " + std::move(mistake.message),
                  .span = input == node.inputs.end() ? node.span : input->span,
                  .label = std::move(mistake.label),
                  .hint = std::move(mistake.hint)});
    }
  }

  dsl::Diagnostics found() { return std::move(found_); }

 private:
  /// Nothing for what is no step, or one that may turn out not to be wanted.
  const Stage* stage_of(const dsl::Node& node) const { return is_surely_wanted(node) ? stages_.find(*node.schema) : nullptr; }

  KnownInputs known_inputs(const dsl::Node& node) {
    return [this, &node](std::string_view name) -> std::optional<dsl::Value> {
      const auto input = std::find_if(node.inputs.begin(), node.inputs.end(), [&](const dsl::NodeInput& one) { return one.name == name; });
      if (input == node.inputs.end()) return std::nullopt;
      if (input->value.known) return input->value.known;
      const auto source = dsl::step_output(pipeline_, input->value);
      return source ? foreseen(source->step, source->output) : std::nullopt;
    };
  }

  /// Asked only where a stage wants to know, and once a step.
  std::optional<dsl::Value> foreseen(dsl::NodeId id, const std::string& output) {
    const auto [entry, is_new] = outputs_.try_emplace(id);
    const dsl::Node& node = pipeline_[id];
    const Stage* stage = is_new ? stage_of(node) : nullptr;
    if (stage != nullptr) entry->second = stage->foreseen(known_inputs(node));
    const auto found = std::find_if(entry->second.begin(), entry->second.end(), [&](const auto& one) { return one.first == output; });
    return found == entry->second.end() ? std::nullopt : std::optional(found->second);
  }

  const dsl::Pipeline& pipeline_;
  const StageSet& stages_;
  std::map<dsl::NodeId, dsl::Fields> outputs_;  // foreseen
  dsl::Diagnostics found_;
};

}  // namespace

dsl::Diagnostics look_ahead(const dsl::Pipeline& pipeline, const StageSet& stages, const std::vector<dsl::NodeId>& goals) {
  const std::vector<bool> needed = needed_nodes(pipeline, goals);
  LookAhead look(pipeline, stages);
  for (std::size_t index = 0; index < needed.size(); ++index) {
    if (needed[index]) look.look_at(pipeline.nodes[index]);
  }
  return look.found();
}

}  // namespace sdlrun::engine
