// Which output of which step a value is, asked without evaluating anything.
#pragma once

#include <optional>
#include <string>

#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

struct StepOutput {
  NodeId step{};
  std::string output;
};

/// Where an open value is the output of one step and nothing else, written as `python.env`, or handed on so to the input of
/// a stage around it. Nothing for any other expression: evaluating one would remember what it gives.
std::optional<StepOutput> step_output(const Pipeline& pipeline, const PartialValue& value);

}  // namespace sdlrun::dsl
