#include "engine/cache/record.hpp"

#include <nlohmann/json.hpp>

#include "engine/cache/id_ranges.hpp"
#include "engine/cache/usual_outputs.hpp"
#include "engine/cache/value_codec.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

/// Texts of ours and for people may hold any bytes: what is not UTF-8 is replaced rather than refused.
std::string text_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

json parse(std::string_view text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false);
}

std::string text_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() ? std::string() : decode_text(*found).value_or("");
}

std::int64_t number_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found == object.end() || !found->is_number_integer() ? 0 : found->get<std::int64_t>();
}

Milliseconds time_in(const json& object, const char* name) {
  return Milliseconds(number_in(object, name));
}

json warnings_json(const std::vector<std::string>& warnings) {
  json list = json::array();
  for (const std::string& warning : warnings) list.push_back(encode_text(warning));
  return list;
}

std::vector<std::string> warnings_from(const json& list) {
  std::vector<std::string> warnings;
  if (!list.is_array()) return warnings;
  for (const json& warning : list) warnings.push_back(decode_text(warning).value_or(""));
  return warnings;
}

json parts_json(const std::vector<KeyPart>& parts) {
  json list = json::array();
  for (const KeyPart& part : parts) {
    json texts = json::array();
    for (const std::string* text : {&part.name, &part.value, &part.display}) texts.push_back(encode_text(*text));
    list.push_back(std::move(texts));
  }
  return list;
}

std::vector<KeyPart> parts_from(const json& list) {
  std::vector<KeyPart> parts;
  if (!list.is_array()) return parts;
  for (const json& texts : list) {
    if (!texts.is_array() || texts.size() != 3) continue;
    const auto name = decode_text(texts[0]), value = decode_text(texts[1]), display = decode_text(texts[2]);
    if (name && value && display) parts.push_back({*name, *value, *display});
  }
  return parts;
}

struct Encoder {
  const std::filesystem::path& folder;

  json operator()(const StepResult& result) const {
    return {{"kind", "result"},
            {"key", encode_text(result.key)},
            {"outputs", encode_fields(result.outputs, folder)},
            {"warnings", warnings_json(result.warnings)},
            {"duration", result.duration.count()},
            {"boot", encode_text(result.unsynced_boot)}};
  }
  json operator()(const SyncedResults& synced) const { return {{"kind", "synced"}, {"keys", warnings_json(synced.keys)}}; }
  json operator()(const ForgottenResult& result) const {
    return {{"kind", "forgotten"}, {"key", encode_text(result.key)}};
  }
  json operator()(const StepAttempt& attempt) const {
    return {{"kind", "attempt"},
            {"pipeline", encode_text(attempt.pipeline)},
            {"step", encode_text(attempt.step)},
            {"run", encode_text(attempt.run)},
            {"key", encode_text(attempt.key)},
            {"parts", parts_json(attempt.parts)},
            {"outcome", encode_text(attempt.outcome)},
            {"reason", encode_text(attempt.reason)},
            {"started", attempt.started.count()},
            {"duration", attempt.duration.count()},
            {"log_file", encode_path(attempt.log_file, folder)}};
  }
  // Begun runs are in the database before their first step: only what became of one is to be told.
  json operator()(const FinishedRun& finished) const {
    return {{"kind", "finished"},
            {"run", encode_text(finished.run.run)},
            {"duration", finished.run.duration.count()},
            {"outcome", encode_text(finished.run.outcome)},
            {"ran", finished.run.ran},
            {"cached", finished.run.cached},
            {"failed", finished.run.failed},
            {"cached_attempts", id_ranges(finished.run.cached_attempts)}};
  }
};

StepAttempt attempt_from(const json& object, const std::filesystem::path& folder) {
  StepAttempt attempt{.pipeline = text_in(object, "pipeline"),
                      .step = text_in(object, "step"),
                      .run = text_in(object, "run"),
                      .key = text_in(object, "key"),
                      .parts = parts_from(object.value("parts", json())),
                      .outcome = text_in(object, "outcome"),
                      .reason = text_in(object, "reason"),
                      .started = time_in(object, "started"),
                      .duration = time_in(object, "duration"),
                      .log_file = {}};
  attempt.log_file = decode_path(object.value("log_file", json()), folder).value_or("");
  return attempt;
}

RunRecord finished_run_from(const json& object) {
  RunRecord run;
  run.run = text_in(object, "run");
  run.duration = time_in(object, "duration");
  run.outcome = text_in(object, "outcome");
  run.ran = number_in(object, "ran");
  run.cached = number_in(object, "cached");
  run.failed = number_in(object, "failed");
  run.cached_attempts = ids_in(text_in(object, "cached_attempts"));
  return run;
}

}  // namespace

std::string encode_record(const Record& record, const std::filesystem::path& state_folder) {
  return text_of(std::visit(Encoder{state_folder}, record));
}

std::optional<Record> decode_record(std::string_view text, const std::filesystem::path& state_folder) {
  const json object = parse(text);
  if (!object.is_object()) return std::nullopt;
  const std::string kind = text_in(object, "kind");
  if (kind == "attempt") return attempt_from(object, state_folder);
  if (kind == "finished") return FinishedRun{finished_run_from(object)};
  if (kind == "forgotten") return ForgottenResult{text_in(object, "key")};
  if (kind == "synced") return SyncedResults{warnings_from(object.value("keys", json()))};
  if (kind != "result") return std::nullopt;
  auto outputs = decode_fields(object.value("outputs", json()), state_folder);
  if (!outputs) return std::nullopt;
  return StepResult{.key = text_in(object, "key"),
                    .outputs = std::move(*outputs),
                    .warnings = warnings_from(object.value("warnings", json())),
                    .duration = time_in(object, "duration"),
                    .unsynced_boot = text_in(object, "boot")};
}

std::string encode_outputs(const dsl::Fields& outputs, const std::filesystem::path& state_folder) {
  return text_of(encode_fields(outputs, state_folder));
}

std::optional<dsl::Fields> decode_outputs(std::string_view text, const std::filesystem::path& state_folder) {
  if (auto usual = decode_usual_outputs(text, state_folder)) return usual;
  return decode_fields(parse(text), state_folder);
}

std::string encode_warnings(const std::vector<std::string>& warnings) {
  return text_of(warnings_json(warnings));
}

std::vector<std::string> decode_warnings(std::string_view text) {
  return text == "[]" ? std::vector<std::string>() : warnings_from(parse(text));
}

std::string encode_parts(const std::vector<KeyPart>& parts) {
  return text_of(parts_json(parts));
}

std::vector<KeyPart> decode_parts(std::string_view text) {
  return parts_from(parse(text));
}

std::string encode_log_file(const std::filesystem::path& path, const std::filesystem::path& state_folder) {
  return text_of(encode_path(path, state_folder));
}

std::filesystem::path decode_log_file(std::string_view text, const std::filesystem::path& state_folder) {
  return decode_path(parse(text), state_folder).value_or("");
}

}  // namespace sdlrun::engine
