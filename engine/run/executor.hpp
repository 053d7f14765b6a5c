// Runs the needed nodes of a pipeline as a oneTBB flow graph.
#pragma once

#include <cstddef>
#include <vector>

#include "engine/run/run_context.hpp"

namespace sdlrun::engine {

/// How many nodes ended how. Requirements count only where they failed.
struct RunCounts {
  std::size_t ran = 0;
  std::size_t cached = 0;
  std::size_t skipped = 0;
  std::size_t failed = 0;
  std::size_t stopped = 0;
  std::size_t not_reached = 0;

  bool success() const { return failed + stopped + not_reached == 0; }
};

/// Returns when every step has ended and every process is gone. A failure ends the run as make's does: nothing new is
/// started, what runs goes on to its end.
RunCounts execute(const RunContext& run, NeededNodes needed);

}  // namespace sdlrun::engine
