// Patterns of paths, as a shell has them: `*`, `?`, `[a-z]`, `{a,b}`, and `**` for folders of any depth.
#pragma once

#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sdlrun::dsl {

struct PatternMistake {
  std::string message;
  std::string hint;
};

/// What is wrong with a pattern that can match nothing, as it is not whole.
std::optional<PatternMistake> glob_mistake(std::string_view pattern);

/// The files that match, as normal absolute paths. `pattern` is relative to `directory`, of which nothing is a pattern.
/// Hidden names are matched only by a part that begins with a point; `**` follows no links. Folders that may not be read
/// hold nothing.
std::set<std::string> files_matching(const std::filesystem::path& directory, std::string_view pattern);

}  // namespace sdlrun::dsl
