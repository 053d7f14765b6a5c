// The clock of this machine.
#pragma once

#include "engine/world/clock.hpp"
#include "engine/world/real/reactor.hpp"

namespace sdlrun::engine {

/// How the world calls back: runs the work on a thread of the caller's choice, such as the scheduler's workers.
using Post = std::function<void(std::function<void()>)>;

/// Thread-safe; callbacks go through `post`.
class RealClock final : public Clock {
 public:
  RealClock(Reactor& reactor, Post post) : reactor_(reactor), post_(std::move(post)) {}

  std::chrono::nanoseconds monotonic() const override;
  Milliseconds wall() const override;
  void after(Milliseconds delay, std::function<void()> done) override;

 private:
  Reactor& reactor_;
  Post post_;
};

}  // namespace sdlrun::engine
