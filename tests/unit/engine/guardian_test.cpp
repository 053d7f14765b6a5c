// The guardian: however the engine or the guardian itself ends, nothing is left behind.
#include "engine/process/guardian.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <vector>

#include "tests/unit/engine/process_fixtures.hpp"
#include "tests/unit/thread_sanitizer.hpp"

namespace {

bool is_forked = false;

}  // namespace

/// Asked by the leak checker at the end of a process. One that was forked has none of the other threads of this program, such as
/// TBB's workers after other tests, and what those hold would count as lost.
extern "C" int __lsan_is_turned_off() { return is_forked ? 1 : 0; }

namespace sdlrun::engine {

namespace {

/// A step as nasty as can be: it ignores SIGTERM, and leaves a child, one of another group and a daemon of another session.
constexpr const char* nasty_step = R"(
  trap '' TERM
  sleep 1000 & echo $! > child
  timeout 1000 sh -c 'echo $$ > grouped; exec sleep 1000' &
  (setsid sh -c 'echo $$ > daemon; exec sleep 1000' &)
  echo $$ > step
  while :; do sleep 0.01; done
)";

class GuardedRun {
 public:
  /// Forks a guardian (and it an engine) that runs `engine_main` in the folder.
  explicit GuardedRun(const std::function<int()>& engine_main) {
    std::fflush(nullptr);  // or the child prints it too
    guardian_ = ::fork();
    if (guardian_ != 0) return;
    is_forked = true;
    // What the test is killed by must not leave this behind.
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    std::filesystem::current_path(folder_.path());
    ::_exit(run_guarded(engine_main));
  }

  const TestFolder& folder() const { return folder_; }
  pid_t guardian() const { return guardian_; }
  int pid(const std::string& name) const { return number_in(folder_ / name); }
  int wait() const {
    int status = 0;
    ::waitpid(guardian_, &status, 0);
    return status;
  }

 private:
  TestFolder folder_;
  pid_t guardian_ = 0;
};

void write_number(const std::string& name, int number) {
  const std::string temporary = name + ".new";
  std::ofstream(temporary) << number << '\n';
  std::filesystem::rename(temporary, name);
}

/// Starts the nasty step and waits until all of it is there; then goes on with `rest`.
int engine_with_nasty_step(const std::function<int()>& rest) {
  RealWorld world(call_directly());
  world.world().processes.start({.command = {"sh", "-c", nasty_step}, .environment = {{"PATH", "/usr/bin:/bin"}}}, [](const Result<ProcessResult>&) {});
  for (const char* name : {"child", "grouped", "daemon", "step"}) number_in(name);
  write_number("engine", ::getpid());
  return rest();
}

int sleep_for_ever() {
  while (true) ::pause();
}

std::vector<int> pids_of(const GuardedRun& run) {
  return {run.pid("child"), run.pid("grouped"), run.pid("daemon"), run.pid("step"), run.pid("engine")};
}

void check_all_gone(const std::vector<int>& pids) {
  for (const int pid : pids) {
    CAPTURE(pid);
    CHECK_FALSE(is_alive(pid));
  }
}

}  // namespace

TEST_CASE("the guardian ends with the engine's exit code" * doctest::skip(is_thread_sanitizer)) {
  CHECK(WEXITSTATUS(GuardedRun([] { return 0; }).wait()) == 0);
  CHECK(WEXITSTATUS(GuardedRun([] { return 7; }).wait()) == 7);
}

TEST_CASE("the guardian ends by the signal that ended the engine" * doctest::skip(is_thread_sanitizer)) {
  const int status = GuardedRun([]() -> int {
    const rlimit no_core{};
    ::setrlimit(RLIMIT_CORE, &no_core);
    std::signal(SIGABRT, SIG_DFL);
    std::abort();
  }).wait();
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGABRT);
}

TEST_CASE("an engine that ends leaves nothing behind, no daemon either" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return engine_with_nasty_step([] { return 5; }); });
  const auto pids = pids_of(run);
  CHECK(WEXITSTATUS(run.wait()) == 5);
  check_all_gone(pids);
}

TEST_CASE("an engine that forgets to stop its steps leaves nothing behind" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return engine_with_nasty_step([]() -> int { ::_exit(6); }); });
  const auto pids = pids_of(run);
  CHECK(WEXITSTATUS(run.wait()) == 6);
  check_all_gone(pids);
}

TEST_CASE("an engine that is killed leaves nothing behind" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return engine_with_nasty_step(sleep_for_ever); });
  const auto pids = pids_of(run);
  ::kill(run.pid("engine"), SIGKILL);
  const int status = run.wait();
  REQUIRE(WIFSIGNALED(status));
  CHECK(WTERMSIG(status) == SIGKILL);
  check_all_gone(pids);
}

TEST_CASE("a guardian that is killed takes the engine and all below it with it" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] {
    ::signal(SIGTERM, SIG_IGN);  // an engine that is busy does not end by itself
    return engine_with_nasty_step(sleep_for_ever);
  });
  const auto pids = pids_of(run);
  ::kill(run.guardian(), SIGKILL);
  run.wait();
  wait_until([&] { return !is_alive(pids.back()); });
  check_all_gone(pids);
}

TEST_CASE("when its world ends an engine has no daemon left, and its guardian need not end any" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] {
    {
      RealWorld world(call_directly());
      const char* begin_daemon = "setsid sh -c 'echo $$ > daemon; exec sleep 1000' > /dev/null 2>&1 & while ! test -s daemon; do sleep 0.01; done";
      if (!sdlrun::engine::run(world.world().processes, {.command = {"sh", "-c", begin_daemon}, .environment = {{"PATH", "/usr/bin:/bin"}}, .log_file = "log"})) return 1;
      if (!is_alive(number_in("daemon"))) return 2;
    }
    return is_alive(number_in("daemon")) ? 3 : 0;
  });
  CHECK(WEXITSTATUS(run.wait()) == 0);
}

namespace {

/// Counts what it gets of one signal until SIGUSR2 comes, and ends with the count.
int count_signals(int counted) {
  sigset_t signals;
  ::sigemptyset(&signals);
  ::sigaddset(&signals, counted);
  ::sigaddset(&signals, SIGUSR2);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  write_number("ready", ::getpid());
  int count = 0;
  while (true) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal == SIGUSR2) return count;
    ++count;
    write_number("count", count);
  }
}

}  // namespace

TEST_CASE("a signal that the whole group gets reaches the engine once" * doctest::skip(is_thread_sanitizer)) {
  int count = 0;
  for (int attempt = 0; attempt < 5 && count != 1; ++attempt) {  // one of us may be held up between the two
    const GuardedRun run([] {
      // The terminal and shells signal the guardian's whole group.
      return count_signals(SIGINT);
    });
    const int engine = run.pid("ready");
    CHECK(::getpgid(engine) == engine);
    ::kill(run.guardian(), SIGINT);
    ::kill(run.guardian(), SIGINT);  // as `timeout` does: to the process, and to its group
    run.pid("count");
    ::kill(run.guardian(), SIGUSR2);
    count = WEXITSTATUS(run.wait());
  }
  CHECK(count == 1);
}

TEST_CASE("a second signal after a while reaches the engine too: at once is meant" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return count_signals(SIGTERM); });
  run.pid("ready");
  ::kill(run.guardian(), SIGTERM);
  run.pid("count");
  std::this_thread::sleep_for(std::chrono::milliseconds(150));
  ::kill(run.guardian(), SIGTERM);
  wait_until([&] { return content_of(run.folder() / "count") == "2\n"; });
  ::kill(run.guardian(), SIGUSR2);
  CHECK(WEXITSTATUS(run.wait()) == 2);
}

TEST_CASE("an engine that is paused pauses the guardian, and wakes with it" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return count_signals(SIGINT); });
  run.pid("ready");
  ::kill(run.guardian(), SIGTSTP);
  int status = 0;
  REQUIRE(::waitpid(run.guardian(), &status, WUNTRACED) == run.guardian());
  CHECK(WIFSTOPPED(status));
  ::kill(run.guardian(), SIGCONT);
  ::kill(run.guardian(), SIGUSR2);
  CHECK(WEXITSTATUS(run.wait()) == 0);
}

TEST_CASE("all that are stopped one by one, as by a batch system, go on when they are woken one by one" * doctest::skip(is_thread_sanitizer)) {
  const GuardedRun run([] { return count_signals(SIGINT); });
  const int engine = run.pid("ready");
  ::kill(run.guardian(), SIGSTOP);
  int status = 0;
  REQUIRE(::waitpid(run.guardian(), &status, WUNTRACED) == run.guardian());
  ::kill(engine, SIGSTOP);
  const auto is_stopped = [&] { return content_of("/proc/" + std::to_string(engine) + "/stat").find(") T ") != std::string::npos; };
  wait_until(is_stopped);
  ::kill(run.guardian(), SIGCONT);
  wait_until([&] { return !is_stopped(); });  // it hands on that it was woken, and does not stop again
  ::kill(run.guardian(), SIGUSR2);
  CHECK(WEXITSTATUS(run.wait()) == 0);
}

}  // namespace sdlrun::engine
