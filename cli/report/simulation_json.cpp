#include "cli/report/json_text.hpp"
#include "cli/report/simulation_report.hpp"
#include "cli/report/words.hpp"

namespace sdlrun::cli {

namespace {

std::string_view source_word(DurationSource source) {
  if (source == DurationSource::given) return "given";
  return source == DurationSource::measured ? "measured" : "guessed";
}

Json usage_json(const engine::Usage& usage) {
  return {{"name", usage.name}, {"places", usage.places}, {"busy_ms", usage.busy.count()}, {"full_ms", usage.full.count()}};
}

Json simulated_step_json(const SimulationReport& report, const engine::SimulatedStep& step) {
  const auto index = static_cast<std::uint32_t>(step.node);
  Json attempts = Json::array();
  for (const auto& attempt : step.attempts) attempts.push_back({{"begin_ms", attempt.begin.count()}, {"end_ms", attempt.end.count()}});
  return {{"step", report.pipeline[step.node].name},
          {"outcome", outcome_word(step.outcome)},
          {"duration_ms", report.works.work[index].duration.count()},
          {"duration_is", source_word(report.works.sources[index])},
          {"ready_ms", step.ready.count()},
          {"ended_ms", step.ended.count()},
          {"attempts", attempts}};
}

}  // namespace

std::string simulation_json(const SimulationReport& report) {
  Json steps = Json::array(), pools = Json::array(), path = Json::array();
  for (const engine::SimulatedStep& step : report.simulation.steps) steps.push_back(simulated_step_json(report, step));
  for (const engine::Usage& pool : report.analysis.pools) pools.push_back(usage_json(pool));
  for (const dsl::NodeId step : report.analysis.critical.steps) path.push_back(report.pipeline[step].name);
  return json_document({{"pipeline", report.pipeline.name},
                        {"success", report.simulation.success},
                        {"duration_ms", report.simulation.duration.count()},
                        {"critical_path", path},
                        {"critical_ms", report.analysis.critical.length.count()},
                        {"slots", usage_json(report.analysis.slots)},
                        {"pools", pools},
                        {"assumptions", report.simulation.assumptions},
                        {"steps", steps}});
}

}  // namespace sdlrun::cli
