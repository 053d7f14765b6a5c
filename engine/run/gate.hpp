// For callbacks that the world may make when nobody is there any more to be called.
#pragma once

#include <mutex>

namespace sdlrun::engine {

/// Shared by the callback and who waits: what is called passes only while the gate is open, under its lock; who leaves closes
/// it first.
struct Gate {
  std::mutex mutex;
  bool is_open = true;
};

}  // namespace sdlrun::engine
