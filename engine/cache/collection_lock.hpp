// What keeps `sdlrun gc` and engines apart: a lock that engines share while they publish a result or take one over, and
// that gc holds alone, for some milliseconds each time, while it decides what nobody uses and takes that away.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/error.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

inline std::filesystem::path collection_lock(const std::filesystem::path& state_folder) { return state_folder / "collection.lock"; }

/// Until it goes, nothing is collected. What was published meanwhile must be recorded before it goes.
using NoCollection = std::shared_ptr<void>;

inline Result<NoCollection> hold_off_collection(Files& files, const std::filesystem::path& state_folder) {
  return files.share_lock(collection_lock(state_folder));
}

}  // namespace sdlrun::engine
