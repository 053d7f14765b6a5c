#include "cli/signals.hpp"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>

#include <array>
#include <cerrno>

namespace sdlrun::cli {

sigset_t SignalBlock::signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  return set;
}

SignalBlock::SignalBlock() {
  sigset_t set = signals();
  // Nobody watches for this one: a reader of the output that goes away does not end the run, only its own seeing.
  sigaddset(&set, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &set, &before_);
}

SignalBlock::~SignalBlock() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

SignalWatch::SignalWatch(OnSignal on_signal) {
  const sigset_t set = SignalBlock::signals();
  signals_ = engine::OwnedDescriptor(signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK));
  end_ = engine::OwnedDescriptor(eventfd(0, EFD_CLOEXEC));
  thread_ = std::thread([this, on_signal = std::move(on_signal)] { watch(on_signal); });
}

SignalWatch::~SignalWatch() {
  eventfd_write(end_.get(), 1);
  thread_.join();
}

void SignalWatch::watch(const OnSignal& on_signal) const {
  int count = 0;
  while (true) {
    std::array<pollfd, 2> waiting = {{{.fd = signals_.get(), .events = POLLIN, .revents = 0},
                                      {.fd = end_.get(), .events = POLLIN, .revents = 0}}};
    if (poll(waiting.data(), waiting.size(), -1) < 0 && errno != EINTR) return;
    signalfd_siginfo signal{};
    while (read(signals_.get(), &signal, sizeof signal) == sizeof signal) on_signal(static_cast<int>(signal.ssi_signo), ++count);
    if (waiting[1].revents != 0) return;
  }
}

}  // namespace sdlrun::cli
