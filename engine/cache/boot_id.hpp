// Which boot of the machine this is: after another one, what was not synced may be lost or torn.
#pragma once

#include <string>

#include "engine/world/files.hpp"

namespace sdlrun::engine {

inline constexpr const char* boot_id_file = "/proc/sys/kernel/random/boot_id";

/// A UUID; empty where the machine does not say. Then no crash of it is noticed.
inline std::string boot_id(const Files& files) {
  std::string id = files.read(boot_id_file).value_or("");
  while (!id.empty() && (id.back() == '\n' || id.back() == ' ')) id.pop_back();
  return id;
}

}  // namespace sdlrun::engine
