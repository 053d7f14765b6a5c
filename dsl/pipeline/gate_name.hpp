// What a gate's name says of the steps that it may turn out to be.
#pragma once

#include <string_view>

#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::dsl {

/// "eval[*]" may turn out to be "eval[a]" or "eval[a]/train".
inline bool may_be_behind(const Node& gate, std::string_view step) {
  const std::string_view beginning = std::string_view(gate.name).substr(0, gate.name.rfind('['));
  return step == beginning || (step.starts_with(beginning) && (step[beginning.size()] == '[' || step[beginning.size()] == '/'));
}

}  // namespace sdlrun::dsl
