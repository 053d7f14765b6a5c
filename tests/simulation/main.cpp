// Whole lives of engines on virtual time, each from one number: the real scheduler, cache, journal and database on a
// world of fakes that crash, fill up, hang and lose answers.
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "simulation.hpp"

namespace sdlrun::simulation {

namespace {

constexpr std::string_view usage =
    "usage: simulation --seeds FIRST..LAST [--jobs N] [--keep-on] | --seed N\n"
    "  --seeds FIRST..LAST  simulates these, and stops at the first that violates something\n"
    "  --jobs N             in so many processes (as many as there are processors)\n"
    "  --keep-on            does not stop there\n"
    "  --seed N             simulates one and prints its trace\n";

struct Request {
  std::uint64_t first = 1;
  std::uint64_t last = 0;
  std::uint64_t jobs = std::max(1u, std::thread::hardware_concurrency());
  bool shows_trace = false;
  bool keeps_on = false;
};

std::optional<std::uint64_t> number(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Request> request_of(const std::vector<std::string_view>& words) {
  Request request;
  bool has_seeds = false;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (words[i] == "--keep-on") {
      request.keeps_on = true;
      continue;
    }
    if (i + 1 == words.size()) return std::nullopt;
    const std::string_view option = words[i], range = words[++i];
    if (option == "--jobs" && number(range).value_or(0) > 0) {
      request.jobs = *number(range);
      continue;
    }
    if (option != "--seed" && option != "--seeds") return std::nullopt;
    request.shows_trace = option == "--seed";
    const std::size_t dots = range.find("..");
    const auto first = number(range.substr(0, dots));
    const auto last = dots == std::string_view::npos ? first : number(range.substr(dots + 2));
    if (!first || !last || *last < *first) return std::nullopt;
    request.first = *first;
    request.last = *last;
    has_seeds = true;
  }
  return has_seeds ? std::optional(request) : std::nullopt;
}

std::string replay_command(std::uint64_t seed) { return "build/dev/tests/simulation/simulation --seed " + std::to_string(seed); }

/// Ends the program when one seed takes too long: a thread waits that nobody wakes.
class Watchdog {
 public:
  Watchdog() : thread_([this] { watch(); }) {}
  ~Watchdog() {
    begin(std::nullopt);
    thread_.join();
  }
  Watchdog(const Watchdog&) = delete;
  Watchdog& operator=(const Watchdog&) = delete;

  void begin(std::optional<std::uint64_t> seed) {
    const std::lock_guard lock(mutex_);
    seed_ = seed;
    has_begun_ = true;
    changed_.notify_all();
  }

 private:
  void watch() {
    constexpr auto patience = std::chrono::minutes(2);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return has_begun_; });
    while (seed_) {
      const std::uint64_t watched = *seed_;
      if (changed_.wait_for(lock, patience, [&] { return seed_ != watched; })) continue;
      std::cout << "seed " << watched << ": hangs\n  replay: " << replay_command(watched) << std::endl;
      std::_Exit(1);
    }
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::uint64_t> seed_;
  bool has_begun_ = false;
  std::thread thread_;
};

/// What each process is at, for who waits for them: one that crashes says nothing any more.
class SeedsInWork {
 public:
  explicit SeedsInWork(std::size_t processes) : size_(processes * sizeof(std::uint64_t)) {
    void* const memory = ::mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) std::abort();
    seeds_ = static_cast<std::uint64_t*>(memory);
  }
  ~SeedsInWork() { ::munmap(seeds_, size_); }
  SeedsInWork(const SeedsInWork&) = delete;
  SeedsInWork& operator=(const SeedsInWork&) = delete;
  std::uint64_t& operator[](std::size_t process) { return seeds_[process]; }

 private:
  std::size_t size_;
  std::uint64_t* seeds_;
};

class Folder {
 public:
  Folder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "sdlrun-simulation-XXXXXX").string();
    path = ::mkdtemp(pattern.data());
  }
  ~Folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  std::filesystem::path path;
};

void report(std::uint64_t seed, const Findings& findings) {
  std::cout << "seed " << seed << '\n';
  for (const std::string& violation : findings.violations()) std::cout << "  violated: " << violation << '\n';
  std::cout << "  replay, with a trace: " << replay_command(seed) << std::endl;
}

/// Now and then a seed is simulated twice: it is to give the same, or it could not be replayed.
bool gives_the_same(std::uint64_t seed, const Findings& findings, const std::filesystem::path& folder) {
  constexpr std::uint64_t one_in = 50;
  if (seed % one_in != 0 || simulate(seed, folder).story() == findings.story()) return true;
  std::cout << "seed " << seed << ": gives something else the second time\n";
  return false;
}

/// One of `request.jobs` processes: the seeds from `first` on that are its share. Gives whether all are clean.
bool run_share(const Request& request, std::uint64_t first, std::uint64_t& in_work) {
  const Folder folder;
  Watchdog watchdog;
  bool all_clean = true;
  for (std::uint64_t seed = first; seed <= request.last; seed += request.jobs) {
    watchdog.begin(seed);
    in_work = seed;
    const Findings findings = simulate(seed, folder.path);
    if (request.shows_trace) std::cout << findings.trace();
    const bool is_clean = findings.violations().empty();
    if (!is_clean) report(seed, findings);
    if (is_clean && gives_the_same(seed, findings, folder.path)) continue;
    all_clean = false;
    if (!request.keeps_on) break;
  }
  return all_clean;
}

int run(Request request) {
  request.jobs = std::min(request.jobs, request.last - request.first + 1);
  SeedsInWork seeds(request.jobs);
  std::vector<pid_t> processes;
  for (std::uint64_t share = 0; share < request.jobs; ++share) {
    processes.push_back(::fork());
    if (processes.back() != 0) continue;
    const bool all_clean = run_share(request, request.first + share, seeds[share]);
    std::cout.flush();
    std::_Exit(all_clean ? 0 : 1);
  }
  bool all_clean = true;
  for (std::size_t share = 0; share < processes.size(); ++share) {
    int status = 0;
    ::waitpid(processes[share], &status, 0);
    all_clean = all_clean && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    if (!WIFSIGNALED(status)) continue;
    std::cout << "seed " << seeds[share] << ": crashes (signal " << WTERMSIG(status) << ")\n";
    std::cout << "  replay, with a trace: " << replay_command(seeds[share]) << '\n';
  }
  std::cout << "seeds " << request.first << ".." << request.last << (all_clean ? ": clean" : ": not clean") << '\n';
  return all_clean ? 0 : 1;
}

}  // namespace

}  // namespace sdlrun::simulation

int main(int argument_count, char** arguments) {
  const auto request = sdlrun::simulation::request_of({arguments + 1, arguments + argument_count});
  if (request) return sdlrun::simulation::run(*request);
  std::cerr << sdlrun::simulation::usage;
  return 2;
}
