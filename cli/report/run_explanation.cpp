#include "cli/report/run_explanation.hpp"

#include <algorithm>

#include "cli/report/json_text.hpp"
#include "cli/report/parts_table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

using engine::StepAttempt;
using History = std::vector<StepAttempt>;

/// One that was taken over is told as the attempt that it took over.
bool is_same_attempt(const StepAttempt& one, const StepAttempt& other) {
  return one.key == other.key && one.started == other.started && one.duration == other.duration;
}

/// In the history, which knows only what was recorded: the attempt itself, or the one it was taken over from.
History::const_iterator place_of(const StepAttempt& attempt, const History& history) {
  return std::find_if(history.begin(), history.end(), [&](const StepAttempt& one) { return is_same_attempt(one, attempt); });
}

const std::string* explained_value(const StepAttempt& attempt, const std::string& part) {
  const auto found = std::find_if(attempt.parts.begin(), attempt.parts.end(), [&](const engine::KeyPart& one) { return one.name == part; });
  return found == attempt.parts.end() ? nullptr : &found->value;
}

bool is_same(const std::string* left, const std::string* right) {
  return left == nullptr || right == nullptr ? left == right : *left == *right;
}

std::optional<StepAttempt> first_with_value(const StepAttempt& now, const std::string& part, const History& history) {
  const std::string* wanted = explained_value(now, part);
  auto first = place_of(now, history);
  if (first == history.end()) return std::nullopt;
  while (std::next(first) != history.end() && is_same(explained_value(*std::next(first), part), wanted)) ++first;
  return *first;
}

std::string attempt_text(const StepAttempt& attempt) {
  std::string text = attempt.outcome;
  if (attempt.outcome == "ran" || attempt.outcome == "failed") text += " in " + duration_text(attempt.duration);
  text += " on " + moment_text(attempt.started);
  return attempt.reason.empty() ? text : text + ": " + attempt.reason;
}

std::string explained_side_text(const StepInRun& step) {
  if (!step.made_by) return "run " + step.attempt.run + "  " + attempt_text(step.attempt);
  return "run " + step.attempt.run + "  cached: as run " + step.made_by->run + " had left it, in which it " + attempt_text(*step.made_by);
}

std::string difference_in_words(const RunExplanation& explanation) {
  const StepAttempt& now = explanation.now.attempt;
  if (explanation.difference.empty()) {
    const bool ran_again = !explanation.now.made_by && !is_same_attempt(explanation.then->attempt, now);
    return ran_again ? "nothing in its key; it ran for another reason: " + now.reason : "nothing in its key: what it gives is the same";
  }
  if (!explanation.since) return explanation.difference;
  return explanation.difference + "; since run " + explanation.since->run + " on " + moment_text(explanation.since->started);
}

Json attempt_json(const StepAttempt& attempt) {
  return {{"run", attempt.run},   {"outcome", attempt.outcome},           {"reason", attempt.reason},
          {"key", attempt.key},   {"started_ms", attempt.started.count()}, {"duration_ms", attempt.duration.count()}};
}

Json explained_side_json(const StepInRun& step) {
  Json result = attempt_json(step.attempt);
  if (step.made_by) result["made_by"] = attempt_json(*step.made_by);
  return result;
}

}  // namespace

StepInRun step_in_run(StepAttempt attempt, const History& history) {
  StepInRun result{.attempt = std::move(attempt)};
  const auto place = place_of(result.attempt, history);
  if (place != history.end() && place->run != result.attempt.run) result.made_by = *place;
  return result;
}

std::optional<StepInRun> one_before(const StepInRun& step, const History& history) {
  const auto place = place_of(step.attempt, history);
  if (place == history.end() || std::next(place) == history.end()) return std::nullopt;
  return StepInRun{.attempt = *std::next(place)};
}

RunExplanation explain_run(StepInRun now, std::optional<StepInRun> then, bool then_is_named, const History& history) {
  RunExplanation result{.step = now.attempt.step, .now = std::move(now), .then = std::move(then), .then_is_named = then_is_named, .changed_part = {}, .difference = {}, .since = {}};
  if (!result.then) return result;
  result.changed_part = engine::first_changed_part(result.then->parts(), result.now.parts());
  result.difference = engine::key_difference(result.then->parts(), result.now.parts());
  if (!result.changed_part.empty()) result.since = first_with_value(result.now.attempt, result.changed_part, history);
  return result;
}

std::string run_explanation_text(const RunExplanation& explanation, const Style& style, std::size_t columns) {
  std::string result = style.paint(Tone::strong, explanation.step) + '\n';
  const auto add = [&](const std::string& text) {
    for (const std::string& line : wrapped(text, columns > 2 ? columns - 2 : 1)) result += "  " + line + '\n';
  };
  if (explanation.then_is_named) add("then     " + explained_side_text(*explanation.then));
  add((explanation.then_is_named ? "now      " : "in       ") + explained_side_text(explanation.now));
  if (!explanation.then_is_named) add("before   " + (explanation.then ? explained_side_text(*explanation.then) : "it had never run"));
  if (explanation.then) add("differs  " + difference_in_words(explanation));
  PartsTable table{.then = {}, .now = explanation.now.parts(), .has_then = explanation.then.has_value(), .has_now = true};
  if (explanation.then) table.then = explanation.then->parts();
  return result + parts_text(table, style, columns);
}

std::string run_explanation_json(const RunExplanation& explanation) {
  Json result = {{"step", explanation.step}, {"now", explained_side_json(explanation.now)}};
  if (explanation.then) {
    result["then"] = explained_side_json(*explanation.then);
    result["differs"] = {{"part", explanation.changed_part}, {"text", explanation.difference}};
    if (explanation.since) result["differs"]["since"] = {{"run", explanation.since->run}, {"started_ms", explanation.since->started.count()}};
  }
  result["parts"] = parts_json(explanation.then ? explanation.then->parts() : std::vector<engine::KeyPart>(), explanation.now.parts());
  return json_document(result);
}

}  // namespace sdlrun::cli
