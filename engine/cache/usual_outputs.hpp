// Outputs of most steps, read from their JSON without a tree of it in between: a run in which nothing is to do reads those of
// all its steps, and hardly does anything else.
#pragma once

#include <filesystem>
#include <optional>
#include <string_view>

#include "dsl/values/value.hpp"

namespace sdlrun::engine {

/// What decode_fields gives for the same text, where it holds only texts of printable ASCII without escapes, whole numbers,
/// truths, none, files, folders, and lists of these. Nothing otherwise, which does not say that the text is wrong.
std::optional<dsl::Fields> decode_usual_outputs(std::string_view json, const std::filesystem::path& state_folder);

}  // namespace sdlrun::engine
