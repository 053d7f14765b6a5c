#include "cli/history/run_difference.hpp"

#include <algorithm>
#include <unordered_map>

namespace sdlrun::cli {

namespace {

/// A run without a log names no steps; they are taken to be those of the other run.
void assume_steps(PastRun& run, const PastRun& other, std::vector<std::string>& notes) {
  if (run.has_log || other.steps.empty()) return;
  const bool cached = run.took_all_from_cache();
  for (const PastStep& step : other.steps) {
    const PastOutcome requirement = cached ? PastOutcome::ran : PastOutcome::not_reached;
    run.steps.push_back({.name = step.name,
                         .stage = step.stage,
                         .outcome = step.is_requirement() ? requirement : cached ? PastOutcome::cached : PastOutcome::not_reached});
  }
  notes.push_back("in run " + run.record.run + (cached ? " everything came from the cache" : " no step had started when it ended") +
                  "; its steps are taken to be those of the other run");
}

void note_end(const PastRun& run, std::vector<std::string>& notes) {
  if (run.has_log && !run.is_whole) notes.push_back("the event log of run " + run.record.run + " ends before the run did");
}

std::vector<ValuePair> value_differences(const std::vector<PastValue>& then, const std::vector<PastValue>& now) {
  const auto find = [](const std::vector<PastValue>& values, const std::string& name) -> std::optional<PastValue> {
    const auto found = std::find_if(values.begin(), values.end(), [&](const PastValue& value) { return value.name == name; });
    return found == values.end() ? std::nullopt : std::optional(*found);
  };
  std::vector<ValuePair> pairs;
  for (const PastValue& value : now) {
    std::optional<PastValue> old = find(then, value.name);
    if (!old || old->json != value.json) pairs.push_back({value.name, std::move(old), value});
  }
  for (const PastValue& value : then) {
    if (!find(now, value.name)) pairs.push_back({value.name, value, std::nullopt});
  }
  return pairs;
}

using Attempts = std::unordered_map<std::string, const engine::StepAttempt*>;

Attempts by_step(const std::vector<engine::StepAttempt>& attempts) {
  Attempts result;
  for (const engine::StepAttempt& attempt : attempts) {
    // What came from the cache is not recorded step by step.
    if (attempt.outcome != "cached") result[attempt.step] = &attempt;
  }
  return result;
}

std::vector<PartPair> part_differences(const Attempts& then, const Attempts& now, const std::string& step) {
  const auto before = then.find(step);
  const auto after = now.find(step);
  if (before == then.end() || after == now.end()) return {};
  std::vector<PartPair> pairs = part_pairs(before->second->parts, after->second->parts);
  std::erase_if(pairs, [](const PartPair& pair) { return !pair.differs; });
  return pairs;
}

bool has_run(const PastStep& step) { return step.outcome == PastOutcome::ran && !step.is_requirement(); }

/// Requirements without a name are told apart by their order.
std::vector<std::string> identities(const std::vector<PastStep>& steps) {
  std::vector<std::string> result;
  std::size_t unnamed = 0;
  for (const PastStep& step : steps) result.push_back(step.name.empty() ? '\n' + std::to_string(++unnamed) : step.name);
  return result;
}

}  // namespace

bool StepDifference::differs() const {
  if (!then || !now) return true;
  return then->outcome != now->outcome || then->stage != now->stage || then->attempts.size() != now->attempts.size() ||
         then->error.message != now->error.message || !parts.empty() || !outputs.empty();
}

RunDifference run_difference(RunWithKeys then, RunWithKeys now) {
  RunDifference result{.then = then.run.record, .now = now.run.record, .steps = {}, .outputs = {}, .notes = {}};
  assume_steps(then.run, now.run, result.notes);
  assume_steps(now.run, then.run, result.notes);
  note_end(then.run, result.notes);
  note_end(now.run, result.notes);

  const Attempts then_attempts = by_step(then.attempts);
  const Attempts now_attempts = by_step(now.attempts);
  const std::vector<std::string> then_names = identities(then.run.steps);
  const std::vector<std::string> now_names = identities(now.run.steps);
  std::unordered_map<std::string, std::size_t> places;
  for (std::size_t index = 0; index < now_names.size(); ++index) {
    places.emplace(now_names[index], result.steps.size());
    result.steps.push_back({.name = now.run.steps[index].title(), .then = std::nullopt, .now = now.run.steps[index]});
  }
  for (std::size_t index = 0; index < then_names.size(); ++index) {
    const auto place = places.find(then_names[index]);
    const PastStep& step = then.run.steps[index];
    if (place == places.end()) {
      result.steps.push_back({.name = step.title(), .then = step, .now = std::nullopt});
      continue;
    }
    StepDifference& difference = result.steps[place->second];
    difference.parts = part_differences(then_attempts, now_attempts, step.name);
    if (has_run(step) && has_run(*difference.now)) difference.outputs = value_differences(step.outputs, difference.now->outputs);
    difference.then = step;
  }
  if (then.run.is_whole && now.run.is_whole && result.then.outcome == "succeeded" && result.now.outcome == "succeeded") {
    result.outputs = value_differences(then.run.outputs, now.run.outputs);
  }
  return result;
}

}  // namespace sdlrun::cli
