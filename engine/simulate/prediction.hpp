// How long a run would take, by what its steps took before: for `plan`, and for what is left of a run.
#pragma once

#include <optional>
#include <vector>

#include "engine/cache/state.hpp"
#include "engine/plan/plan.hpp"
#include "engine/simulate/critical_path.hpp"
#include "engine/world/machine_limits.hpp"

namespace sdlrun::engine {

/// So many of a step's newest durations count.
constexpr std::size_t durations_considered = 10;

/// The shortest, the one in the middle, and the longest.
struct DurationRange {
  Milliseconds low{0}, usual{0}, high{0};
};
/// Nothing where there are none.
std::optional<DurationRange> range_of(std::vector<Milliseconds> durations);

struct Prediction {
  /// At the lower end all that runs takes as little as it ever did, and what is decided later comes from the cache.
  DurationRange length;
  /// One a node, of those that run or may run and were measured.
  std::vector<std::optional<DurationRange>> steps;
  CriticalPath critical;   // by what is usual
  std::size_t measured = 0, unmeasured = 0;  // of those that run or may run
};

/// By the run's own schedule, with so many slots, and its pools. Steps that were never measured count as if they took no time.
Prediction predict(const dsl::Pipeline& pipeline, const Plan& plan, const Durations& durations, std::size_t slots,
                   const MachineLimits& machine);

}  // namespace sdlrun::engine
