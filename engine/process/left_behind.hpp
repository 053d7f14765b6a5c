// What steps of an engine have left running that was killed together with its guardian: nobody was there to end it.
#pragma once

#include <filesystem>

namespace sdlrun::engine {

/// Kills the processes that have begun with a TMPDIR in this folder of an engine that has ended, but services. One that was
/// given another environment is not found.
void kill_left_behind(const std::filesystem::path& folder);

}  // namespace sdlrun::engine
