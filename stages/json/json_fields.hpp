// Fields of JSON that others wrote: what is missing or of another kind is empty, never an exception.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

namespace sdlrun::stages {

/// Discarded where it is no JSON, or nests so deep that nobody means well: to copy and write a value recurses.
inline nlohmann::json parsed_json(std::string_view text) {
  constexpr int deepest = 64;
  int depth = 0;
  bool is_in_text = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (is_in_text && text[at] == '\\') ++at;
    else if (text[at] == '"') is_in_text = !is_in_text;
    else if (!is_in_text && (text[at] == '{' || text[at] == '[') && ++depth > deepest) return nlohmann::json(nlohmann::json::value_t::discarded);
    else if (!is_in_text && (text[at] == '}' || text[at] == ']')) --depth;
  }
  return nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
}

inline std::string text_in(const nlohmann::json& object, std::string_view name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_string() ? found->get<std::string>() : std::string();
}

inline nlohmann::json object_in(const nlohmann::json& object, std::string_view name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_object() ? *found : nlohmann::json::object();
}

inline nlohmann::json list_in(const nlohmann::json& object, std::string_view name) {
  const auto found = object.is_object() ? object.find(name) : object.end();
  return object.is_object() && found != object.end() && found->is_array() ? *found : nlohmann::json::array();
}

/// The value at a path of names; null where any of them is missing.
inline const nlohmann::json& value_at(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  static const nlohmann::json nothing;
  const nlohmann::json* value = &object;
  for (const std::string_view name : path) {
    const auto found = value->is_object() ? value->find(name) : value->end();
    if (!value->is_object() || found == value->end()) return nothing;
    value = &*found;
  }
  return *value;
}

inline std::string text_at(const nlohmann::json& object, std::initializer_list<std::string_view> path) {
  const nlohmann::json& value = value_at(object, path);
  return value.is_string() ? value.get<std::string>() : std::string();
}

inline std::int64_t integer_at(const nlohmann::json& object, std::initializer_list<std::string_view> path, std::int64_t otherwise = 0) {
  const nlohmann::json& value = value_at(object, path);
  return value.is_number_integer() ? value.get<std::int64_t>() : otherwise;
}

}  // namespace sdlrun::stages
