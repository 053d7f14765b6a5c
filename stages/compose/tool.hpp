// Which Compose there is, and running it.
#pragma once

#include <string>
#include <vector>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages::compose {

struct Tool {
  std::vector<std::string> command;  // {"docker", "compose"}
  std::string version;               // "2.40.3"
  bool is_v1 = false;

  std::string shown() const;  // "docker compose"
};

/// The plugin of `docker`, else the program `docker-compose`, which may be of either kind. Fails with what to install.
engine::Task<engine::Result<Tool>> find_tool(engine::StageContext& context);

/// Of a version as programs print it: "v2.3.3", "2.40.3-desktop.1", "1.29.2", more lines around it; no command where it is none.
Tool tool_of(std::vector<std::string> command, std::string_view printed);

struct Finished {
  engine::ProcessResult result;
  std::string printed;  // its last lines
};

/// Runs it with what it prints going to the step's log. `directory`: where it runs; empty: the step's own folder.
engine::Task<engine::Result<Finished>> run_tool(engine::StageContext& context, std::vector<std::string> command, std::filesystem::path directory);

}  // namespace sdlrun::stages::compose
