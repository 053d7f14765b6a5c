// A question that is answered by one key of the terminal, while the run goes on.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::cli {

/// Waits for one of `keys` on standard input, on a thread of its own, and calls `answered` with it; with nothing when time is up. Not at all
/// once it is cancelled or destroyed. Meanwhile the keys are ours and not echoed, and Ctrl-C comes to this process itself.
class KeyQuestion {
 public:
  /// The terminal is ours to ask: this program, not another, has its keys.
  static bool may_be_asked();

  KeyQuestion(std::string keys, std::chrono::milliseconds patience, std::function<void(std::optional<char>)> answered);
  ~KeyQuestion();
  KeyQuestion(const KeyQuestion&) = delete;
  KeyQuestion& operator=(const KeyQuestion&) = delete;
  void cancel();

 private:
  engine::OwnedDescriptor cancelled_;
  std::thread thread_;
};

}  // namespace sdlrun::cli
