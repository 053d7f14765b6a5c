#include "engine/cache/record.hpp"

#include <nlohmann/json.hpp>

#include "engine/cache/id_ranges.hpp"
#include "engine/cache/usual_outputs.hpp"
#include "engine/cache/value_codec.hpp"

namespace sdlrun::engine {

namespace {

using nlohmann::json;

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

template <typename Texts = std::initializer_list<std::string_view>>
std::string encode_texts(const Texts& texts) {
  std::string out = "[";
  for (const auto& text : texts) {
    if (out.size() > 1) out += ',';
    append_text(out, std::string(text));
  }
  return out + ']';
}

std::vector<std::string> warnings_from(const json& list) {
  std::vector<std::string> warnings;
  if (!list.is_array()) return warnings;
  for (const json& warning : list) warnings.push_back(decode_text(warning).value_or(""));
  return warnings;
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

/// {"name":value,…} as text, in the order in which it is given.
class ObjectText {
 public:
  explicit ObjectText(std::string_view kind) { text("kind", std::string(kind)); }
  void text(std::string_view name, const std::string& value) { append_text(begin(name), value); }
  void number(std::string_view name, std::int64_t value) { begin(name) += std::to_string(value); }
  /// What is JSON already.
  void raw(std::string_view name, std::string_view value) { begin(name) += value; }
  std::string end() { return std::move(text_) + '}'; }

 private:
  std::string& begin(std::string_view name) {
    text_ += text_.empty() ? '{' : ',';
    return text_.append(1, '"').append(name).append("\":");
  }
  std::string text_;
};

struct RecordEncoder {
  const std::filesystem::path& folder;

  std::string operator()(const StepResult& result) const {
    ObjectText object("result");
    object.text("key", result.key);
    object.raw("outputs", encode_outputs(result.outputs, folder));
    object.raw("warnings", encode_warnings(result.warnings));
    object.number("duration", result.duration.count());
    object.text("boot", result.unsynced_boot);
    return object.end();
  }
  std::string operator()(const SyncedResults& synced) const {
    ObjectText object("synced");
    object.raw("keys", encode_warnings(synced.keys));
    return object.end();
  }
  std::string operator()(const ForgottenResult& result) const {
    ObjectText object("forgotten");
    object.text("key", result.key);
    return object.end();
  }
  std::string operator()(const StepAttempt& attempt) const {
    ObjectText object("attempt");
    object.text("pipeline", attempt.pipeline);
    object.text("step", attempt.step);
    object.text("run", attempt.run);
    object.text("key", attempt.key);
    object.raw("parts", encode_parts(attempt.parts));
    object.text("outcome", attempt.outcome);
    object.text("reason", attempt.reason);
    object.number("started", attempt.started.count());
    object.number("duration", attempt.duration.count());
    object.raw("log_file", encode_log_file(attempt.log_file, folder));
    return object.end();
  }
  // Begun runs are in the database before their first step: only what became of one is to be told.
  std::string operator()(const FinishedRun& finished) const {
    ObjectText object("finished");
    object.text("run", finished.run.run);
    object.number("duration", finished.run.duration.count());
    object.text("outcome", finished.run.outcome);
    object.number("ran", finished.run.ran);
    object.number("cached", finished.run.cached);
    object.number("failed", finished.run.failed);
    object.text("cached_attempts", id_ranges(finished.run.cached_attempts));
    return object.end();
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
  return std::visit(RecordEncoder{state_folder}, record);
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
  std::string out;
  append_fields(out, outputs, state_folder);
  return out;
}

std::optional<dsl::Fields> decode_outputs(std::string_view text, const std::filesystem::path& state_folder) {
  if (auto usual = decode_usual_outputs(text, state_folder)) return usual;
  return decode_fields(parse(text), state_folder);
}

std::string encode_warnings(const std::vector<std::string>& warnings) {
  return encode_texts(warnings);
}

std::vector<std::string> decode_warnings(std::string_view text) {
  return text == "[]" ? std::vector<std::string>() : warnings_from(parse(text));
}

std::string encode_parts(const std::vector<KeyPart>& parts) {
  std::string out = "[";
  for (const KeyPart& part : parts) {
    if (out.size() > 1) out += ',';
    out += encode_texts({part.name, part.value, part.display});
  }
  return out + ']';
}

std::vector<KeyPart> decode_parts(std::string_view text) {
  return parts_from(parse(text));
}

std::string encode_log_file(const std::filesystem::path& path, const std::filesystem::path& state_folder) {
  std::string out;
  append_path(out, path.native(), state_folder);
  return out;
}

std::filesystem::path decode_log_file(std::string_view text, const std::filesystem::path& state_folder) {
  return decode_path(parse(text), state_folder).value_or("");
}

}  // namespace sdlrun::engine
