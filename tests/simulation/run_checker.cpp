#include "run_checker.hpp"

#include <algorithm>

namespace sdlrun::simulation {

using engine::StepOutcome;

RunChecker::RunChecker(const Scenario& scenario, const Life& life, const dsl::Pipeline& pipeline, Recorded& recorded, Findings& findings)
    : scenario_(scenario),
      life_(life),
      pipeline_(pipeline),
      recorded_(recorded),
      findings_(findings),
      expected_(expectation(scenario, life.param)),
      states_(pipeline.nodes.size()),
      is_good_(pipeline.nodes.size()),
      tries_(pipeline.nodes.size()),
      outcomes_(scenario.steps.size()) {}

void RunChecker::see(const engine::Event& event) {
  if (is_over_) findings_.violated("an event came after the end of the run");
  std::visit([this](const auto& kind) { see(kind); }, event);
}

// ---- steps ---------------------------------------------------------------------------------------------------------

bool RunChecker::dependencies_are_good(dsl::NodeId node) const {
  const auto& dependencies = pipeline_[node].dependencies;
  return std::all_of(dependencies.begin(), dependencies.end(),
                     [&](dsl::NodeId dependency) { return is_good_[static_cast<std::uint32_t>(dependency)]; });
}

void RunChecker::see(const engine::StepsAdded& event) {
  if (state(event.gate) == State::ended) findings_.violated(event.name + " opened twice");
  if (!dependencies_are_good(event.gate)) findings_.violated(event.name + " opened before what it waits for had ended");
  state(event.gate) = State::ended;
  is_good_[static_cast<std::uint32_t>(event.gate)] = true;
  states_.resize(pipeline_.nodes.size());
  is_good_.resize(pipeline_.nodes.size());
  tries_.resize(pipeline_.nodes.size());
}

void RunChecker::see(const engine::StepStarted& event) {
  if (state(event.step) != State::waiting) findings_.violated(event.name + " started twice");
  if (!dependencies_are_good(event.step)) findings_.violated(event.name + " started before what it waits for had ended");
  begin(event.step);
}

void RunChecker::see(const engine::StepRetried& event) {
  if (state(event.step) != State::running) findings_.violated(event.name + " is to be tried again and does not run");
  if (event.attempt >= step(event.step).attempts) findings_.violated(event.name + " is tried more often than it may be");
  state(event.step) = State::resting;
}

/// The only word of an attempt's beginning.
void RunChecker::see(const engine::StepProgressed& event) {
  if (event.text.starts_with("attempt ")) begin(event.step);
}

void RunChecker::begin(dsl::NodeId node) {
  state(node) = State::running;
  const std::int64_t tries = ++tries_[static_cast<std::uint32_t>(node)];
  if (tries > step(node).attempts) findings_.violated(step(node).name + " began attempt " + std::to_string(tries));
}

void RunChecker::see(const engine::StepFinished& event) {
  const std::size_t index = scenario_index(event.name);
  const State before = state(event.step);
  const bool has_run = before == State::running || before == State::resting;
  if (before == State::ended) findings_.violated(event.name + " ended twice");
  state(event.step) = State::ended;
  outcomes_[index] = event.outcome;
  const bool is_good = event.outcome == StepOutcome::ran || event.outcome == StepOutcome::cached || event.outcome == StepOutcome::skipped;
  is_good_[static_cast<std::uint32_t>(event.step)] = is_good;
  has_failed_ = has_failed_ || event.outcome == StepOutcome::failed;
  if (event.outcome == StepOutcome::ran && before != State::running) findings_.violated(event.name + " ran and had not started");
  if (event.outcome == StepOutcome::not_reached && has_run) findings_.violated(event.name + " was not reached and has run");
  if (is_good && !dependencies_are_good(event.step)) findings_.violated(event.name + " ended well before what it waits for");
  if (event.outcome == StepOutcome::ran && step(event.step).is_hopeless) findings_.violated(event.name + " cannot end well, and did");
  if (event.outcome == StepOutcome::skipped && expected_[index].fate != Expected::Fate::skipped) findings_.violated(event.name + " was skipped");
  if (event.outcome != StepOutcome::ran && event.outcome != StepOutcome::cached) return;
  check_value(event, expected_[index]);
  if (step(event.step).cache) recorded_.insert(expected_[index].content);
}

void RunChecker::check_value(const engine::StepFinished& event, const Expected& expected) const {
  const auto value = std::find_if(event.outputs.begin(), event.outputs.end(), [](const auto& output) { return output.first == "value"; });
  const auto* number = value == event.outputs.end() ? nullptr : value->second.as<std::int64_t>();
  const bool has_content = expected.fate != Expected::Fate::skipped && !expected.content.empty();
  const bool is_right = has_content && number != nullptr && *number == value_of(expected.content);
  if (!is_right) findings_.violated(event.name + " has other outputs than in an undisturbed run");
}

// ---- the run -------------------------------------------------------------------------------------------------------

void RunChecker::see(const engine::RequirementDecided& event) {
  if (state(event.requirement) == State::ended) findings_.violated("the requirement was decided twice");
  state(event.requirement) = State::ended;
  is_good_[static_cast<std::uint32_t>(event.requirement)] = event.holds;
  has_failed_ = has_failed_ || !event.holds;
}

void RunChecker::see(const engine::RunFinished& event) {
  is_over_ = true;
  const bool is_whole = std::all_of(outcomes_.begin(), outcomes_.end(), [](const auto& outcome) {
    return outcome == StepOutcome::ran || outcome == StepOutcome::cached || outcome == StepOutcome::skipped;
  });
  if (event.success && (!is_whole || has_failed_)) findings_.violated("the run says that it succeeded");
}

void RunChecker::check_end(bool disk_was_faulty) const {
  if (!is_over_) findings_.violated("the run ended and did not say so");
  const bool goes_on = life_.keep_going && life_.disturbance != Disturbance::interrupt;
  for (std::size_t i = 0; i < states_.size(); ++i) {
    const auto node = static_cast<dsl::NodeId>(i);
    if (pipeline_[node].kind != dsl::NodeKind::step) continue;
    const std::string& name = pipeline_[node].name;
    const auto outcome = outcomes_[scenario_index(name)];
    if (!outcome) findings_.violated(name + " came to no end");
    if (outcome == StepOutcome::stopped && life_.disturbance != Disturbance::interrupt) findings_.violated(name + " was stopped by nobody");
    if (outcome != StepOutcome::not_reached) continue;
    if (goes_on && dependencies_are_good(node)) findings_.violated(name + " was not reached, and nothing stood in its way");
    if (!has_failed_ && life_.disturbance != Disturbance::interrupt) findings_.violated(name + " was not reached, and nothing had failed");
  }
  // A run that starts nothing more ends steps between two attempts.
  if (disk_was_faulty || !goes_on) return;
  for (std::size_t i = 0; i < expected_.size(); ++i) {
    if (outcomes_[i] == StepOutcome::failed && life_.attempts[i].size() <= static_cast<std::size_t>(scenario_.steps[i].attempts) &&
        !scenario_.steps[i].is_hopeless && scenario_.steps[i].work != Work::job) {
      findings_.violated(scenario_.steps[i].name + " failed without a reason");
    }
  }
}

}  // namespace sdlrun::simulation
