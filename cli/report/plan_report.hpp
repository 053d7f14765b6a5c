// What `sdlrun plan` says.
#pragma once

#include <string>
#include <vector>

#include "cli/terminal/style.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/plan/plan.hpp"
#include "engine/simulate/prediction.hpp"

namespace sdlrun::cli {

struct PlanReport {
  const dsl::Pipeline& pipeline;
  const engine::Plan& plan;
  const engine::Prediction& prediction;
  std::size_t slots = 1;
  bool says_slots = false;  // where they were asked for
  std::vector<std::string> warnings = {};  // in the JSON; people get them beside the plan
};

/// A line a step: what is decided, its name, why, how long it usually takes; for what runs a second one: what it does. Then a
/// summary, "3 to run, 2 cached; about 2m05s (1m50s to 3m00s)", and the critical path.
std::string plan_text(const PlanReport& report, const Style& style, std::size_t columns);

std::string plan_json(const PlanReport& report);

}  // namespace sdlrun::cli
