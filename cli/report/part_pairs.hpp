// Two keys of a step side by side: for `explain` and `diff`.
#pragma once

#include <string>
#include <vector>

#include "engine/cache/key.hpp"

namespace sdlrun::cli {

/// One part of the key, then and now; a side that has no such part is empty.
struct PartPair {
  std::string name;
  std::string then;
  std::string now;
  bool differs = false;
};

/// In the order of today's key; parts that are gone come last.
std::vector<PartPair> part_pairs(const std::vector<engine::KeyPart>& before, const std::vector<engine::KeyPart>& now);

}  // namespace sdlrun::cli
