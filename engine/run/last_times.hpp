// What is remembered of each step's last time, and what follows from it for the order of this run.
#pragma once

#include <string>
#include <unordered_map>
#include <vector>

#include <oneapi/tbb/concurrent_vector.h>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/plan/needed_nodes.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// What a step that was never measured is taken for.
constexpr Milliseconds guessed_duration{1000};

using LastTimesByName = std::unordered_map<std::string, LastTime>;
/// By node; one is not touched by the coming of others.
using LastTimes = oneapi::tbb::concurrent_vector<LastTime>;

/// One a node of the pipeline; empty ones for nodes that are not needed.
LastTimes last_times(const dsl::Pipeline& pipeline, const NeededNodes& needed, State& state);
/// Adds those of nodes that were added to the pipeline; takes them out of `known`.
void add_last_times(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& added, LastTimesByName& known, LastTimes& times);

/// For each node its own duration and those of the longest chain of needed nodes that wait for it.
std::vector<Milliseconds> critical_paths(const dsl::Pipeline& pipeline, const NeededNodes& needed, const LastTimes& times);
/// For who goes through the nodes from the back: the node's path so far gets its own duration, and is handed on to what it
/// depends on.
void add_own_time(const dsl::Node& node, dsl::NodeId id, Milliseconds duration, std::vector<Milliseconds>& paths);
/// Adds those of nodes that were added to the pipeline.
void add_critical_paths(const dsl::Pipeline& pipeline, const std::vector<dsl::NodeId>& added, const dsl::Growth& growth,
                        const LastTimes& times, std::vector<Milliseconds>& paths);

}  // namespace sdlrun::engine
