#include "engine/run/workers.hpp"

#include <algorithm>
#include <thread>

namespace sdlrun::engine {

namespace {

std::size_t thread_count(std::size_t asked) {
  return asked > 0 ? asked : std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

}  // namespace

Workers::Workers(std::size_t threads)
    : threads_(oneapi::tbb::global_control::max_allowed_parallelism, thread_count(threads) + 1),
      arena_(static_cast<int>(thread_count(threads)), 0) {}

void Workers::post(std::function<void()> work) {
  {
    const std::lock_guard lock(mutex_);
    ++active_;
    queue_.push_back(std::move(work));
  }
  arena_.enqueue([this] { run_one(); });
}

void Workers::run_one() {
  std::function<void()> work;
  {
    const std::lock_guard lock(mutex_);
    work = std::move(queue_.front());
    queue_.pop_front();
  }
  work();
  work = nullptr;  // what it holds goes while it still counts
  leave();
}

void Workers::enter() {
  const std::lock_guard lock(mutex_);
  ++active_;
}

void Workers::leave() {
  for (bool more = on_idle_ != nullptr;; more = on_idle_()) {
    const std::lock_guard lock(mutex_);
    if (active_ > 1 || !more) {
      if (--active_ == 0) idle_.notify_all();
      return;
    }
    // The last one still counts while it lets the world go on, so that nobody else does so too.
  }
}

void Workers::wait_until_idle() {
  std::unique_lock lock(mutex_);
  idle_.wait(lock, [this] { return active_ == 0; });
}

}  // namespace sdlrun::engine
