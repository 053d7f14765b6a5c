#include "engine/simulate/analysis.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <utility>

namespace sdlrun::engine {

namespace {

std::size_t index_of(dsl::NodeId node) { return static_cast<std::uint32_t>(node); }

/// With a place whenever it wants one.
Milliseconds length(const SimulatedStep& step) {
  Milliseconds length = step.rested;
  for (const SimulatedStep::Span& attempt : step.attempts) length += attempt.end - attempt.begin;
  return length;
}

void find_critical_path(const dsl::Pipeline& pipeline, const Simulation& simulation, Analysis& analysis) {
  std::vector<Milliseconds> lengths(pipeline.nodes.size());
  for (const SimulatedStep& step : simulation.steps) lengths[index_of(step.node)] = length(step);
  std::vector<Milliseconds> ways(pipeline.nodes.size());  // to the end of each
  std::vector<std::optional<dsl::NodeId>> before(pipeline.nodes.size());
  std::optional<dsl::NodeId> last;
  for (std::uint32_t i = 0; i < ways.size(); ++i) {
    for (const dsl::NodeId dependency : pipeline.nodes[i].dependencies) {
      if (before[i] && ways[index_of(*before[i])] >= ways[index_of(dependency)]) continue;
      before[i] = dependency;
    }
    ways[i] = lengths[i] + (before[i] ? ways[index_of(*before[i])] : Milliseconds(0));
    if (lengths[i].count() > 0 && (!last || ways[i] > ways[index_of(*last)])) last = dsl::NodeId{i};
  }
  if (!last) return;
  analysis.critical_duration = ways[index_of(*last)];
  for (std::optional<dsl::NodeId> node = last; node; node = before[index_of(*node)]) {
    if (lengths[index_of(*node)].count() > 0) analysis.critical_path.push_back(*node);
  }
  std::reverse(analysis.critical_path.begin(), analysis.critical_path.end());
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
  find_critical_path(pipeline, simulation, analysis);
  const auto slots = static_cast<std::int64_t>(jobs);
  analysis.slots = usage_of("slots", slots, simulation, [&](dsl::NodeId step) {
    return std::min(std::max<std::int64_t>(pipeline[step].options.cpus, 1), slots);
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
