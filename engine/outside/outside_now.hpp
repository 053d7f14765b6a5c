// What steps of this run have going on beyond this machine at the moment, for whoever stops the run.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "engine/outside/outside_work.hpp"

namespace sdlrun::engine {

struct OutsideInProgress {
  std::string step = {};
  std::string kind = {};   // "http.job"
  std::string place = {};
  WhenStopped when_stopped = WhenStopped::remove;
};

/// Thread-safe.
class OutsideNow {
 public:
  /// It goes on as long as what is given back lives, and no longer than this object.
  [[nodiscard]] std::shared_ptr<void> enter(OutsideInProgress work) {
    const std::lock_guard lock(mutex_);
    const auto entry = all_.insert(all_.end(), std::move(work));
    return {nullptr, [this, entry](void*) {
              const std::lock_guard guard(mutex_);
              all_.erase(entry);
            }};
  }

  std::vector<OutsideInProgress> all() const {
    const std::lock_guard lock(mutex_);
    return {all_.begin(), all_.end()};
  }

 private:
  mutable std::mutex mutex_;
  std::list<OutsideInProgress> all_;  // guarded by `mutex_`
};

}  // namespace sdlrun::engine
