// One thread that waits for everything: file descriptors (epoll), timers, and work handed over by other threads.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "engine/world/clock.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

/// Runs callbacks on its own thread, one at a time: they must be quick. That thread has all signals blocked.
class Reactor {
 public:
  using Callback = std::function<void()>;
  using Timer = std::pair<std::chrono::steady_clock::time_point, std::uint64_t>;
  enum class WatchId : std::uint64_t {};

  Reactor();
  /// Waits for the callback that runs; timers and watches left are dropped. What was handed over by `run` is run.
  ~Reactor();
  Reactor(const Reactor&) = delete;
  Reactor& operator=(const Reactor&) = delete;

  /// Hands work to the reactor's thread; from any thread.
  void run(Callback work);

  // These are for the reactor's own thread, which is where callbacks run.
  Timer after(Milliseconds delay, Callback callback);
  void cancel(const Timer& timer);
  /// Calls back as long as the descriptor is readable (or its other side has gone), until `unwatch`.
  WatchId watch(int descriptor, Callback readable);
  void unwatch(WatchId watch);

 private:
  struct Watched {
    int descriptor = -1;
    Callback readable;
  };

  void loop();
  void wait_for_events();
  int milliseconds_to_next_timer() const;
  void run_due_timers();
  void run_handed_over();

  OwnedDescriptor epoll_;
  OwnedDescriptor wake_;
  std::mutex mutex_;
  std::vector<Callback> handed_over_;  // guarded by `mutex_`
  bool ending_ = false;                // guarded by `mutex_`
  std::map<Timer, Callback> timers_;
  std::unordered_map<std::uint64_t, std::shared_ptr<Watched>> watched_;
  std::uint64_t next_ = 1;  // 0 is the wake-up descriptor
  std::thread thread_;
};

/// Starts a thread with all signals blocked, so that they reach the threads that wait for them.
std::thread start_quiet_thread(std::function<void()> body);

}  // namespace sdlrun::engine
