// What a pipeline gives, where people look for it: out/<pipeline>/<name>.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "engine/run/run_context.hpp"

namespace sdlrun::engine {

/// Whether all outputs can be linked, so that a run does not find out at its end: in the place of one there may be
/// nothing, or a link of an earlier run; anything else is the user's, and an error.
Result<void> check_output_places(const RunContext& run);

/// Links the files and folders among the outputs, each atomically, and tells of all outputs. Left out are those of steps
/// that this run did not need. Links are relative: the project may move.
Result<void> publish_outputs(const RunContext& run);

/// What the link of a published output holds; nothing where it has none.
std::optional<std::string> link_target(const OutputPublished& output);

}  // namespace sdlrun::engine
