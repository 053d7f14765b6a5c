#include "engine/run/step_operations.hpp"

#include <utility>

namespace sdlrun::engine {

void StepOperations::end() {
  const auto all_ended = all_ended_;  // once the last has ended, this may go at any moment
  if (--under_way_ == 0) all_ended();
}

void StepOperations::finish_with(std::function<void()> work) {
  workers_.post([this, work = std::move(work)]() mutable {
    work();
    work = nullptr;  // what it holds, such as a section of the shared cache, belongs to the operation
    end();
  });
}

void StepOperations::interrupt() {
  std::map<std::uint64_t, std::function<void()>> waits;
  {
    const std::lock_guard lock(mutex_);
    is_interrupted_ = true;
    may_wait_ = false;
    waits = std::exchange(waits_, {});
  }
  for (const auto& [number, interrupt_wait] : waits) interrupt_wait();
}

void StepOperations::allow_ending() {
  const std::lock_guard lock(mutex_);
  may_wait_ = true;
}

bool StepOperations::remember(std::uint64_t number, std::function<void()> interrupt) {
  const std::lock_guard lock(mutex_);
  if (!may_wait_) return false;
  waits_.emplace(number, std::move(interrupt));
  return true;
}

void StepOperations::forget(std::uint64_t number) {
  std::function<void()> interrupt;  // goes without the lock
  const std::lock_guard lock(mutex_);
  const auto wait = waits_.find(number);
  if (wait == waits_.end()) return;
  interrupt = std::move(wait->second);
  waits_.erase(wait);
}

}  // namespace sdlrun::engine
