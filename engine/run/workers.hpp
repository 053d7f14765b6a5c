// The threads of a run: they evaluate, hash, and resume stages' coroutines. Nothing that waits holds one of them.
//
// They are oneTBB's, each with one task for the whole run, which sleeps while nothing is posted: a worker of TBB's own that
// runs out of tasks yields its processor a hundred times before it sleeps, which costs more than what a step needs of it.
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>

#include <oneapi/tbb/global_control.h>
#include <oneapi/tbb/task_arena.h>

namespace sdlrun::engine {

/// Thread-safe. Work runs in the order in which it was posted, on as many threads as were asked for.
class Workers {
 public:
  /// 0: as many as the machine has processors, at least two.
  explicit Workers(std::size_t threads);
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;
  ~Workers() { end(); }

  /// As RunOptions::on_idle; set before they begin.
  void set_on_idle(std::function<bool()> on_idle) { on_idle_ = std::move(on_idle); }
  /// They take what is posted, also what was before. The arena is full from now until `end`: nobody else may enter it.
  void begin();
  /// Waits until all that was posted is done and each has ended; they may begin again.
  void end();

  /// `work` must not throw and should not wait. What a worker posts is best the last that it does: it may be the one that
  /// takes it on.
  void post(std::function<void()> work);
  /// For who goes on with something else: another worker takes it, if one sleeps.
  void post_beside(std::function<void()> work);

  /// Between enter and leave something is under way that is not posted work: the run is not idle.
  void enter();
  void leave();

  void wait_until_idle();
  std::size_t count() const { return static_cast<std::size_t>(arena_.max_concurrency()); }
  oneapi::tbb::task_arena& arena() { return arena_; }

 private:
  /// Wakes another where there is more than the `taken_by_us` that the calling thread will take.
  void put_in_queue(std::function<void()> work, std::size_t taken_by_us);
  /// Where it was counted in `waking_`, under the lock.
  void wake_one();
  void work_until_end() noexcept;  // oneTBB would end the program with words of its own

  oneapi::tbb::global_control threads_;  // TBB's own limit is one thread less than we need, as ours never includes main
  oneapi::tbb::task_arena arena_;
  std::function<bool()> on_idle_;
  std::mutex mutex_;
  std::condition_variable posted_;
  std::condition_variable idle_;
  std::condition_variable one_ended_;
  std::deque<std::function<void()>> queue_;
  std::atomic<std::size_t> waking_ = 0;  // threads that wake a worker
  std::size_t active_ = 0;    // posted or running work, and what has entered
  std::size_t running_ = 0;   // workers that have not ended
  std::size_t sleeping_ = 0;  // of them
  bool is_ending_ = false;
};

}  // namespace sdlrun::engine
