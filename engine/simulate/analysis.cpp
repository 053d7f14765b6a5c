#include "engine/simulate/analysis.hpp"

#include <algorithm>
#include <functional>
#include <utility>

namespace sdlrun::engine {

namespace {

/// With a place whenever it wants one.
Milliseconds length(const SimulatedStep& step) {
  Milliseconds length = step.rested;
  for (const SimulatedStep::Span& attempt : step.attempts) length += attempt.end - attempt.begin;
  return length;
}

std::vector<Milliseconds> lengths(const dsl::Pipeline& pipeline, const Simulation& simulation) {
  std::vector<Milliseconds> result(pipeline.nodes.size());
  for (const SimulatedStep& step : simulation.steps) result[static_cast<std::uint32_t>(step.node)] = length(step);
  return result;
}

/// `wanted` says how many places a step takes while it runs.
Usage usage_of(std::string name, std::int64_t places, const Simulation& simulation, const std::function<std::int64_t(dsl::NodeId)>& wanted) {
  std::vector<std::pair<Milliseconds, std::int64_t>> changes;
  for (const SimulatedStep& step : simulation.steps) {
    const std::int64_t taken = wanted(step.node);
    for (const SimulatedStep::Span& attempt : step.attempts) {
      changes.emplace_back(attempt.begin, taken);
      changes.emplace_back(attempt.end, -taken);
    }
  }
  std::sort(changes.begin(), changes.end());
  Usage usage{.name = std::move(name), .places = places};
  Milliseconds now{0};
  std::int64_t taken = 0;
  for (const auto& [at, change] : changes) {
    usage.busy += taken * (at - now);
    if (taken >= places) usage.full += at - now;
    now = at;
    taken += change;
  }
  return usage;
}

}  // namespace

Analysis analyse(const dsl::Pipeline& pipeline, const Simulation& simulation, std::size_t jobs) {
  Analysis analysis;
  std::vector<dsl::NodeId> order;
  for (std::uint32_t i = 0; i < pipeline.nodes.size(); ++i) order.push_back(dsl::NodeId{i});
  analysis.critical = critical_path(pipeline, order, lengths(pipeline, simulation));
  const auto slots = static_cast<std::int64_t>(jobs);
  analysis.slots = usage_of("slots", slots, simulation, [&](dsl::NodeId step) {
    const dsl::NodeOptions& options = pipeline[step].options;
    return options.is_elsewhere ? 0 : std::min(std::max<std::int64_t>(options.cpus, 1), slots);
  });
  for (const auto& [pool, places] : pipeline.pools) {
    analysis.pools.push_back(usage_of(pool, places, simulation, [&, name = std::string_view(pool)](dsl::NodeId step) {
      const std::vector<std::string>& pools = pipeline[step].options.pools;
      return std::int64_t{std::find(pools.begin(), pools.end(), name) != pools.end()};
    }));
  }
  return analysis;
}

}  // namespace sdlrun::engine
