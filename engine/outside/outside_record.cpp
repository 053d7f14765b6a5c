#include "engine/outside/outside_record.hpp"

#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

namespace sdlrun::engine {

namespace {

using nlohmann::json;

/// As they stand in records.
constexpr std::array<std::string_view, 6> state_words{"intended", "started", "succeeded", "failed", "given up", "settled"};

std::string string_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

std::int64_t whole_number_in(const json& object, const char* name) {
  const auto found = object.find(name);
  return found != object.end() && found->is_number_integer() ? found->get<std::int64_t>() : 0;
}

}  // namespace

std::string_view state_text(OutsideState state) {
  switch (state) {
    case OutsideState::intended: return "may have been started";
    case OutsideState::started: return "was started";
    case OutsideState::succeeded: return "has done its work";
    case OutsideState::failed: return "has failed and is to be removed";
    case OutsideState::given_up: return "may still run and is to be removed";
    case OutsideState::settled: return "is done with";
  }
  return "";
}

std::string encode_outside_record(const OutsideRecord& record) {
  const json object = {{"name", record.name},
                       {"key", record.key},
                       {"attempt", record.attempt},
                       {"kind", record.kind},
                       {"place", record.place},
                       {"pipeline", record.pipeline},
                       {"step", record.step},
                       {"run", record.run},
                       {"intended_at", record.intended_at.count()},
                       {"state", state_words.at(static_cast<std::size_t>(record.state))},
                       {"handle", record.handle},
                       {"note", record.note}};
  return object.dump(2, ' ', false, json::error_handler_t::replace) + '\n';
}

std::optional<OutsideRecord> decode_outside_record(std::string_view text) {
  const json object = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) return std::nullopt;
  const auto word = std::find(state_words.begin(), state_words.end(), string_in(object, "state"));
  OutsideRecord record{.name = string_in(object, "name"),
                       .key = string_in(object, "key"),
                       .attempt = whole_number_in(object, "attempt"),
                       .kind = string_in(object, "kind"),
                       .place = string_in(object, "place"),
                       .pipeline = string_in(object, "pipeline"),
                       .step = string_in(object, "step"),
                       .run = string_in(object, "run"),
                       .intended_at = Milliseconds(whole_number_in(object, "intended_at")),
                       .state = {},
                       .handle = string_in(object, "handle"),
                       .note = string_in(object, "note")};
  if (word == state_words.end() || record.name.empty() || record.key.empty() || record.attempt < 1) return std::nullopt;
  record.state = static_cast<OutsideState>(word - state_words.begin());
  return record;
}

}  // namespace sdlrun::engine
