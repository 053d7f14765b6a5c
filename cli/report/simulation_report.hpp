// What `sdlrun simulate` says.
#pragma once

#include <string>

#include "cli/simulation_words.hpp"
#include "cli/terminal/style.hpp"
#include "engine/simulate/analysis.hpp"
#include "engine/simulate/simulation.hpp"

namespace sdlrun::cli {

struct SimulationReport {
  const dsl::Pipeline& pipeline;
  const SimulatedWorks& works;
  const engine::Simulation& simulation;
  const engine::Analysis& analysis;
};

/// A line for each start, failed attempt and end, with its moment; then how long it takes, the critical path, how busy
/// slots and pools are, and what the durations are and what was assumed.
std::string simulation_text(const SimulationReport& report, const Style& style, std::size_t columns);

std::string simulation_json(const SimulationReport& report);

}  // namespace sdlrun::cli
