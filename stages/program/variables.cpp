#include "stages/program/variables.hpp"

#include <algorithm>

namespace sdlrun::stages {

std::string variable(const engine::Environment& environment, std::string_view name) {
  const auto found = std::find_if(environment.begin(), environment.end(), [&](const auto& entry) { return entry.first == name; });
  return found == environment.end() ? "" : found->second;
}

void set_variable(engine::Environment& environment, const std::string& name, std::string value) {
  const auto found = std::find_if(environment.begin(), environment.end(), [&](const auto& entry) { return entry.first == name; });
  if (found != environment.end()) found->second = std::move(value);
  else environment.emplace_back(name, std::move(value));
}

}  // namespace sdlrun::stages
