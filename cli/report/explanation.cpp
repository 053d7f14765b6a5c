#include "cli/report/explanation.hpp"

#include <algorithm>

#include "cli/report/json_text.hpp"
#include "cli/report/outside_report.hpp"
#include "cli/report/parts_table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

std::string past_text(const engine::StepAttempt& last) {
  std::string text = "last time  " + last.outcome;
  if (last.outcome == "ran" || last.outcome == "failed") text += " in " + duration_text(last.duration);
  text += " on " + moment_text(last.started) + " (run " + last.run + ')';
  return last.reason.empty() ? text : text + ": " + last.reason;
}

/// The steps that a gate came to, of which there may be very many.
std::string past_steps_text(const std::vector<std::string>& steps) {
  constexpr std::size_t most_named = 10;
  if (steps.empty()) return "last time  none of its steps has run";
  std::string text = "last time  ";
  for (std::size_t index = 0; index < std::min(steps.size(), most_named); ++index) text += (index == 0 ? "" : ", ") + steps[index];
  return steps.size() > most_named ? text + " and " + std::to_string(steps.size() - most_named) + " more" : text;
}

std::string present_text(const engine::PlannedStep& planned, const std::optional<engine::StepAttempt>& last) {
  const bool is_of_last_time = !last || !planned.key || last->key == planned.key->hex;
  switch (planned.decision) {
    case engine::Decision::run: return "now        would run: " + reason_text(planned);
    case engine::Decision::cached:
      return is_of_last_time ? "now        cached: nothing that it depends on has changed"
                             : "now        cached: all that it depends on is as it was in an earlier run";
    case engine::Decision::not_needed: return "now        would not run: " + planned.reason;
    case engine::Decision::decided_later: return "now        decided later: " + reason_text(planned);
  }
  return "";
}

PartsTable parts_of(const Explanation& explanation) {
  PartsTable table{.then = {}, .now = {}, .has_then = explanation.last.has_value(), .has_now = explanation.planned && explanation.planned->key};
  if (table.has_then) table.then = explanation.last->parts;
  if (table.has_now) table.now = explanation.planned->key->parts;
  return table;
}

}  // namespace

std::string explanation_text(const Explanation& explanation, const Style& style, std::size_t columns) {
  const std::string_view what = explanation.steps ? "steps that are known once it runs" : std::string_view(explanation.stage);
  std::string result = style.paint(Tone::strong, explanation.step) + "  " + style.paint(Tone::quiet, what) + '\n';
  const auto add = [&](const std::string& text) {
    for (const std::string& line : wrapped(shown_line(text, style), columns > 2 ? columns - 2 : 1)) result += "  " + line + '\n';
  };
  if (explanation.steps) add(past_steps_text(*explanation.steps));
  else add(explanation.last ? past_text(*explanation.last) : "last time  it has never run");
  if (explanation.planned) add(present_text(*explanation.planned, explanation.last));
  for (const engine::OutsideRecord& record : explanation.outside) {
    const bool is_other = explanation.planned && explanation.planned->key && record.key != explanation.planned->key->hex;
    add("outside    " + outside_sentence(record) + (is_other ? "; the step's key was another then" : ""));
  }
  return result + parts_text(parts_of(explanation), style, columns);
}

std::string explanation_json(const Explanation& explanation) {
  Json result = {{"step", explanation.step}, {"stage", explanation.stage}};
  if (const auto& last = explanation.last) {
    result["last"] = {{"outcome", last->outcome}, {"reason", last->reason},   {"run", last->run},
                      {"key", last->key},         {"started_ms", last->started.count()}, {"duration_ms", last->duration.count()}};
  }
  if (const auto& planned = explanation.planned) {
    result["now"] = {{"decision", decision_word(planned->decision)}, {"reason", planned->reason}};
    if (planned->key) result["now"]["key"] = planned->key->hex;
  }
  if (explanation.steps) result["steps"] = *explanation.steps;
  for (const engine::OutsideRecord& record : explanation.outside) result["outside"].push_back(outside_fields(record));
  const PartsTable parts = parts_of(explanation);
  result["parts"] = parts_json(parts.then, parts.now);
  return json_document(result);
}

}  // namespace sdlrun::cli
