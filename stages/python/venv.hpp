// python.venv: a Python environment from a lock file, shared by all projects of this machine.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> python_venv_stage();
/// python.packages: the same for a Python elsewhere, without an interpreter.
std::unique_ptr<engine::Stage> python_packages_stage();

}  // namespace sdlrun::stages
