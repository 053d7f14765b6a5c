#include "engine/world/real/real_clock.hpp"

namespace sdlrun::engine {

std::chrono::nanoseconds RealClock::monotonic() const { return std::chrono::steady_clock::now().time_since_epoch(); }

Milliseconds RealClock::wall() const {
  return std::chrono::duration_cast<Milliseconds>(std::chrono::system_clock::now().time_since_epoch());
}

void RealClock::after(Milliseconds delay, std::function<void()> done) {
  // The delay counts from now, not from when the reactor gets to it.
  const auto asked = std::chrono::steady_clock::now();
  reactor_.run([this, delay, asked, done = std::move(done)]() mutable {
    const auto passed = std::chrono::floor<Milliseconds>(std::chrono::steady_clock::now() - asked);
    reactor_.after(delay - passed, [this, done = std::move(done)]() mutable { post_(std::move(done)); });
  });
}

}  // namespace sdlrun::engine
