// elephas.check: reads a script for the traps of Elephas.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> elephas_check_stage();

}  // namespace sdlrun::stages
