// Hands the signals that the guardian gets on to the engine, each once.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <csignal>
#include <map>

namespace sdlrun::engine {

class SignalForwarder {
 public:
  explicit SignalForwarder(pid_t engine) : engine_(engine) {}

  /// Those that are forwarded, and SIGCHLD. Without those that were ignored from the start (`nohup`, a script's `&`).
  static sigset_t signals_to_wait_for();

  void forward(const siginfo_t& signal);

 private:
  pid_t engine_;
  std::map<int, std::chrono::steady_clock::time_point> last_;
};

}  // namespace sdlrun::engine
