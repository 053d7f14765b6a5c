#include "cli/report/part_pairs.hpp"

#include <algorithm>

namespace sdlrun::cli {

std::vector<PartPair> part_pairs(const std::vector<engine::KeyPart>& before, const std::vector<engine::KeyPart>& now) {
  const auto find = [](const std::vector<engine::KeyPart>& parts, const std::string& name) {
    const auto found = std::find_if(parts.begin(), parts.end(), [&](const auto& part) { return part.name == name; });
    return found == parts.end() ? nullptr : &*found;
  };
  std::vector<PartPair> pairs;
  for (const engine::KeyPart& part : now) {
    const engine::KeyPart* old = find(before, part.name);
    pairs.push_back({part.name, old == nullptr ? "" : old->display, part.display, old == nullptr || old->value != part.value});
  }
  for (const engine::KeyPart& part : before) {
    if (find(now, part.name) == nullptr) pairs.push_back({part.name, part.display, "", true});
  }
  return pairs;
}

}  // namespace sdlrun::cli
