// What becomes of a node whose dependencies have ended: it ends at once (skipped, cached, a requirement, a mistake), or
// it is to run.
#pragma once

#include <variant>
#include <vector>

#include "engine/plan/plan.hpp"
#include "engine/run/last_times.hpp"
#include "engine/run/run_context.hpp"
#include "engine/run/secrets_ahead.hpp"
#include "engine/run/step_end.hpp"

namespace sdlrun::engine {

/// Thread-safe.
class Decider {
 public:
  Decider(const RunContext& run, const LastTimes& last_times) : run_(run), last_times_(last_times), secrets_ahead_(run) {}

  /// A StepEnd has been reported as events and, where cached, recorded.
  std::variant<StepEnd, StepDecision> decide(dsl::NodeId node);
  /// Ends a step with its kept result; the decision comes back where `sdlrun gc` was faster, and the step is to run.
  std::variant<StepEnd, StepDecision> take_from_cache(dsl::NodeId node, StepDecision decision) const;

 private:
  StepEnd skip(dsl::NodeId node) const;
  StepEnd fail(dsl::NodeId node, const Error& error) const;
  bool asks_outside(dsl::NodeId node, const StepDecision& decision) const;
  void leave_no_note() const;
  StepEnd open_gate(dsl::NodeId node) const;
  StepEnd decide_requirement(dsl::NodeId node) const;
  StepEnd report_requirement(dsl::NodeId node, bool holds, std::string message) const;

  const RunContext& run_;
  const LastTimes& last_times_;
  SecretsAhead secrets_ahead_;
};

}  // namespace sdlrun::engine
