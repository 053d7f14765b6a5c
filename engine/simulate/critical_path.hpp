// The longest chain of steps that wait for each other: what the length of a run is made of, with places for all.
#pragma once

#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

struct CriticalPath {
  std::vector<dsl::NodeId> steps;  // in their order, those that take time
  Milliseconds length{0};
};

/// `lengths` has one a node.
CriticalPath critical_path(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& order, const std::vector<Milliseconds>& lengths);

}  // namespace sdlrun::engine
