// Which attempts of before a run has taken over: recorded once, at its end, since to record each would take longer than all
// else that is done for a step that comes from the cache.
#pragma once

#include <cstdint>
#include <mutex>
#include <utility>
#include <vector>

namespace sdlrun::engine {

/// Thread-safe.
class CachedAttempts {
 public:
  void add(std::int64_t attempt) {
    const std::lock_guard lock(mutex_);
    attempts_.push_back(attempt);
  }
  std::vector<std::int64_t> take() {
    const std::lock_guard lock(mutex_);
    return std::exchange(attempts_, {});
  }

 private:
  std::mutex mutex_;
  std::vector<std::int64_t> attempts_;
};

}  // namespace sdlrun::engine
