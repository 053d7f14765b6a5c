#include "engine/simulate/remaining_time.hpp"

#include <algorithm>

#include "engine/simulate/prediction.hpp"

namespace sdlrun::engine {

namespace {

/// Of a step of the pipeline, as indices.
std::vector<std::size_t> pools_of(const dsl::Pipeline& pipeline, const dsl::Node& node) {
  std::vector<std::size_t> result;
  std::size_t index = 0;
  for (const auto& [name, places] : pipeline.pools) {
    const auto& names = node.options.pools;
    if (std::find(names.begin(), names.end(), name) != names.end()) result.push_back(index);
    ++index;
  }
  return result;
}

}  // namespace

RemainingTime::RemainingTime(const dsl::Pipeline& pipeline, const std::vector<bool>& needed, std::size_t slots, State& state)
    : pipeline_(pipeline.name), slots_(static_cast<std::int64_t>(slots)), state_(state), steps_(pipeline.nodes.size()) {
  for (const auto& [name, places] : pipeline.pools) pools_.push_back({.places = places});
  for (std::size_t i = 0; i < steps_.size(); ++i) {
    const dsl::Node& node = pipeline.nodes[i];
    steps_[i] = {.name = node.name,
                 .is_left = needed[i] && node.kind == dsl::NodeKind::step,
                 .slots = node.options.is_elsewhere ? 0 : std::clamp<std::int64_t>(node.options.cpus, 1, slots_),
                 .after = node.dependencies,
                 .pools = pools_of(pipeline, node)};
  }
}

void RemainingTime::take(const Event& event, Milliseconds now) {
  const auto* started = std::get_if<StepStarted>(&event);
  const auto* finished = std::get_if<StepFinished>(&event);
  if (started == nullptr && finished == nullptr) return;
  const std::lock_guard lock(mutex_);
  has_begun_ = has_begun_ || started != nullptr;
  Step* step = find(started != nullptr ? started->step : finished->step);
  if (step == nullptr) return;
  if (started != nullptr) step->started = now;
  if (finished != nullptr) step->is_left = false;
}

RemainingTime::Step* RemainingTime::find(dsl::NodeId node) {
  const auto index = static_cast<std::uint32_t>(node);
  return index < steps_.size() ? &steps_[index] : nullptr;
}

/// When the first step runs, so that a run in which nothing is to do does not ask.
void RemainingTime::read_durations() {
  has_durations_ = true;
  const Durations durations = state_.durations(pipeline_, durations_considered);
  for (Step& step : steps_) {
    const auto known = durations.find(step.name);
    if (known == durations.end()) continue;
    if (const auto range = range_of(known->second)) step.usual = range->usual;
  }
}

Milliseconds RemainingTime::left_of(const Step& step, Milliseconds now) {
  if (!step.is_left || !step.usual) return Milliseconds(0);
  return step.started ? std::max(Milliseconds(0), *step.usual - (now - *step.started)) : *step.usual;
}

std::optional<RunEstimated> RemainingTime::estimate(Milliseconds now) {
  const std::lock_guard lock(mutex_);
  if (!has_begun_) return std::nullopt;
  if (!has_durations_) read_durations();
  RunEstimated estimate;
  Milliseconds work{0};
  std::vector<Milliseconds> ways(steps_.size());  // from the beginning of each to the end
  for (Pool& pool : pools_) pool.wanted = Milliseconds(0);
  std::size_t measured = 0;
  // Dependencies come first among the nodes, so that from the back a step is complete when its turn comes.
  for (std::size_t i = steps_.size(); i-- > 0;) {
    const Step& step = steps_[i];
    const Milliseconds left = left_of(step, now);
    if (step.is_left) ++(step.usual ? measured : estimate.unmeasured);
    ways[i] += left;
    work += left * step.slots;
    for (const std::size_t pool : step.pools) pools_[pool].wanted += left;
    for (const dsl::NodeId before : step.after) {
      Milliseconds& way = ways[static_cast<std::uint32_t>(before)];
      way = std::max(way, ways[i]);
    }
    estimate.remaining = std::max(estimate.remaining, ways[i]);
  }
  if (measured == 0) return std::nullopt;
  estimate.remaining = std::max(estimate.remaining, work / slots_);
  for (const Pool& pool : pools_) estimate.remaining = std::max(estimate.remaining, pool.wanted / pool.places);
  estimate.steps_left = measured + estimate.unmeasured;
  return estimate;
}

}  // namespace sdlrun::engine
