// Programs that go on after the run: started, found again, ended.
#pragma once

#include <memory>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> service_up_stage();
std::unique_ptr<engine::Stage> service_down_stage();

}  // namespace sdlrun::stages
