// What a run would do, on virtual time: the real scheduler over steps that only take time, and fail where they are told
// to. No process starts, nothing is read or written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "dsl/pipeline/pipeline.hpp"
#include "engine/error.hpp"
#include "engine/run/event.hpp"
#include "engine/world/clock.hpp"
#include "engine/world/machine_limits.hpp"

namespace sdlrun::engine {

/// How a step goes in a simulation.
struct SimulatedWork {
  Milliseconds duration{0};           // of each attempt
  std::int64_t failing_attempts = 0;  // so many fail, from the first on, at their end
};
/// More attempts than any step has: it never ends well.
constexpr std::int64_t all_attempts = INT64_MAX;

struct SimulationRequest {
  std::vector<dsl::NodeId> goals = {};  // empty: the pipeline's default goals
  std::size_t jobs = 1;
  MachineLimits machine = {};
  bool keep_going = false;
  std::vector<SimulatedWork> work = {};  // one a node of the pipeline
};

/// A step as it went.
struct SimulatedStep {
  struct Span {
    Milliseconds begin{0};
    Milliseconds end{0};
  };
  dsl::NodeId node{};
  StepOutcome outcome = StepOutcome::not_reached;
  Milliseconds ready{0};  // when what it waits for had ended
  Milliseconds ended{0};
  std::vector<Span> attempts = {};
  Milliseconds rested{0};  // the pauses between them, waiting for places left out
};

struct Moment {
  Milliseconds at{0};
  Event event;
};

struct Simulation {
  bool success = false;
  Milliseconds duration{0};
  std::vector<SimulatedStep> steps;  // those that were needed, in the pipeline's order
  std::vector<Moment> timeline;      // starts, retries, later attempts (StepProgressed) and ends of steps
  /// What comes from steps is not known. What was taken for it, a line each, such as "`when` of `update` is true".
  std::vector<std::string> assumptions;
};

/// As if nothing were cached. An error where a step asks for more than the machine has.
Result<Simulation> simulate(const dsl::Pipeline& pipeline, const SimulationRequest& request);

}  // namespace sdlrun::engine
