// Why a step ran, was cached, or would run: what `sdlrun explain` says.
#pragma once

#include <optional>
#include <string>

#include "cli/terminal/style.hpp"
#include "engine/cache/state.hpp"
#include "engine/outside/outside_record.hpp"
#include "engine/plan/plan.hpp"

namespace sdlrun::cli {

struct Explanation {
  std::string step;
  std::string stage;                             // empty where it is not known
  std::optional<engine::StepAttempt> last;       // the last time it was looked at
  std::optional<engine::PlannedStep> planned;    // what would be done now
  /// Of a place whose steps only a run decides: those of its newest run.
  std::optional<std::vector<std::string>> steps = {};
  std::vector<engine::OutsideRecord> outside = {};  // what it has started beyond this machine and is not done with
};

/// In words, then the parts of the key, then and now side by side, with a mark at those that differ.
std::string explanation_text(const Explanation& explanation, const Style& style, std::size_t columns);
std::string explanation_json(const Explanation& explanation);

}  // namespace sdlrun::cli
