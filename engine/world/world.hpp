// All that the engine sees of the outside, in one value that is handed down. Nothing else touches the outside.
#pragma once

#include "engine/world/clock.hpp"
#include "engine/world/files.hpp"
#include "engine/world/processes.hpp"
#include "engine/world/remote.hpp"

namespace sdlrun::engine {

struct World {
  Clock& clock;
  Files& files;
  Processes& processes;
  Remote& remote;
};

}  // namespace sdlrun::engine
