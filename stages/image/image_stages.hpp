// Container images without a container engine: built, pushed and pulled.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> image_build_stage();
std::unique_ptr<engine::Stage> image_pull_stage();
std::unique_ptr<engine::Stage> image_push_stage();

}  // namespace sdlrun::stages
