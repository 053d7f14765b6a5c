// Why a path leads to no file or folder, in words for a message.
#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <system_error>

namespace sdlrun::dsl {

struct PathProblem {
  enum class Kind { missing, unreachable, special };
  Kind kind = Kind::missing;
  std::string reason;  // "there is no such file"
  std::string hint;    // empty where nothing is there: what may have been meant is for the caller to say
};

/// Nothing where there is a file or a folder. Links are followed.
std::optional<PathProblem> path_problem(const std::filesystem::path& path);
/// The same for who has looked: `status` and `problem` are what `std::filesystem::status` gave.
std::optional<PathProblem> path_problem(const std::filesystem::path& path, const std::filesystem::file_status& status, const std::error_code& problem);

}  // namespace sdlrun::dsl
