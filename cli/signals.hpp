// Ctrl-C and its like as ordinary calls: the signals are blocked in every thread, and one thread reads them from a
// descriptor, so that no work is done in a handler.
#pragma once

#include <csignal>
#include <functional>
#include <thread>

#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::cli {

/// While it lives, SIGINT, SIGTERM and SIGHUP wait, in this thread and in those that are started meanwhile.
class SignalBlock {
 public:
  SignalBlock();
  ~SignalBlock();
  SignalBlock(const SignalBlock&) = delete;
  SignalBlock& operator=(const SignalBlock&) = delete;

  static sigset_t signals();

 private:
  sigset_t before_{};
};

/// Calls `on_signal` for each of these signals, with its number and how many there have been: from a thread of its own. A SignalBlock
/// must outlive it.
class SignalWatch {
 public:
  using OnSignal = std::function<void(int signal, int count)>;
  explicit SignalWatch(OnSignal on_signal);
  ~SignalWatch();
  SignalWatch(const SignalWatch&) = delete;
  SignalWatch& operator=(const SignalWatch&) = delete;

 private:
  void watch(const OnSignal& on_signal) const;

  engine::OwnedDescriptor signals_;
  engine::OwnedDescriptor end_;
  std::thread thread_;
};

}  // namespace sdlrun::cli
