// JSON as all of cli/ writes it. Only .cpp files include this: the library behind it takes long to compile.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "dsl/source/source.hpp"
#include "dsl/values/value.hpp"
#include "engine/cache/state.hpp"
#include "engine/error.hpp"

namespace sdlrun::cli {

/// Fields stay in the order they were given in.
using Json = nlohmann::ordered_json;

/// On one line; what is not UTF-8 is replaced, as it must not end the program.
std::string json_line(const Json& json);
/// Indented, for output that is one document; ends in a new line.
std::string json_document(const Json& json);

Json value_json(const dsl::Value& value);
Json fields_json(const dsl::Fields& fields);
Json error_fields(const engine::Error& error);
/// A run's record, as `runs --json` has it.
Json run_fields(const engine::RunRecord& run);
/// Adds file, line and column where a span is in a file that was read.
void add_place(Json& object, dsl::Span span, const dsl::Sources& sources);

}  // namespace sdlrun::cli
