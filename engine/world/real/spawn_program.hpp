// Finding the program of a command, and words for what is wrong with one.
#pragma once

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"

namespace sdlrun::engine {

using EnvironmentView = const std::vector<std::pair<std::string, std::string>>&;

/// The path to execute: `name` itself where it has a slash (relative to `directory`), else the first executable file of
/// that name on the PATH of `environment`.
Result<std::filesystem::path> find_program(const std::string& name, EnvironmentView environment,
                                           const std::filesystem::path& directory);

/// Why the system refused to enter the directory (`changing_directory`) or to execute the program.
Error explain_start_failure(int number, bool changing_directory, const std::filesystem::path& program,
                            const std::filesystem::path& directory);

}  // namespace sdlrun::engine
