// Long work that computes: on a thread of its own. The engine's workers are few, and every other step waits for them.
#pragma once

#include <functional>
#include <utility>

#include "engine/task/task.hpp"
#include "engine/world/real/reactor.hpp"

namespace sdlrun::stages::image {

/// Awaits what `work` gives. What it refers to outlives it, as the step waits.
template <typename T>
engine::Task<T> aside(std::function<T()> work) {
  engine::CallbackAwaiter<T> done([work = std::move(work)](std::function<void(T)> resume) {
    engine::start_quiet_thread([work, resume = std::move(resume)] { resume(work()); }).detach();
  });
  co_return co_await done;
}

}  // namespace sdlrun::stages::image
