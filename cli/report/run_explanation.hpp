// Why a step ran or was cached in one run, against another: what `sdlrun explain STEP RUN…` says.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/style.hpp"
#include "engine/cache/state.hpp"

namespace sdlrun::cli {

/// A step in a run. Where the run took over what an earlier one had done, that is `made_by`.
struct StepInRun {
  engine::StepAttempt attempt;
  std::optional<engine::StepAttempt> made_by = {};

  const std::vector<engine::KeyPart>& parts() const { return attempt.parts; }
};

struct RunExplanation {
  std::string step;
  StepInRun now;
  std::optional<StepInRun> then;  // the run that it is compared with: where none was named, the attempt before
  bool then_is_named = false;
  std::string changed_part;                 // the first part of the key that differs; empty where none does
  std::string difference;                   // in a line
  std::optional<engine::StepAttempt> since;  // the first, of those up to now without another between, with the new value
};

/// `history` is the step's, newest first.
RunExplanation explain_run(StepInRun now, std::optional<StepInRun> then, bool then_is_named, const std::vector<engine::StepAttempt>& history);

/// The step in a run, with what it took over told apart.
StepInRun step_in_run(engine::StepAttempt attempt, const std::vector<engine::StepAttempt>& history);
/// The attempt before that one; nothing where it was the first.
std::optional<StepInRun> one_before(const StepInRun& step, const std::vector<engine::StepAttempt>& history);

std::string run_explanation_text(const RunExplanation& explanation, const Style& style, std::size_t columns);
std::string run_explanation_json(const RunExplanation& explanation);

}  // namespace sdlrun::cli
