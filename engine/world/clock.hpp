// Time, as the scheduler sees it. Real, or virtual in tests (world/fake).
#pragma once

#include <chrono>
#include <functional>

namespace sdlrun::engine {

using Milliseconds = std::chrono::milliseconds;

class Clock {
 public:
  virtual ~Clock() = default;
  /// Since some fixed moment; never goes back.
  virtual std::chrono::nanoseconds monotonic() const = 0;
  /// Since 1970-01-01 UTC; for people and records only, may jump.
  virtual Milliseconds wall() const = 0;
  /// Calls `done` once, after `delay`, from any thread.
  virtual void after(Milliseconds delay, std::function<void()> done) = 0;
};

}  // namespace sdlrun::engine
