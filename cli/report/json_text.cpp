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

}  // namespace sdlrun::cli
