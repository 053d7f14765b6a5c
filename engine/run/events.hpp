// Hands events on, one at a time, whichever threads they come from.
#pragma once

#include <mutex>

#include "engine/run/event.hpp"

namespace sdlrun::engine {

class Events {
 public:
  explicit Events(const EventSink& sink) : sink_(sink) {}

  void emit(const Event& event) {
    if (!sink_) return;
    const std::lock_guard lock(mutex_);
    sink_(event);
  }

 private:
  const EventSink& sink_;
  std::mutex mutex_;
};

}  // namespace sdlrun::engine
