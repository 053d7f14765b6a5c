#include "engine/process/guardian.hpp"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

#include "engine/process/process_table.hpp"
#include "engine/process/signal_forwarder.hpp"
#include "engine/world/real/spawn.hpp"

namespace sdlrun::engine {

namespace {

constexpr int exit_without_guardian = 3;
constexpr Milliseconds patience_with_the_unkillable{5'000};

struct Pipe {
  int read_end = -1;
  int write_end = -1;
};

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  (void)::pipe2(ends.data(), O_CLOEXEC);
  return {ends[0], ends[1]};
}

// ---- in the engine's process -------------------------------------------------------------------------------------------

/// Nobody ever writes: the read ends when the last holder of the other end, the guardian, has gone.
void end_with_guardian(int lifeline) {
  char ignored = 0;
  while (::read(lifeline, &ignored, 1) < 0 && errno == EINTR) {
  }
  const auto no_more = hold_off_spawns();  // what began after the last look at them would outlive us
  kill_descendants(::getpid(), patience_with_the_unkillable);
  ::_exit(exit_without_guardian);
}

[[noreturn]] void be_engine(const std::function<int()>& engine_main, const Pipe& lifeline, pid_t guardian,
                            const sigset_t& signals_before) {
  ::setpgid(0, 0);
  ::signal(SIGTTOU, SIG_IGN);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != guardian) ::_exit(exit_without_guardian);  // it died before we asked to be told
  ::close(lifeline.write_end);
  // The watcher keeps all signals blocked, as they are at this moment: they are for the engine's other threads.
  if (lifeline.read_end >= 0) std::thread(end_with_guardian, lifeline.read_end).detach();
  ::pthread_sigmask(SIG_SETMASK, &signals_before, nullptr);
  std::exit(engine_main());
}

// ---- in the guardian's process -----------------------------------------------------------------------------------------

/// The engine has been paused (Ctrl-Z): so are we, or the shell would wait for ever; woken, we wake it.
void pause_together(pid_t engine) {
  ::raise(SIGSTOP);
  ::kill(engine, SIGCONT);
}

/// Reaps all that has ended or paused. True with the engine's status when it was the one.
bool reap(pid_t engine, int& engine_status) {
  bool engine_ended = false;
  int status = 0;
  pid_t child = 0;
  while ((child = ::waitpid(-1, &status, WNOHANG | WUNTRACED)) > 0) {
    if (child != engine) continue;
    if (WIFSTOPPED(status)) {
      // Whoever stops it by SIGSTOP (a batch system that suspends jobs) may have stopped us too, and wake us before it: nobody would wake
      // us a second time.
      if (WSTOPSIG(status) != SIGSTOP) pause_together(engine);
    } else {
      engine_status = status;
      engine_ended = true;
    }
  }
  return engine_ended;
}

int wait_for_engine(pid_t engine, const sigset_t& signals) {
  SignalForwarder forwarder(engine);
  int status = 0;
  while (true) {
    siginfo_t signal{};
    if (::sigwaitinfo(&signals, &signal) < 0) continue;
    if (signal.si_signo != SIGCHLD) forwarder.forward(signal);
    if (signal.si_signo == SIGCHLD && reap(engine, status)) return status;
  }
}

/// Ends as the engine did, so that the shell sees "killed" where it was killed.
[[noreturn]] void end_by_signal(int signal) {
  const rlimit no_core{};
  ::setrlimit(RLIMIT_CORE, &no_core);  // the engine's own says more
  ::signal(signal, SIG_DFL);
  sigset_t only;
  ::sigemptyset(&only);
  ::sigaddset(&only, signal);
  ::raise(signal);
  ::pthread_sigmask(SIG_UNBLOCK, &only, nullptr);
  ::_exit(128 + signal);
}

/// Where the engine could not say so itself: whoever runs out of memory is killed by the kernel. Those signals that people send to end it
/// it answers in words of its own.
void say_that_it_was_killed(int signal) {
  if (signal == SIGINT || signal == SIGTERM || signal == SIGHUP || signal == SIGPIPE) return;
  constexpr std::string_view show_cursor = "\033[?25h";
  std::string text = ::isatty(STDERR_FILENO) != 0 ? std::string(show_cursor) : std::string();
  text += "error: sdlrun was ended by signal " + std::to_string(signal) + (signal == SIGKILL ? " (SIGKILL)" : "") + "; what was recorded stays\n";
  text += signal == SIGKILL ? "hint: run the same command again to go on; `dmesg` tells whether memory ran out\n" : "hint: run the same command again to go on\n";
  static_cast<void>(::write(STDERR_FILENO, text.data(), text.size()) > 0);
}

int be_guardian(pid_t engine, const Pipe& lifeline, const sigset_t& signals, const sigset_t& signals_before) {
  ::setpgid(engine, engine);  // both sides do it, so that it is done before either goes on
  ::close(lifeline.read_end);
  const int status = wait_for_engine(engine, signals);
  kill_descendants(::getpid(), patience_with_the_unkillable);
  if (WIFSIGNALED(status)) {
    say_that_it_was_killed(WTERMSIG(status));
    end_by_signal(WTERMSIG(status));
  }
  ::pthread_sigmask(SIG_SETMASK, &signals_before, nullptr);
  return WEXITSTATUS(status);
}

}  // namespace

int run_guarded(const std::function<int()>& engine_main) {
  std::fflush(nullptr);         // what is buffered would be written twice
  ::signal(SIGCHLD, SIG_DFL);   // ignored, as some parents leave it, children could not be waited for
  const sigset_t signals = SignalForwarder::signals_to_wait_for();
  sigset_t before;
  ::pthread_sigmask(SIG_BLOCK, &signals, &before);
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const Pipe lifeline = make_pipe();
  const pid_t guardian = ::getpid();
  const pid_t engine = ::fork();
  if (engine == 0) be_engine(engine_main, lifeline, guardian, before);
  if (engine > 0) return be_guardian(engine, lifeline, signals, before);
  ::close(lifeline.read_end);
  ::close(lifeline.write_end);
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return engine_main();
}

}  // namespace sdlrun::engine
