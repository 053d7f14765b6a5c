// A YAML value as the text of a param.
#pragma once

#include <yaml-cpp/yaml.h>

#include <string>
#include <tl/expected.hpp>

namespace sdlrun::engine {

/// A scalar's own text (`none` for null); a list or map as a .sdl literal. The error says what is wrong with the value.
tl::expected<std::string, std::string> param_text(const YAML::Node& node);

}  // namespace sdlrun::engine
