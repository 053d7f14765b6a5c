// A run that is over before it begins: the same was asked for before, there was nothing to do, and nothing has changed.
#pragma once

#include <optional>
#include <string>

#include "cli/console.hpp"
#include "cli/run_choices.hpp"
#include "engine/project/project.hpp"

namespace sdlrun::cli {

/// Names what is asked for; nothing where a note of it could not be trusted.
std::optional<std::string> request_of(const Console& console, const engine::Project& project, const RunChoices& choices);

/// Tells and records the run as `run_opened_pipeline` would, and gives its exit code. Nothing, and not a word, where the
/// pipeline is to be opened and run: always right, and always possible afterwards.
std::optional<int> run_unchanged(Console& console, const RunChoices& choices);

}  // namespace sdlrun::cli
