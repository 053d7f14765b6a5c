// What sdlrun leaves in a project, and how it is taken away again. Never touches what it did not make.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/session.hpp"
#include "engine/project/project.hpp"

namespace sdlrun::cli {

struct ProjectLeavings {
  std::filesystem::path state_folder;        // empty where there is none
  std::uint64_t bytes = 0;                   // on disk; what has several names counts once
  std::vector<std::filesystem::path> links;  // in out/, to outputs in the state folder

  bool empty() const { return state_folder.empty() && links.empty(); }
};

ProjectLeavings leavings_of(const engine::Project& project);

/// "/home/me/project/.sdl  120 MiB" and a line a link.
std::string leavings_text(const ProjectLeavings& leavings);

engine::Result<void> remove_leavings(const ProjectLeavings& leavings);

/// Forgets the result a step had the last time, and removes its outputs and the links to them.
engine::Result<void> forget_step(const engine::Project& project, const Session& session, const engine::StepAttempt& attempt);

}  // namespace sdlrun::cli
