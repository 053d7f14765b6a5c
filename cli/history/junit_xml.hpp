// A run as JUnit XML, which CI servers read.
#pragma once

#include <string>

#include "cli/history/past_run.hpp"

namespace sdlrun::cli {

/// One test suite, a test case a step and a requirement. What failed is a failure, with the end of its log; what was stopped or
/// cut off is an error; what was skipped or not reached is skipped.
std::string junit_xml(const PastRun& run);

}  // namespace sdlrun::cli
