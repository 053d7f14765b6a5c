// Values as JSON that gives exactly the same values back: types, every bit of a number, bytes that are not UTF-8.
//
//   null, true, 5, "text", [ … ]    none, bool, int, string, list
//   {"float": "0.1"}                as its shortest exact text, because JSON has no infinities
//   {"duration": 1000}, {"size": 4096}
//   {"file": ["outputs/ab…/model.keras", "sha256:…"]}, {"dir": […]}    a relative path is below the state folder
//   {"secret": "name"}              where to read it is the pipeline's to say
//   {"map": [["key", …], …]}, {"record": [["name", …], …]}, {"handle": ["python.environment", "sha256:…", [ … ]]}
//   {"bytes": "68ff"}               a string that is not UTF-8, in hexadecimal; also where a name or path stands
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "dsl/values/value.hpp"

namespace sdlrun::engine {

// Written as text: each result and each attempt of a step is, twice.
void append_value(std::string& out, const dsl::Value& value, const std::filesystem::path& state_folder);
void append_fields(std::string& out, const dsl::Fields& fields, const std::filesystem::path& state_folder);
void append_text(std::string& out, const std::string& text);
/// Relative to the state folder where it lies below.
void append_path(std::string& out, const std::string& path, const std::filesystem::path& state_folder);

/// The same for what becomes a part of a document.
nlohmann::json encode_value(const dsl::Value& value, const std::filesystem::path& state_folder);
nlohmann::json encode_fields(const dsl::Fields& fields, const std::filesystem::path& state_folder);
nlohmann::json encode_text(const std::string& text);

/// Nothing where the JSON is not of this form: what is read from disk may be anything.
std::optional<dsl::Value> decode_value(const nlohmann::json& json, const std::filesystem::path& state_folder);
std::optional<dsl::Fields> decode_fields(const nlohmann::json& json, const std::filesystem::path& state_folder);
std::optional<std::string> decode_text(const nlohmann::json& json);
std::optional<std::string> decode_path(const nlohmann::json& json, const std::filesystem::path& state_folder);

}  // namespace sdlrun::engine
