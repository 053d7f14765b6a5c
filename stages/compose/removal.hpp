// The command that takes a project away: its containers, networks and, where that is wanted, volumes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "stages/compose/tool.hpp"

namespace sdlrun::stages::compose {

struct Removal {
  std::string project;
  bool takes_volumes = false;
};

/// Wants neither the compose file nor its variables. Compose v2 knows a project by its labels; version 1 wants the file, so that
/// the engine's own client does it there, and where there is no Compose. To be run where no compose file is found, such as `/`.
std::vector<std::string> removal_command(const std::optional<Tool>& tool, const Removal& removal);

}  // namespace sdlrun::stages::compose
