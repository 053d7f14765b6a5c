// A run's graph as a picture: SVG within HTML.
#pragma once

#include <optional>

#include "cli/history/past_run.hpp"
#include "engine/html/markup.hpp"

namespace sdlrun::cli {

/// Steps as boxes in the colour of what became of them, each a link to `#step-<index>`; requirements are boxes with a dashed
/// border. Nothing where the graph is too large to be read.
std::optional<engine::Markup> graph_drawing(const PastRun& run);

/// "✓", "✗", …: colour is not all that tells outcomes apart.
std::string_view outcome_symbol(PastOutcome outcome);
/// The outcome as a class of the style sheet: "not-reached".
std::string outcome_class(PastOutcome outcome);

}  // namespace sdlrun::cli
