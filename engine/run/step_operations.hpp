// All that a step has under way: its task, processes, calls, pauses. The step has ended when all of it has.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>

#include "engine/run/workers.hpp"
#include "engine/task/task.hpp"

namespace sdlrun::engine {

/// Thread-safe. Whatever thread an operation ends on, the step goes on on a worker.
class StepOperations {
 public:
  /// `all_ended` is called once, on any thread, and may destroy this.
  StepOperations(Workers& workers, std::function<void()> all_ended)
      : workers_(workers), all_ended_(std::move(all_ended)) {}

  void begin() { ++under_way_; }
  void end();

  /// Posts `work` as one operation that has begun: it ends after it.
  void finish_with(std::function<void()> work);

  /// Awaits what `begin_work` begins, which calls back once with a value; an interruption gives `interrupted` instead, at
  /// once. What comes too late is dropped.
  template <typename T>
  Task<T> wait(std::function<void(std::function<void(T)>)> begin_work, T interrupted);

  /// Ends all waits, those that begin from now on too. Processes are not waits: they are stopped, and then end.
  void interrupt();
  /// After an interruption: waits that begin from now on are waits again, until the next. For what must be ended elsewhere.
  void allow_ending();
  bool is_interrupted() const { return is_interrupted_; }

 private:
  template <typename T>
  struct Wait {
    std::atomic<bool> is_over{false};
    std::function<void(T)> resume;
  };
  template <typename T>
  void end_wait(const std::shared_ptr<Wait<T>>& wait, std::uint64_t number, T value);

  /// False where the step is interrupted already.
  bool remember(std::uint64_t number, std::function<void()> interrupt);
  void forget(std::uint64_t number);

  Workers& workers_;
  std::function<void()> all_ended_;
  std::atomic<std::size_t> under_way_{0};
  std::atomic<std::uint64_t> next_number_{0};
  std::atomic<bool> is_interrupted_{false};
  std::mutex mutex_;
  bool may_wait_ = true;
  std::map<std::uint64_t, std::function<void()>> waits_;  // how to interrupt each
};

template <typename T>
Task<T> StepOperations::wait(std::function<void(std::function<void(T)>)> begin_work, T interrupted) {
  // Everything is moved into the closure: the coroutine may go on, and its frame go, before `begin_work` has returned.
  CallbackAwaiter<T> ended([this, begin_work = std::move(begin_work), interrupted](std::function<void(T)> resume) {
    auto wait = std::make_shared<Wait<T>>();
    wait->resume = std::move(resume);
    const std::uint64_t number = next_number_++;
    begin();
    const bool may_wait = remember(number, [this, wait, number, interrupted] { end_wait(wait, number, interrupted); });
    if (!may_wait) return end_wait(wait, number, interrupted);
    begin_work([this, wait, number](T value) { end_wait(wait, number, std::move(value)); });
  });
  co_return co_await ended;
}

template <typename T>
void StepOperations::end_wait(const std::shared_ptr<Wait<T>>& wait, std::uint64_t number, T value) {
  if (wait->is_over.exchange(true)) return;  // and `this` may be gone
  forget(number);
  finish_with([wait, value = std::move(value)]() mutable { wait->resume(std::move(value)); });
}

}  // namespace sdlrun::engine
