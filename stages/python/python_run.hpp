// python.run: a Python script as a step, in a pinned environment.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> python_run_stage();

}  // namespace sdlrun::stages
