#include "cli/report/json_text.hpp"

#include "dsl/pipeline/pipeline.hpp"

namespace sdlrun::cli {

std::string json_line(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

std::string json_document(const Json& json) { return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n'; }

Json value_json(const dsl::Value& value) {
  Json parsed = Json::parse(dsl::value_to_json(value), nullptr, false);
  return parsed.is_discarded() ? Json(dsl::value_text(value)) : parsed;
}

Json fields_json(const dsl::Fields& fields) {
  Json result = Json::object();
  for (const auto& [name, value] : fields) result[name] = value_json(value);
  return result;
}

Json error_fields(const engine::Error& error) {
  return {{"message", error.message}, {"hint", error.hint}, {"detail", error.detail}};
}

Json run_fields(const engine::RunRecord& run) {
  return {{"run", run.run},
          {"pipeline", run.pipeline},
          {"file", run.file},
          {"command", run.command},
          {"started_ms", run.started.count()},
          {"duration_ms", run.duration.count()},
          {"outcome", run.outcome},
          {"ran", run.ran},
          {"cached", run.cached},
          {"failed", run.failed}};
}

void add_place(Json& object, dsl::Span span, const dsl::Sources& sources) {
  if (static_cast<std::size_t>(span.file) >= sources.size()) return;
  const dsl::SourceFile& file = sources.file(span.file);
  const dsl::Position position = file.position(span.begin);
  object["file"] = file.path().string();
  object["line"] = position.line;
  object["column"] = position.column;
}

}  // namespace sdlrun::cli
