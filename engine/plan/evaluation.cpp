#include "engine/plan/evaluation.hpp"

namespace sdlrun::engine {

namespace {

Error error_of(const std::string& what, const dsl::Diagnostics& diagnostics) {
  const auto all = diagnostics.sorted();
  if (all.empty()) return Error{"`" + what + "` cannot be evaluated: a step it needs has not finished"};
  return {.message = "`" + what + "` cannot be evaluated: " + all.front().message, .hint = all.front().hint, .span = all.front().span};
}

Result<dsl::Value> evaluate_one(const dsl::Pipeline& pipeline, const std::string& what, const dsl::PartialValue& value,
                                const dsl::FinishedOutputs& finished) {
  if (value.known) return *value.known;
  dsl::Diagnostics diagnostics;
  auto result = dsl::evaluate(pipeline, value, finished, diagnostics);
  if (!result) return tl::unexpected(error_of(what, diagnostics));
  return std::move(*result);
}

}  // namespace

Result<dsl::Fields> evaluate_all(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeInput>& inputs,
                                 const dsl::FinishedOutputs& finished) {
  dsl::Fields values;
  values.reserve(inputs.size());
  for (const dsl::NodeInput& input : inputs) {
    auto value = evaluate_one(pipeline, input.name, input.value, finished);
    if (!value) return tl::unexpected(std::move(value.error()));
    values.emplace_back(input.name, std::move(*value));
  }
  return values;
}

dsl::Fields known_values(const std::vector<dsl::NodeInput>& inputs) {
  dsl::Fields values;
  for (const dsl::NodeInput& input : inputs) {
    if (input.value.known) values.emplace_back(input.name, *input.value.known);
  }
  return values;
}

Result<bool> evaluate_condition(const dsl::Pipeline& pipeline, const dsl::PartialValue& condition,
                                const dsl::FinishedOutputs& finished) {
  auto value = evaluate_one(pipeline, "condition", condition, finished);
  if (!value) return tl::unexpected(std::move(value.error()));
  const bool* truth = value->as<bool>();
  return truth != nullptr && *truth;
}

}  // namespace sdlrun::engine
