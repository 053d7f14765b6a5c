// The state as it can be read where nothing may be written: a read-only disk, another's folder.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/cache/state.hpp"

namespace sdlrun::engine {

/// Whether this process may not write the state in `folder`.
bool is_read_only(const std::filesystem::path& folder);

/// What the database and the journals beside it hold; nothing is locked, replayed or mended. What is recorded is refused;
/// digests are remembered in memory. Errors: a state that an older sdlrun wrote, and one that cannot be read.
Result<std::unique_ptr<State>> open_read_only_state(const std::filesystem::path& folder);

}  // namespace sdlrun::engine
