// What `sdlrun plan` says.
#pragma once

#include <string>

#include "cli/terminal/style.hpp"
#include "dsl/pipeline/pipeline.hpp"
#include "engine/plan/plan.hpp"

namespace sdlrun::cli {

/// A line a step: what is decided, its name, why, how long it took last time; for what runs a second one: what it does.
/// Then a summary: "3 to run, 2 cached; about 2m05s".
std::string plan_text(const dsl::Pipeline& pipeline, const engine::Plan& plan, const Style& style, std::size_t columns);

std::string plan_json(const dsl::Pipeline& pipeline, const engine::Plan& plan);

/// How long what runs would take with enough processors: along the longest path. `complete` where every step that may
/// run has been measured before.
struct Expectation {
  engine::Milliseconds duration{0};
  bool complete = true;
};
Expectation expectation(const dsl::Pipeline& pipeline, const engine::Plan& plan);

}  // namespace sdlrun::cli
