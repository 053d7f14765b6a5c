// A compose file brought up: the commands for it, and waiting until its services are what was asked for.
#pragma once

#include <string>
#include <vector>

#include "stages/compose/containers.hpp"
#include "stages/compose/tool.hpp"

namespace sdlrun::stages::compose {

struct Stack {
  Tool tool;
  std::string endpoint;  // of the engine
  std::string project;
  std::string file;
  std::vector<std::string> profiles;
  std::vector<std::string> services;  // those asked for; none: all
  bool builds = false;
};

/// From the step's inputs, and what is installed here. Fails where a tool is missing, no engine answers or a name is wrong.
engine::Task<engine::Result<Stack>> find_stack(engine::StageContext& context);

/// The services that are to be waited for: those asked for, else all of the file. Nothing has been started before: what is
/// wrong in the file is found here.
engine::Task<engine::Result<std::vector<std::string>>> services_of(engine::StageContext& context, const Stack& stack);

/// Has the project taken away when the run has ended.
engine::Result<void> take_away_at_end(engine::StageContext& context, const Stack& stack);

/// `compose up -d`; what already is as the file says stays as it is.
engine::Task<engine::Result<bool>> bring_up(engine::StageContext& context, const Stack& stack);

/// Gives the containers of the services once all have done what is wanted of them. The first that has failed is the error,
/// with the last lines of its log.
engine::Task<engine::Result<std::vector<Container>>> wait_for(engine::StageContext& context, const Stack& stack, std::vector<std::string> services, Wanted wanted);

}  // namespace sdlrun::stages::compose
