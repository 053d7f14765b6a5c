// Programs of ours in other languages that stages run, held in the executable so that one file is a whole installation.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::stages {

/// The text of a file below stages/, such as "notebook/convert.py"; empty where there is none.
std::string embedded(std::string_view name);

/// The names of all of them.
std::vector<std::string_view> embedded_names();

}  // namespace sdlrun::stages
