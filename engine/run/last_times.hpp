// What is remembered of each step's last time, and what follows from it for the order of this run.
#pragma once

#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// What a step that was never measured is taken for.
constexpr Milliseconds guessed_duration{1000};

/// One a node of the pipeline; empty ones for nodes that are not needed.
std::vector<LastTime> last_times(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, State& state);

/// For each node its own duration and those of the longest chain of needed nodes that wait for it.
std::vector<Milliseconds> critical_paths(const dsl::Pipeline& pipeline, const std::vector<bool>& needed,
                                         const std::vector<LastTime>& times);

}  // namespace sdlrun::engine
