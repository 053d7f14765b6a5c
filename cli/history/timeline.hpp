// When the steps of a run ran: a Gantt chart in HTML.
#pragma once

#include "cli/history/past_run.hpp"
#include "engine/html/markup.hpp"

namespace sdlrun::cli {

/// A row a step that has begun, with a bar for each of its attempts; where these are too many for that, a row for what ran
/// at the same time, and of very many only the longest, which is said.
engine::Markup timeline(const PastRun& run);

}  // namespace sdlrun::cli
