#include "cli/history/run_difference.hpp"
#include "cli/report/json_text.hpp"

namespace sdlrun::cli {

namespace {

Json past_value_json(const std::optional<PastValue>& value) {
  if (!value) return nullptr;
  Json parsed = Json::parse(value->json, nullptr, false);
  return parsed.is_discarded() ? Json(value->text) : parsed;
}

Json side_json(const std::optional<PastStep>& step) {
  if (!step) return nullptr;
  Json outputs = Json::object();
  for (const PastValue& output : step->outputs) outputs[output.name] = past_value_json(output);
  Json result = {{"outcome", outcome_word(step->outcome)}, {"reason", step->reason},  {"duration_ms", step->duration.count()},
                 {"attempts", step->attempts.size()},      {"outputs", std::move(outputs)}};
  if (!step->error.message.empty()) result["error"] = step->error.message;
  return result;
}

Json pairs_json(const std::vector<ValuePair>& pairs) {
  Json result = Json::array();
  for (const ValuePair& pair : pairs) result.push_back({{"name", pair.name}, {"then", past_value_json(pair.then)}, {"now", past_value_json(pair.now)}});
  return result;
}

Json step_json(const StepDifference& step) {
  Json parts = Json::array();
  for (const PartPair& part : step.parts) parts.push_back({{"part", part.name}, {"then", part.then}, {"now", part.now}});
  return {{"step", step.name},
          {"stage", step.now ? step.now->stage : step.then->stage},
          {"differs", step.differs()},
          {"then", side_json(step.then)},
          {"now", side_json(step.now)},
          {"parts", std::move(parts)},
          {"outputs", pairs_json(step.outputs)}};
}

}  // namespace

std::string difference_json(const RunDifference& difference) {
  Json steps = Json::array();
  for (const StepDifference& step : difference.steps) steps.push_back(step_json(step));
  return json_document({{"pipeline", difference.now.pipeline},
                        {"then", run_fields(difference.then)},
                        {"now", run_fields(difference.now)},
                        {"steps", std::move(steps)},
                        {"outputs", pairs_json(difference.outputs)},
                        {"notes", difference.notes}});
}

}  // namespace sdlrun::cli
