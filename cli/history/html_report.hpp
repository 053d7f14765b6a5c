// A run as one HTML file that needs nothing else: no network, no scripts, light and dark, wide and narrow.
#pragma once

#include <string>
#include <string_view>

#include "cli/history/past_run.hpp"

namespace sdlrun::cli {

/// What became of it, its failures and warnings, the graph, the timeline, each step with why it ran, and what came out.
std::string html_report(const PastRun& run);

/// CSS of the report.
std::string_view report_style();

}  // namespace sdlrun::cli
