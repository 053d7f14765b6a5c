// Values as they enter keys: every value has one text, and no two different values have the same.
#pragma once

#include <string>

#include "dsl/values/value.hpp"
#include "engine/cache/digest.hpp"
#include "engine/error.hpp"

namespace sdlrun::engine {

/// Files and folders by their digest, which is computed where the value does not carry it; secrets by name, handles by
/// type and digest. The order of a record's or map's fields does not count. After an error `text` is good for nothing.
Result<void> add_canonical_text(std::string& text, const dsl::Value& value, FileDigests& digests);

/// As people see it: like dsl::value_text, but files, also those inside of it, by the shortest path from the current folder (an
/// output of a step by its own name), with the beginning of their digest.
std::string display_text(const dsl::Value& value, FileDigests& digests);

/// True for the canonical text of a single file or folder.
bool is_file_or_folder(std::string_view canonical);

}  // namespace sdlrun::engine
