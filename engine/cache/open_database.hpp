// Getting at state.db whatever has happened to it: damaged ones are set aside, journals of killed processes replayed.
#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "engine/cache/state_database.hpp"
#include "engine/world/files.hpp"

namespace sdlrun::engine {

/// Makes the state folder where it is missing, and takes one engine at a time. Adds to `warnings` what was set aside.
Result<StateDatabase> open_database(Files& files, const std::filesystem::path& state_folder,
                                    std::vector<std::string>& warnings);

/// After damage was met in the middle of a run: sets the file aside, unless another engine has done so already, and
/// gives both connections a sound one. `reader_lock` is taken.
Result<void> replace_database(Files& files, const std::filesystem::path& state_folder, StateDatabase& writer,
                              StateDatabase& reader, std::mutex& reader_lock);

}  // namespace sdlrun::engine
