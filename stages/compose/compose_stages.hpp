// The stages of Docker Compose.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> compose_down_stage();
std::unique_ptr<engine::Stage> compose_up_stage();

}  // namespace sdlrun::stages
