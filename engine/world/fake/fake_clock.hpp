// Virtual time, for tests and simulation: it moves only when told, from one due callback to the next.
#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <utility>

#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// Thread-safe. The fakes of a world share one clock, so that a whole pipeline runs on one time line. What is due at the
/// same moment runs in the order in which it was asked for.
class FakeClock final : public Clock {
 public:
  /// A Tuesday, as good as any: runs of a simulation are to be the same on every day.
  static constexpr Milliseconds start_of_time{1'795'500'000'000};

  std::chrono::nanoseconds monotonic() const override;
  Milliseconds wall() const override;
  void after(Milliseconds delay, std::function<void()> done) override;

  /// Moves to the earliest callback and runs it on this thread. False, and nothing moves, where none is waiting.
  bool advance_to_next();
  /// Moves on by `duration`, running all that falls due on the way, what is added meanwhile included.
  void advance(Milliseconds duration);
  /// Until nothing waits; false where more than `most` callbacks have run: something asks for more for ever.
  bool advance_to_end(std::size_t most = 1'000'000);
  std::size_t waiting() const;

 private:
  using Moment = std::pair<std::chrono::nanoseconds, std::uint64_t>;  // when, and which in turn

  std::function<void()> take_next(std::chrono::nanoseconds limit);

  mutable std::mutex mutex_;
  std::chrono::nanoseconds now_{0};
  std::uint64_t next_turn_ = 0;
  std::map<Moment, std::function<void()>> waiting_;
};

}  // namespace sdlrun::engine
