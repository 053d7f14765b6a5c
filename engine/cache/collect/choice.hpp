// What goes: by age, then by size, what was not used for longest first.
#pragma once

#include <string>
#include <vector>

#include "engine/cache/collect/inventory.hpp"

namespace sdlrun::engine {

/// Something that goes as a whole.
struct Going {
  enum class Kind { result, run, set_aside };
  Kind kind;
  std::string name;  // a key, a run, a file
  std::int64_t used = 0;
  bool is_recorded = true;  // else outputs that no result names
  std::uint64_t bytes = 0;  // that its going frees
};

/// Where it lies.
std::filesystem::path place_of(const Going& going, const std::filesystem::path& state_folder);

/// Takes it out of the inventory's disk use.
std::vector<Going> choose_what_goes(const Files& files, const std::filesystem::path& state_folder, const CollectionPolicy& policy,
                                    Milliseconds now, Inventory& all);

}  // namespace sdlrun::engine
