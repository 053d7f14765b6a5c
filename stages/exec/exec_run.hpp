// exec.run: any program as a step.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> exec_run_stage();

}  // namespace sdlrun::stages
