// How much of a machine there is for us.
#pragma once

#include <cstdint>

namespace sdlrun::engine {

/// What a machine, or the part of it that a control group leaves us, has. 0: not known, so that nothing is held to it.
struct MachineLimits {
  std::int64_t cpus = 0;
  std::int64_t memory_bytes = 0;
};

}  // namespace sdlrun::engine
