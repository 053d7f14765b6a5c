// Does something again and again, on a thread of its own, until it is destroyed.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

namespace sdlrun::cli {

class Ticker {
 public:
  Ticker(std::chrono::milliseconds interval, std::function<void()> action)
      : thread_([this, interval, action = std::move(action)](const std::stop_token& stop) {
          std::unique_lock lock(mutex_);
          while (!wake_.wait_for(lock, stop, interval, [&] { return stop.stop_requested(); })) action();
        }) {}

 private:
  std::mutex mutex_;
  std::condition_variable_any wake_;
  std::jthread thread_;
};

}  // namespace sdlrun::cli
