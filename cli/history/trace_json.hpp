// A run as a trace for Perfetto (ui.perfetto.dev) and chrome://tracing.
#pragma once

#include <string>

#include "cli/history/past_run.hpp"

namespace sdlrun::cli {

/// Chrome's trace event format: a complete event a step, on lanes so that none overlaps another, with its attempts inside
/// where there were several.
std::string trace_json(const PastRun& run);

}  // namespace sdlrun::cli
