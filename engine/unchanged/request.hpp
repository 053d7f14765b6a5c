// What was asked for, and of whom: all that decides on a run besides files, folders and the project's state.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/project/project.hpp"
#include "engine/stage/stage.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

struct RunRequest {
  const Project& project;
  const std::vector<std::string>& words;  // file, params, goals
  const std::string& profile;
  const Environment& variables;
};

/// A digest of it, of this program, its user and folder, and the machine's boot: after another one results may have to be
/// looked at again. Nothing where one of these is not to be had, or is a mistake.
std::optional<std::string> request_digest(const Files& files, const RunRequest& request);

}  // namespace sdlrun::engine
