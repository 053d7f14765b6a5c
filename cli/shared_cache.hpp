// The shared cache that a project, or the user's environment, names.
#pragma once

#include <optional>

#include "cli/console.hpp"
#include "cli/messages.hpp"
#include "cli/opened_pipeline.hpp"
#include "engine/cache/shared/settings.hpp"

namespace sdlrun::cli {

/// Nothing where none is configured; steps that ask for one by `cache = "shared"` are then told of in a warning. What is
/// wrong with the settings is the error.
engine::Result<std::optional<engine::SharedCacheSettings>> shared_cache_of(const OpenedPipeline& opened, const Console& console, const Messages& messages);

}  // namespace sdlrun::cli
