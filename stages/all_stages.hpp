// Every stage that ships with the program.
#pragma once

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

engine::StageSet all_stages();

}  // namespace sdlrun::stages
