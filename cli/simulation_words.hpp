// What `sdlrun simulate` is told of steps: `--fail STEP[:ATTEMPTS]`, `--duration STEP=2m`; and what it knows of the rest.
#pragma once

#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/cache/state.hpp"
#include "engine/error.hpp"
#include "engine/simulate/simulation.hpp"

namespace sdlrun::cli {

struct SimulationWords {
  std::vector<std::string> failures;
  std::vector<std::string> durations;
};

/// Where the duration of a step is from.
enum class DurationSource { guessed, measured, given };

struct SimulatedWorks {
  std::vector<engine::SimulatedWork> work;  // one a node of the pipeline
  std::vector<DurationSource> sources;
};

/// Durations that are given, else those of past runs, else a guess. An error for what is no step, number or duration.
engine::Result<SimulatedWorks> simulated_works(const dsl::Pipeline& pipeline, const SimulationWords& words, engine::State& state);

}  // namespace sdlrun::cli
