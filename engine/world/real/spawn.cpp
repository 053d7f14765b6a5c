#include "engine/world/real/spawn.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <memory>
#include <mutex>

#include "engine/world/real/spawn_program.hpp"

// The child runs on the parent's memory until it is the new program: what the sanitizers would write down there is wrong.
#define SDLRUN_CHILD_CODE __attribute__((no_sanitize("address", "thread", "undefined")))

namespace sdlrun::engine {

namespace {

/// What the child tells, in memory that both have.
struct ChildReport {
  int failure = 0;
  bool failed_at_directory = false;
};

#ifdef __SANITIZE_THREAD__
// ThreadSanitizer takes any clone for a fork, and would change its notes on the parent, which a child on the same memory
// has before it, into those of a child: from then on it would know nothing of that thread. So memory is copied there.
constexpr int shared_memory = 0;
using SharedReport = std::unique_ptr<ChildReport, decltype([](ChildReport* report) { ::munmap(report, sizeof(ChildReport)); })>;
SharedReport make_report() {
  void* place = ::mmap(nullptr, sizeof(ChildReport), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return SharedReport(place == MAP_FAILED ? nullptr : new (place) ChildReport);
}
#else
constexpr int shared_memory = CLONE_VM;
std::unique_ptr<ChildReport> make_report() { return std::make_unique<ChildReport>(); }
#endif

/// Everything the child needs, made beforehand: it may not allocate.
struct ChildPlan {
  const char* program = nullptr;
  const char* directory = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  std::array<int, 3> descriptors{};
  rlimit open_files{};
  pid_t parent = 0;
  bool outlives_us = false;
  ChildReport* report = nullptr;
};

/// Of the whole process, as its end is.
std::mutex& spawning() {
  static std::mutex mutex;
  return mutex;
}

std::vector<char*> null_terminated(std::vector<std::string>& texts) {
  std::vector<char*> result;
  result.reserve(texts.size() + 1);
  for (std::string& text : texts) result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// Handlers would run in the child on the parent's memory. What is ignored would stay so, which only SIGHUP is to
/// (`nohup sdlrun …`).
SDLRUN_CHILD_CODE void restore_signals() {
  for (int signal = 1; signal < NSIG; ++signal) {
    struct sigaction action {};
    if (::sigaction(signal, nullptr, &action) != 0 || action.sa_handler == SIG_DFL) continue;
    if (signal == SIGHUP && action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = SIG_DFL;
    ::sigaction(signal, &action, nullptr);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

SDLRUN_CHILD_CODE int run_child(void* argument) {
  auto& plan = *static_cast<ChildPlan*>(argument);
  ::setsid();
  if (!plan.outlives_us) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);  // it died before we asked to be told
  }
  for (int target = 0; target < 3; ++target) ::dup2(plan.descriptors[static_cast<std::size_t>(target)], target);
  ::close_range(3, ~0U, 0);  // what this process has inherited itself would reach the child too
  ::setrlimit(RLIMIT_NOFILE, &plan.open_files);
  plan.report->failed_at_directory = ::chdir(plan.directory) != 0;
  if (!plan.report->failed_at_directory) {
    restore_signals();
    ::execve(plan.program, plan.arguments, plan.environment);
  }
  plan.report->failure = errno;
  ::_exit(127);
}

rlimit child_limit(std::uint64_t open_files) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  if (open_files > 0) limit.rlim_cur = std::min<rlim_t>(open_files, limit.rlim_max);
  return limit;
}

/// vfork's way (the parent's thread waits until the child is the new program), with a stack of its own for the child and
/// a pidfd from the same call.
Result<SpawnedProcess> clone_child(ChildPlan& plan, const std::filesystem::path& directory) {
  constexpr std::size_t stack_size = 64 * 1024;
  const auto stack = std::make_unique_for_overwrite<char[]>(stack_size);
  const std::lock_guard lock(spawning());
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const auto report = make_report();
  plan.report = report.get();
  int pidfd = -1;
  const pid_t pid = ::clone(&run_child, stack.get() + stack_size, shared_memory | CLONE_VFORK | CLONE_PIDFD | SIGCHLD, &plan, &pidfd);
  const int clone_error = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return tl::unexpected(explain_start_failure(clone_error, false, plan.program, directory));
  SpawnedProcess child{pid, OwnedDescriptor(pidfd)};
  if (report->failure == 0) return child;
  ::waitpid(pid, nullptr, 0);
  return tl::unexpected(explain_start_failure(report->failure, report->failed_at_directory, plan.program, directory));
}

Result<void> check_texts(const SpawnRequest& request) {
  if (request.command.empty() || request.command[0].empty()) {
    return failure("cannot start a command without a program", "the first word of a command is the program to run");
  }
  const auto has_nul = [](const std::string& text) { return text.find('\0') != std::string::npos; };
  if (std::any_of(request.command.begin(), request.command.end(), has_nul)) {
    return failure("cannot start `" + request.command[0].substr(0, request.command[0].find('\0')) + "`: a word of the command holds a NUL character",
                   "programs cannot be given one: hand it over in a file");
  }
  for (const auto& [name, value] : request.environment) {
    if (has_nul(value)) return failure("the environment variable `" + name + "` holds a NUL character", "programs cannot be given one");
  }
  return {};
}

}  // namespace

std::unique_lock<std::mutex> hold_off_spawns() { return std::unique_lock(spawning()); }

Result<SpawnedProcess> spawn(const SpawnRequest& request) {
  if (auto checked = check_texts(request); !checked) return tl::unexpected(checked.error());
  const auto program = find_program(request.command[0], request.environment, request.directory);
  if (!program) return tl::unexpected(program.error());
  std::vector<std::string> arguments = request.command;
  std::vector<std::string> environment;
  environment.reserve(request.environment.size());
  for (const auto& [name, value] : request.environment) environment.push_back(name + '=' + value);
  const auto argument_pointers = null_terminated(arguments);
  const auto environment_pointers = null_terminated(environment);
  ChildPlan plan{.program = program->c_str(),
                 .directory = request.directory.empty() ? "." : request.directory.c_str(),
                 .arguments = argument_pointers.data(),
                 .environment = environment_pointers.data(),
                 .descriptors = {request.standard_input, request.standard_output, request.standard_error},
                 .open_files = child_limit(request.open_files),
                 .parent = ::getpid(),
                 .outlives_us = request.outlives_us};
  return clone_child(plan, request.directory);
}

}  // namespace sdlrun::engine
