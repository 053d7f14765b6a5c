#include "stages/kubernetes/pods/pod_following.hpp"

#include "engine/task/lanes.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

constexpr engine::Milliseconds look_interval{500};
constexpr engine::Milliseconds log_pause{500};

}  // namespace

Task<Result<bool>> PodFollowing::run() {
  Task<Result<bool>> lanes = engine::in_lanes(3, 3, [this](std::size_t lane) { return lane == 0 ? watch_pods() : lane == 1 ? copy_log() : look_now_and_then(); });
  co_return co_await lanes;
}

void PodFollowing::give_up() {
  *stop_ = true;
  lanes_.pods->stop();
}

Task<Result<bool>> PodFollowing::watch_pods() {
  Task<Result<bool>> watching = watch(client_, lanes_.watched, lanes_.pods);
  Result<bool> ended = co_await watching;
  is_over_ = true;
  co_return ended ? Result<bool>(true) : ended;
}

Task<Result<bool>> PodFollowing::copy_log() {
  constexpr int most_vain_attempts = 8;
  int vain_attempts = 0;
  const auto over = [this] { return is_over_.load() || client_.step().stopping(); };
  while (true) {
    const bool is_last_time = over();
    FollowedLog log = lanes_.log();
    if ((log.has_begun || log.has_ended) && !*stop_) {
      // What is asked of it may be asked after this coroutine has gone: it owns what it asks.
      Task<Result<bool>> following = follow_log(client_, std::move(log.container), lines_, [stop = stop_] { return !stop->load(); });
      const Result<bool> followed = co_await following;
      if (!followed) co_return followed;
      // Its last words are still there when the node, or the way to it, is well again.
      if (log.has_ended && !*followed && ++vain_attempts < most_vain_attempts && !client_.step().stopping()) {
        Task<bool> sleeping = client_.step().sleep(log_pause * vain_attempts);
        co_await sleeping;
        continue;
      }
    }
    if (is_last_time || log.has_ended) co_return true;
    Task<bool> sleeping = client_.step().sleep(over() ? engine::Milliseconds(1) : log_pause);
    co_await sleeping;
  }
}

Task<Result<bool>> PodFollowing::look_now_and_then() {
  while (!is_over_ && !*stop_ && !client_.step().stopping()) {
    Task<bool> sleeping = client_.step().sleep(look_interval);
    co_await sleeping;
    Task<bool> looking = lanes_.look();
    co_await looking;
  }
  if (client_.step().stopping()) give_up();
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
