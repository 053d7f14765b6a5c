#include "cli/report/explanation.hpp"

#include <algorithm>

#include "cli/report/json_text.hpp"
#include "cli/report/outside_report.hpp"
#include "cli/report/part_pairs.hpp"
#include "cli/report/table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

std::string parts_text(const Explanation& explanation, const Style& style, std::size_t columns) {
  const bool has_now = explanation.planned && explanation.planned->key;
  const std::vector<engine::KeyPart> none;
  const auto& before = explanation.last ? explanation.last->parts : none;
  if (!has_now && before.empty()) return "";
  Table table{.heads = {"  part", explanation.last ? "then" : "", has_now ? "now" : ""}, .rows = {}};
  const std::size_t room = columns == std::string::npos ? columns : std::max<std::size_t>(columns / 3, 12);
  const auto fitted = [&](const std::string& text) { return cut(clean_line(text), room, style); };
  for (const PartPair& pair : part_pairs(before, has_now ? explanation.planned->key->parts : before)) {
    const bool differs = pair.differs && explanation.last.has_value();
    const std::string now = !has_now ? "" : !explanation.last || differs ? fitted(pair.now) : "same";
    table.rows.push_back({(differs ? "* " : "  ") + pair.name, fitted(pair.then), differs ? style.paint(Tone::caution, now) : now});
  }
  return '\n' + table_text(table, style, columns);
}

std::string past_text(const engine::StepAttempt& last) {
  std::string text = "last time  " + last.outcome;
  if (last.outcome == "ran" || last.outcome == "failed") text += " in " + duration_text(last.duration);
  text += " on " + moment_text(last.started) + " (run " + last.run + ')';
  return last.reason.empty() ? text : text + ": " + last.reason;
}

std::string present_text(const engine::PlannedStep& planned) {
  switch (planned.decision) {
    case engine::Decision::run: return "now        would run: " + reason_text(planned);
    case engine::Decision::cached: return "now        cached: nothing that it depends on has changed";
    case engine::Decision::not_needed: return "now        would not run: " + planned.reason;
    case engine::Decision::decided_later: return "now        decided later: " + reason_text(planned);
  }
  return "";
}

Json parts_json(const Explanation& explanation) {
  const std::vector<engine::KeyPart> none;
  const auto& before = explanation.last ? explanation.last->parts : none;
  const auto& now = explanation.planned && explanation.planned->key ? explanation.planned->key->parts : none;
  Json result = Json::array();
  for (const PartPair& pair : part_pairs(before, now)) {
    result.push_back({{"part", pair.name}, {"then", pair.then}, {"now", pair.now}, {"differs", pair.differs}});
  }
  return result;
}

}  // namespace

std::string explanation_text(const Explanation& explanation, const Style& style, std::size_t columns) {
  std::string result = style.paint(Tone::strong, explanation.step) + "  " + style.paint(Tone::quiet, explanation.stage) + '\n';
  const auto add = [&](const std::string& text) {
    for (const std::string& line : wrapped(text, columns > 2 ? columns - 2 : 1)) result += "  " + line + '\n';
  };
  add(explanation.last ? past_text(*explanation.last) : "last time  it has never run");
  if (explanation.planned) add(present_text(*explanation.planned));
  for (const engine::OutsideRecord& record : explanation.outside) {
    const bool is_other = explanation.planned && explanation.planned->key && record.key != explanation.planned->key->hex;
    add("outside    " + outside_sentence(record) + (is_other ? "; the step's key was another then" : ""));
  }
  return result + parts_text(explanation, style, columns);
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
  for (const engine::OutsideRecord& record : explanation.outside) result["outside"].push_back(outside_fields(record));
  result["parts"] = parts_json(explanation);
  return json_document(result);
}

}  // namespace sdlrun::cli
