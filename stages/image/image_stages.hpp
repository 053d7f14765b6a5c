// Container images: built, pushed and pulled without a container engine, and what engines are asked to do.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> image_build_stage();
std::unique_ptr<engine::Stage> image_dockerfile_stage();
std::unique_ptr<engine::Stage> image_load_stage();
std::unique_ptr<engine::Stage> image_pull_stage();
std::unique_ptr<engine::Stage> image_push_stage();

}  // namespace sdlrun::stages
