#include "engine/process/signal_forwarder.hpp"

#include <initializer_list>

namespace sdlrun::engine {

namespace {

constexpr auto forwarded = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH, SIGUSR1, SIGUSR2};
/// `timeout` and shells send a signal to the process and then to its group: that is meant once.
constexpr std::chrono::milliseconds same_intention{100};

/// Whether a second one means more than the first: "at once". The others may come as they like.
bool counts(int signal) { return signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGQUIT; }

bool is_ignored(int signal) {
  struct sigaction action {};
  return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

sigset_t SignalForwarder::signals_to_wait_for() {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, SIGCHLD);
  for (const int signal : forwarded) {
    if (!is_ignored(signal)) ::sigaddset(&signals, signal);
  }
  return signals;
}

void SignalForwarder::forward(const siginfo_t& signal) {
  const auto now = std::chrono::steady_clock::now();
  const auto previous = last_.find(signal.si_signo);
  const bool repeats = previous != last_.end() && now - previous->second < same_intention;
  last_[signal.si_signo] = now;
  if (repeats && counts(signal.si_signo)) return;
  ::kill(engine_, signal.si_signo);
}

}  // namespace sdlrun::engine
