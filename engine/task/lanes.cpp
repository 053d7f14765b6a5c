#include "engine/task/lanes.hpp"

#include <algorithm>
#include <atomic>
#include <memory>
#include <mutex>

namespace sdlrun::engine {

namespace {

struct Lanes {
  std::function<Task<Result<bool>>(std::size_t)> work;
  std::size_t count = 0;
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> running{0};
  std::atomic<bool> is_over{false};
  std::mutex mutex;
  Result<bool> outcome = true;
  std::function<void(bool)> all_ended;

  void take(const Result<bool>& result) {
    if (result && *result) return;
    is_over = true;
    const std::lock_guard lock(mutex);
    if (outcome) outcome = result;
  }
};

Task<bool> lane(std::shared_ptr<Lanes> lanes) {
  for (std::size_t index = lanes->next++; index < lanes->count && !lanes->is_over; index = lanes->next++) {
    Task<Result<bool>> task = lanes->work(index);
    const Result<bool> result = co_await task;
    lanes->take(result);
  }
  co_return true;
}

}  // namespace

Task<Result<bool>> in_lanes(std::size_t count, std::size_t lanes, std::function<Task<Result<bool>>(std::size_t)> work) {
  if (count == 0) co_return true;
  const auto shared = std::make_shared<Lanes>();
  shared->work = std::move(work);
  shared->count = count;
  CallbackAwaiter<bool> ended([shared, width = std::min(count, lanes)](std::function<void(bool)> resume) {
    // Once the last has ended, what was captured goes with the coroutine that waits.
    const std::shared_ptr<Lanes> kept = shared;
    const std::size_t number = width;
    kept->all_ended = std::move(resume);
    kept->running = number;
    for (std::size_t i = 0; i < number; ++i) {
      start<bool>(lane(kept), [kept](bool) {
        if (--kept->running == 0) kept->all_ended(true);
      });
    }
  });
  co_await ended;
  co_return shared->outcome;
}

}  // namespace sdlrun::engine
