#include "cli/report/plan_report.hpp"

#include <algorithm>
#include <array>

#include "cli/report/json_text.hpp"
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

std::string summary(const dsl::Pipeline& pipeline, const engine::Plan& plan) {
  const std::array<std::size_t, 4> count = counts(pipeline, plan);
  const auto of = [&](Decision decision) { return count[static_cast<std::size_t>(decision)]; };
  if (plan.nothing_to_do()) return "nothing to do, " + std::to_string(of(Decision::cached)) + " cached";
  std::string text = std::to_string(of(Decision::run)) + " to run, " + std::to_string(of(Decision::cached)) + " cached";
  if (of(Decision::decided_later) > 0) text += ", " + std::to_string(of(Decision::decided_later)) + " decided later";
  if (of(Decision::not_needed) > 0) text += ", " + std::to_string(of(Decision::not_needed)) + " not needed";
  const Expectation expected = expectation(pipeline, plan);
  if (expected.duration.count() == 0) return text;
  return text + (expected.complete ? "; about " : "; at least ") + duration_text(expected.duration);
}

}  // namespace

Expectation expectation(const dsl::Pipeline& pipeline, const engine::Plan& plan) {
  Expectation result;
  std::vector<engine::Milliseconds> finished(pipeline.nodes.size(), engine::Milliseconds(0));
  for (const engine::PlannedStep& step : plan.steps) {
    const auto index = static_cast<std::uint32_t>(step.node);
    const dsl::Node& node = pipeline[step.node];
    engine::Milliseconds start(0);
    for (const dsl::NodeId dependency : node.dependencies) {
      start = std::max(start, finished[static_cast<std::uint32_t>(dependency)]);
    }
    const bool counts = may_run(step) && node.kind == dsl::NodeKind::step;
    if (counts && !step.expected_duration) result.complete = false;
    finished[index] = start + (counts ? step.expected_duration.value_or(engine::Milliseconds(0)) : engine::Milliseconds(0));
    result.duration = std::max(result.duration, finished[index]);
  }
  return result;
}

std::string plan_text(const dsl::Pipeline& pipeline, const engine::Plan& plan, const Style& style, std::size_t columns) {
  constexpr std::size_t decision_width = 10;
  std::size_t name_width = 0;
  for (const dsl::Node& node : pipeline.nodes) name_width = std::max(name_width, std::min<std::size_t>(display_width(name_of(node)), 32));
  std::string result;
  for (const engine::PlannedStep& step : plan.steps) {
    if (is_open_gate(pipeline, step)) continue;  // its steps are there
    const std::string decision = padded(decision_word(step.decision), decision_width);
    std::string line = style.paint(tone_of(step.decision), decision) + "  " + padded(name_of(pipeline[step.node]), name_width) +
                       "  " + style.paint(Tone::quiet, reason_text(step));
    if (may_run(step) && step.expected_duration) line += std::string(style.dot()) + "about " + duration_text(*step.expected_duration);
    result += cut(line, columns, style) + '\n';
    if (may_run(step) && !step.action.empty()) {
      result += cut(std::string(decision_width + 2, ' ') + std::string(name_width + 2, ' ') + clean_line(step.action), columns, style) + '\n';
    }
  }
  return result + style.paint(Tone::strong, summary(pipeline, plan)) + '\n';
}

std::string plan_json(const dsl::Pipeline& pipeline, const engine::Plan& plan) {
  Json steps = Json::array();
  for (const engine::PlannedStep& step : plan.steps) {
    const dsl::Node& node = pipeline[step.node];
    Json entry = {{"step", name_of(node)},
                  {"kind", kind_word(node.kind)},
                  {"decision", decision_word(step.decision)},
                  {"reason", step.reason},
                  {"action", step.action}};
    if (node.schema != nullptr) entry["stage"] = node.schema->full_name();
    if (step.asks_shared_cache) entry["asks_shared_cache"] = true;
    if (step.key) entry["key"] = step.key->hex;
    if (step.expected_duration) entry["expected_ms"] = step.expected_duration->count();
    entry["after"] = Json::array();
    for (const dsl::NodeId dependency : node.dependencies) entry["after"].push_back(name_of(pipeline[dependency]));
    steps.push_back(std::move(entry));
  }
  const std::array<std::size_t, 4> count = counts(pipeline, plan);
  return json_document({{"pipeline", pipeline.name},
                        {"to_run", count[0]},
                        {"cached", count[1]},
                        {"not_needed", count[2]},
                        {"decided_later", count[3]},
                        {"nothing_to_do", plan.nothing_to_do()},
                        {"expected_ms", expectation(pipeline, plan).duration.count()},
                        {"steps", steps}});
}

}  // namespace sdlrun::cli
