#include "cli/report/event_json.hpp"

#include "cli/report/json_text.hpp"
#include "cli/report/words.hpp"
#include "dsl/diagnostics/diagnostic_text.hpp"

namespace sdlrun::cli {

namespace {

Json to_json(const engine::RunStarted& event) {
  return {{"event", "run_started"}, {"run", event.run}, {"pipeline", event.pipeline}, {"steps", event.steps}};
}

Json added_json(const std::vector<engine::AddedStep>& steps, const dsl::Sources& sources) {
  Json result = Json::array();
  for (const engine::AddedStep& step : steps) {
    result.push_back({{"step", step.name}, {"stage", step.stage}, {"after", step.after}});
    if (step.place) add_place(result.back(), *step.place, sources);
  }
  return result;
}

Json to_json(const engine::StepsAdded& event, const dsl::Sources& sources) {
  return {{"event", "steps_added"},
          {"by", event.name},
          {"steps", added_json(event.steps, sources)},
          {"waiting", added_json(event.waiting, sources)}};
}

Json to_json(const engine::StepStarted& event) {
  return {{"event", "step_started"}, {"step", event.name}, {"reason", event.reason}};
}

Json to_json(const engine::StepRetried& event) {
  Json result = {{"event", "step_retried"}, {"step", event.name},     {"attempt", event.attempt},
                 {"attempts", event.attempts}, {"pause_ms", event.pause.count()}, {"error", error_fields(event.error)}};
  if (!event.log_file.empty()) result["log_file"] = event.log_file.string();
  return result;
}

Json to_json(const engine::StepProgressed& event) {
  return {{"event", "step_progressed"}, {"step", event.name}, {"text", event.text}};
}

Json to_json(const engine::StepPrinted& event) {
  return {{"event", "step_printed"}, {"step", event.name}, {"line", event.line}};
}

Json to_json(const engine::StepFinished& event, const dsl::Sources& sources) {
  Json result = {{"event", "step_finished"},
                 {"step", event.name},
                 {"outcome", outcome_word(event.outcome)},
                 {"duration_ms", event.duration.count()},
                 {"warnings", event.warnings},
                 {"outputs", fields_json(event.outputs)}};
  if (!event.log_file.empty()) result["log_file"] = event.log_file.string();
  if (event.outcome == engine::StepOutcome::ran || event.outcome == engine::StepOutcome::failed) result["attempts"] = event.attempts;
  if (event.from_shared_cache) result["from_shared_cache"] = true;
  if (event.outcome == engine::StepOutcome::failed) {
    result["error"] = error_fields(event.error);
    if (event.error.span) add_place(result["error"], *event.error.span, sources);
    result["log_tail"] = event.log_tail;
  }
  return result;
}

Json to_json(const engine::OutputPublished& event) {
  Json result = {{"event", "output_published"}, {"name", event.name}, {"value", value_json(event.value)}};
  if (!event.link.empty()) result["link"] = event.link.string();
  return result;
}

Json to_json(const engine::RunNoted& event) {
  Json result = {{"event", event.is_warning ? "warning" : "note"}, {"text", event.text}};
  if (!event.hint.empty()) result["hint"] = event.hint;
  return result;
}

Json to_json(const engine::RunEstimated& event) {
  return {{"event", "run_estimated"}, {"remaining_ms", event.remaining.count()}, {"steps_left", event.steps_left}, {"unmeasured", event.unmeasured}};
}

Json to_json(const engine::RunFinished& event) {
  return {{"event", "run_finished"},
          {"run", event.run},
          {"success", event.success},
          {"interrupted", event.interrupted},
          {"duration_ms", event.duration.count()},
          {"ran", event.ran},
          {"cached", event.cached},
          {"from_shared_cache", event.from_shared_cache},
          {"failed", event.failed},
          {"not_reached", event.not_reached}};
}

Json to_json(const engine::RequirementDecided& event, const dsl::Sources& sources) {
  Json result = {{"event", "requirement_decided"},
                 {"requirement", event.name},
                 {"holds", event.holds},
                 {"message", event.message}};
  add_place(result, event.span, sources);
  return result;
}

Json event_fields(const engine::Event& event, const dsl::Sources& sources) {
  return std::visit(
      [&](const auto& kind) {
        if constexpr (requires { to_json(kind, sources); }) {
          return to_json(kind, sources);
        } else {
          return to_json(kind);
        }
      },
      event);
}

}  // namespace

std::string event_json(const engine::Event& event, const dsl::Sources& sources) { return json_line(event_fields(event, sources)); }

std::string timed_event_json(const engine::Event& event, const dsl::Sources& sources, engine::Milliseconds at) {
  Json result = event_fields(event, sources);
  result["at_ms"] = at.count();
  return json_line(result);
}

std::string error_json(const engine::Error& error) {
  Json result = error_fields(error);
  result["event"] = "error";
  return json_line(result);
}

std::string warning_json(std::string_view text) { return json_line({{"event", "warning"}, {"text", text}}); }

std::string note_json(std::string_view text) { return json_line({{"event", "note"}, {"text", text}}); }

std::string diagnostics_lines(const dsl::Sources& sources, const dsl::Diagnostics& diagnostics) {
  std::string result;
  for (Json& diagnostic : Json::parse(dsl::diagnostics_json(sources, diagnostics))) {
    Json event = {{"event", "diagnostic"}};
    event.update(diagnostic);
    result += json_line(event) + '\n';
  }
  return result;
}

}  // namespace sdlrun::cli
