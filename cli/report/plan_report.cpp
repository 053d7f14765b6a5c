#include "cli/report/plan_report.hpp"

#include <algorithm>
#include <array>

#include "cli/report/json_text.hpp"
#include "cli/report/path_text.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"

namespace sdlrun::cli {

namespace {

using engine::Decision;

Tone tone_of(Decision decision) {
  switch (decision) {
    case Decision::run: return Tone::good;
    case Decision::decided_later: return Tone::caution;
    case Decision::cached:
    case Decision::not_needed: return Tone::quiet;
  }
  return Tone::plain;
}

/// Requirements without a name are called by what they are.
std::string name_of(const dsl::Node& node) { return node.name.empty() ? "require" : node.name; }

std::string_view kind_word(dsl::NodeKind kind) {
  switch (kind) {
    case dsl::NodeKind::step: return "step";
    case dsl::NodeKind::requirement: return "requirement";
    case dsl::NodeKind::gate: return "gate";
  }
  return "";
}

bool is_open_gate(const dsl::Pipeline& pipeline, const engine::PlannedStep& step) {
  return pipeline[step.node].kind == dsl::NodeKind::gate && step.decision == Decision::cached;
}

bool may_run(const engine::PlannedStep& step) {
  return step.decision == Decision::run || step.decision == Decision::decided_later;
}

std::array<std::size_t, 4> counts(const dsl::Pipeline& pipeline, const engine::Plan& plan) {
  std::array<std::size_t, 4> result{};
  for (const engine::PlannedStep& step : plan.steps) {
    if (pipeline[step.node].kind == dsl::NodeKind::step) ++result[static_cast<std::size_t>(step.decision)];
  }
  return result;
}

/// "3 steps were", "1 step was".
std::string counted_were(std::size_t count) { return counted(count, "step") + (count == 1 ? " was" : " were"); }

/// "about 4m10s (3m50s to 5m02s)"; "at least" where some of the steps were never measured.
std::string length_text(const PlanReport& report) {
  const engine::Prediction& prediction = report.prediction;
  if (prediction.measured == 0) return prediction.unmeasured == 0 ? "" : "; none was measured yet";
  const engine::DurationRange& length = prediction.length;
  const std::string low = duration_text(length.low), high = duration_text(length.high);
  std::string text = (prediction.unmeasured == 0 ? "; about " : "; at least ") + duration_text(length.usual);
  if (low != high) text += " (" + low + " to " + high + ')';
  if (report.says_slots) text += " with -j " + std::to_string(report.slots);
  return prediction.unmeasured == 0 ? text : text + ": " + counted_were(prediction.unmeasured) + " never measured";
}

std::string plan_summary(const PlanReport& report) {
  const std::array<std::size_t, 4> count = counts(report.pipeline, report.plan);
  const auto of = [&](Decision decision) { return count[static_cast<std::size_t>(decision)]; };
  if (report.plan.nothing_to_do()) return "nothing to do, " + std::to_string(of(Decision::cached)) + " cached";
  std::string text = std::to_string(of(Decision::run)) + " to run, " + std::to_string(of(Decision::cached)) + " cached";
  if (of(Decision::decided_later) > 0) text += ", " + std::to_string(of(Decision::decided_later)) + " decided later";
  if (of(Decision::not_needed) > 0) text += ", " + std::to_string(of(Decision::not_needed)) + " not needed";
  return text + length_text(report);
}

Json range_json(const engine::DurationRange& range) {
  return {{"expected_ms", range.usual.count()}, {"expected_low_ms", range.low.count()}, {"expected_high_ms", range.high.count()}};
}

Json step_json(const PlanReport& report, std::size_t index) {
  const engine::PlannedStep& step = report.plan.steps[index];
  const dsl::Node& node = report.pipeline[step.node];
  Json entry = {{"step", name_of(node)},
                {"kind", kind_word(node.kind)},
                {"decision", decision_word(step.decision)},
                {"reason", step.reason},
                {"action", step.action}};
  if (node.schema != nullptr) entry["stage"] = node.schema->full_name();
  if (!step.preview.empty()) entry["preview"] = step.preview;
  if (!step.no_preview.empty()) entry["no_preview"] = step.no_preview;
  if (step.asks_shared_cache) entry["asks_shared_cache"] = true;
  if (step.key) entry["key"] = step.key->hex;
  if (step.expected_duration) entry["expected_ms"] = step.expected_duration->count();
  if (const auto& range = report.prediction.steps[static_cast<std::uint32_t>(step.node)]) entry.update(range_json(*range));
  entry["after"] = Json::array();
  for (const dsl::NodeId dependency : node.dependencies) entry["after"].push_back(name_of(report.pipeline[dependency]));
  return entry;
}

/// What it would change outside, as the stage tells it: lines that begin with + and - are a difference's.
std::string preview_text(const engine::PlannedStep& step, const Style& style, std::size_t columns) {
  const std::string margin(4, ' ');
  std::string result;
  for (const std::string& line : step.preview) {
    const Tone tone = line.starts_with("+") ? Tone::good : line.starts_with("-") ? Tone::bad : Tone::plain;
    result += cut(margin + style.paint(tone, clean_line(line)), columns, style) + '\n';
  }
  if (!step.no_preview.empty()) result += cut(margin + style.paint(Tone::caution, "what it would change was not asked: " + clean_line(step.no_preview)), columns, style) + '\n';
  return result;
}

}  // namespace

std::string plan_text(const PlanReport& report, const Style& style, std::size_t columns) {
  constexpr std::size_t decision_width = 10;
  const dsl::Pipeline& pipeline = report.pipeline;
  std::size_t name_width = 0;
  for (const dsl::Node& node : pipeline.nodes) name_width = std::max(name_width, std::min<std::size_t>(display_width(name_of(node)), 32));
  std::string result;
  for (std::size_t index = 0; index < report.plan.steps.size(); ++index) {
    const engine::PlannedStep& step = report.plan.steps[index];
    if (is_open_gate(pipeline, step)) continue;  // its steps are there
    const std::string decision = padded(decision_word(step.decision), decision_width);
    std::string line = style.paint(tone_of(step.decision), decision) + "  " + padded(name_of(pipeline[step.node]), name_width) +
                       "  " + style.paint(Tone::quiet, reason_text(step));
    if (const auto& range = report.prediction.steps[static_cast<std::uint32_t>(step.node)]) line += std::string(style.dot()) + "about " + duration_text(range->usual);
    result += cut(shown_line(line, style), columns, style) + '\n';
    if (may_run(step) && !step.action.empty()) {
      result += cut(std::string(decision_width + 2, ' ') + std::string(name_width + 2, ' ') + clean_line(step.action), columns, style) + '\n';
    }
    result += preview_text(step, style, columns);
  }
  result += style.paint(Tone::strong, plan_summary(report)) + '\n';
  if (report.prediction.critical.steps.empty()) return result;
  return result + cut("critical path: " + path_text(pipeline, report.prediction.critical, style), columns, style) + '\n';
}

std::string plan_json(const PlanReport& report) {
  Json steps = Json::array(), path = Json::array();
  for (std::size_t index = 0; index < report.plan.steps.size(); ++index) steps.push_back(step_json(report, index));
  for (const dsl::NodeId step : report.prediction.critical.steps) path.push_back(report.pipeline[step].name);
  const std::array<std::size_t, 4> count = counts(report.pipeline, report.plan);
  Json document = {{"pipeline", report.pipeline.name},
                   {"to_run", count[0]},
                   {"cached", count[1]},
                   {"not_needed", count[2]},
                   {"decided_later", count[3]},
                   {"nothing_to_do", report.plan.nothing_to_do()},
                   {"slots", report.slots},
                   {"unmeasured", report.prediction.unmeasured},
                   {"critical_path", path},
                   {"critical_ms", report.prediction.critical.length.count()},
                   {"steps", steps}};
  document.update(range_json(report.prediction.length));
  if (!report.warnings.empty()) document["warnings"] = report.warnings;
  return json_document(document);
}

}  // namespace sdlrun::cli
