// notebook.convert and notebook.run.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> notebook_convert_stage();
std::unique_ptr<engine::Stage> notebook_run_stage();

}  // namespace sdlrun::stages
