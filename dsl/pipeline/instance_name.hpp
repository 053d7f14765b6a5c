// What the nodes of a for-each step are called. Internal to dsl/.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sdlrun::dsl {

/// "app/eval[small,3]"; without keys "app/eval".
inline std::string instance_name(std::string_view prefix, std::string_view step, const std::vector<std::string>& keys) {
  std::string name = std::string(prefix).append(step);
  if (keys.empty()) return name;
  name += '[';
  for (std::size_t i = 0; i < keys.size(); ++i) name += (i == 0 ? "" : ",") + keys[i];
  return name + ']';
}

}  // namespace sdlrun::dsl
