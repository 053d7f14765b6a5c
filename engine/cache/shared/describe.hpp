// A published result as an entry for others, with what is to be put beside it.
#pragma once

#include "engine/cache/shared/shared_entry.hpp"
#include "engine/cache/state.hpp"

namespace sdlrun::engine {

/// Reads every file of it once. The error says why this result stays on this machine: it has files elsewhere, links that
/// lead out of it, handles or secrets, or has changed since it was published.
Result<SharedEntry> describe_result(const Files& files, const StepResult& result, const std::filesystem::path& outputs_folder);

}  // namespace sdlrun::engine
