// Variables of an environment that a program is to get.
#pragma once

#include <string>
#include <string_view>

#include "engine/stage/stage.hpp"

namespace sdlrun::stages {

/// Empty where it is not set.
std::string variable(const engine::Environment& environment, std::string_view name);
/// Replaces or adds one.
void set_variable(engine::Environment& environment, const std::string& name, std::string value);

}  // namespace sdlrun::stages
