#include "engine/run/workers.hpp"

#include <algorithm>
#include <thread>

namespace sdlrun::engine {

namespace {

std::size_t thread_count(std::size_t asked) {
  return asked > 0 ? asked : std::max<std::size_t>(2, std::thread::hardware_concurrency());
}

/// Whose worker this thread is.
thread_local const Workers* workers_of_this_thread = nullptr;

}  // namespace

Workers::Workers(std::size_t threads)
    : threads_(oneapi::tbb::global_control::max_allowed_parallelism, thread_count(threads) + 1),
      arena_(static_cast<int>(thread_count(threads)), 0) {}

void Workers::begin() {
  arena_.initialize();
  is_ending_ = false;
  running_ = static_cast<std::size_t>(arena_.max_concurrency());
  for (std::size_t i = 0; i < running_; ++i) arena_.enqueue([this] { work_until_end(); });
}

void Workers::end() {
  std::unique_lock lock(mutex_);
  is_ending_ = true;
  posted_.notify_all();
  one_ended_.wait(lock, [this] { return running_ == 0; });
  // The work may be done, and all of us gone, before the thread that posted it has come out of waking somebody for it.
  while (waking_ > 0) std::this_thread::yield();
}

// A worker takes what it has posted itself, when it is done; to wake another for it costs more than most work does.
void Workers::post(std::function<void()> work) { put_in_queue(std::move(work), workers_of_this_thread == this ? 1 : 0); }

void Workers::post_beside(std::function<void()> work) { put_in_queue(std::move(work), 0); }

void Workers::put_in_queue(std::function<void()> work, std::size_t taken_by_us) {
  bool wakes = false;
  {
    const std::lock_guard lock(mutex_);
    ++active_;
    queue_.push_back(std::move(work));
    wakes = sleeping_ > 0 && queue_.size() > taken_by_us;
    if (wakes) ++waking_;
  }
  if (wakes) wake_one();
}

void Workers::wake_one() {
  posted_.notify_one();  // without the lock, on which the woken would wait
  --waking_;
}

void Workers::work_until_end() noexcept {
  workers_of_this_thread = this;
  std::unique_lock lock(mutex_);
  while (true) {
    ++sleeping_;
    posted_.wait(lock, [this] { return is_ending_ || !queue_.empty(); });
    --sleeping_;
    if (queue_.empty()) break;
    std::function<void()> work = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    work();
    work = nullptr;  // what it holds goes while it still counts
    leave();
    lock.lock();
  }
  workers_of_this_thread = nullptr;
  --running_;
  one_ended_.notify_all();
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
