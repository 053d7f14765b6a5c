#include "cli/report/simulation_report.hpp"

#include <algorithm>
#include <array>

#include "cli/report/path_text.hpp"
#include "cli/report/table.hpp"
#include "cli/report/words.hpp"
#include "cli/terminal/duration_text.hpp"
#include "cli/terminal/text_width.hpp"
#include "engine/run/last_times.hpp"

namespace sdlrun::cli {

namespace {

using engine::Milliseconds;
using engine::Moment;
using engine::SimulatedStep;
using engine::StepOutcome;

/// How long a step was ready and waited for slots or pools.
Milliseconds waited(const SimulatedStep& step) { return step.attempts.empty() ? Milliseconds(0) : step.attempts.front().begin - step.ready; }

const SimulatedStep& step_of(const engine::Simulation& simulation, dsl::NodeId node) {
  return *std::lower_bound(simulation.steps.begin(), simulation.steps.end(), node,
                           [](const SimulatedStep& step, dsl::NodeId wanted) { return step.node < wanted; });
}

std::string text_of_end(const engine::StepFinished& end, const Style& style) {
  if (end.outcome == StepOutcome::ran) return style.paint(Tone::good, "ends well") + ", after " + duration_text(end.duration);
  if (end.outcome == StepOutcome::skipped) return style.paint(Tone::quiet, "is skipped: `when` is false");
  if (end.outcome == StepOutcome::not_reached) return style.paint(Tone::quiet, "is not reached");
  return style.paint(Tone::bad, "fails") + ": " + end.error.message;
}

std::string text_of(const Moment& moment, const engine::Simulation& simulation, const Style& style) {
  if (const auto* started = std::get_if<engine::StepStarted>(&moment.event)) {
    const Milliseconds wait = waited(step_of(simulation, started->step));
    return wait.count() == 0 ? "starts" : "starts, " + duration_text(wait) + " after what it needs";
  }
  if (const auto* retried = std::get_if<engine::StepRetried>(&moment.event)) {
    return style.paint(Tone::caution, "fails") + " (attempt " + std::to_string(retried->attempt) + " of " + std::to_string(retried->attempts) +
           "): " + retried->error.message + "; again in " + duration_text(retried->pause);
  }
  if (const auto* again = std::get_if<engine::StepProgressed>(&moment.event)) return "starts again: " + again->text;
  return text_of_end(std::get<engine::StepFinished>(moment.event), style);
}

std::string step_name(const engine::Event& event) {
  if (const auto* started = std::get_if<engine::StepStarted>(&event)) return started->name;
  if (const auto* retried = std::get_if<engine::StepRetried>(&event)) return retried->name;
  if (const auto* again = std::get_if<engine::StepProgressed>(&event)) return again->name;
  return std::get<engine::StepFinished>(event).name;
}

std::string timeline_text(const SimulationReport& report, const Style& style, std::size_t columns) {
  constexpr std::size_t time_width = 8;
  constexpr std::size_t widest_name = 32;
  std::size_t name_width = 0;
  for (const Moment& moment : report.simulation.timeline) {
    name_width = std::max(name_width, std::min(display_width(step_name(moment.event)), widest_name));
  }
  std::string text;
  for (const Moment& moment : report.simulation.timeline) {
    const std::string at = duration_text(moment.at);
    const std::string blanks(time_width - std::min(time_width, at.size()), ' ');
    const std::string line = blanks + at + "  " + padded(step_name(moment.event), name_width) + "  " + text_of(moment, report.simulation, style);
    text += cut(line, columns, style) + '\n';
  }
  return text;
}

std::string counts_text(const engine::Simulation& simulation) {
  std::array<std::size_t, 6> counts{};
  for (const SimulatedStep& step : simulation.steps) ++counts[static_cast<std::size_t>(step.outcome)];
  std::string text;
  for (const StepOutcome outcome : {StepOutcome::ran, StepOutcome::skipped, StepOutcome::failed, StepOutcome::not_reached}) {
    const std::size_t count = counts[static_cast<std::size_t>(outcome)];
    const std::string word = outcome == StepOutcome::not_reached ? "not reached" : std::string(outcome_word(outcome));
    if (count > 0 || outcome == StepOutcome::ran) text += (text.empty() ? "" : ", ") + std::to_string(count) + ' ' + word;
  }
  return text;
}

std::string usage_text(const engine::Usage& usage, Milliseconds all) {
  std::string text = counted(static_cast<std::size_t>(usage.places), "place");
  if (all.count() == 0) return text;
  text += ", " + std::to_string(100 * usage.busy.count() / (usage.places * all.count())) + "% busy";
  return usage.full.count() == 0 ? text + ", never full" : text + ", full for " + duration_text(usage.full);
}

std::string durations_text(const SimulationReport& report) {
  std::array<std::size_t, 3> counts{};
  for (const SimulatedStep& step : report.simulation.steps) {
    if (step.attempts.empty()) continue;  // skipped or not reached: it took no time
    ++counts[static_cast<std::size_t>(report.works.sources[static_cast<std::uint32_t>(step.node)])];
  }
  const auto [guessed, measured, given] = counts;
  std::string text = std::to_string(measured) + " measured";
  if (given > 0) text += ", " + std::to_string(given) + " given";
  if (guessed > 0) text += ", " + std::to_string(guessed) + " guessed at " + duration_text(engine::guessed_duration);
  return text;
}

}  // namespace

std::string simulation_text(const SimulationReport& report, const Style& style, std::size_t columns) {
  const engine::Simulation& simulation = report.simulation;
  const std::string verdict =
      report.pipeline.name + (simulation.success ? " would be done in " : " would fail after ") + duration_text(simulation.duration);
  Table facts;
  facts.rows.push_back({"  critical path", path_text(report.pipeline, report.analysis.critical, style)});
  facts.rows.push_back({"  slots", usage_text(report.analysis.slots, simulation.duration)});
  for (const engine::Usage& pool : report.analysis.pools) facts.rows.push_back({"  pool " + pool.name, usage_text(pool, simulation.duration)});
  facts.rows.push_back({"  durations", durations_text(report)});
  facts.rows.push_back({"  assumed", "nothing is cached"});
  for (const std::string& assumption : simulation.assumptions) facts.rows.push_back({"", assumption});
  return timeline_text(report, style, columns) + style.paint(Tone::strong, verdict) + ": " + counts_text(simulation) + '\n' +
         table_text(facts, style, columns);
}

}  // namespace sdlrun::cli
