#include "engine/world/fake/fake_clock.hpp"

#include <algorithm>

namespace sdlrun::engine {

std::chrono::nanoseconds FakeClock::monotonic() const {
  const std::lock_guard lock(mutex_);
  return now_;
}

Milliseconds FakeClock::wall() const {
  return start_of_time + std::chrono::duration_cast<Milliseconds>(monotonic());
}

void FakeClock::after(Milliseconds delay, std::function<void()> done) {
  const std::lock_guard lock(mutex_);
  waiting_.emplace(Moment{now_ + std::max(delay, Milliseconds(0)), next_turn_++}, std::move(done));
}

std::function<void()> FakeClock::take_next(std::chrono::nanoseconds limit) {
  const std::lock_guard lock(mutex_);
  if (waiting_.empty() || waiting_.begin()->first.first > limit) return {};
  auto first = waiting_.extract(waiting_.begin());
  now_ = first.key().first;
  return std::move(first.mapped());
}

bool FakeClock::advance_to_next() {
  const auto next = take_next(std::chrono::nanoseconds::max());
  if (next) next();
  return static_cast<bool>(next);
}

void FakeClock::advance(Milliseconds duration) {
  const auto end = monotonic() + duration;
  while (const auto next = take_next(end)) next();
  const std::lock_guard lock(mutex_);
  now_ = std::max(now_, end);
}

bool FakeClock::advance_to_end(std::size_t most) {
  for (std::size_t count = 0; count < most; ++count) {
    if (!advance_to_next()) return true;
  }
  return waiting() == 0;
}

std::size_t FakeClock::waiting() const {
  const std::lock_guard lock(mutex_);
  return waiting_.size();
}

}  // namespace sdlrun::engine
