// Child processes, as the scheduler sees them. Real ones are watched by one reactor thread (pidfd, epoll).
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/world/clock.hpp"

namespace sdlrun::engine {

/// A process to start: in a process group of its own, standard input from /dev/null.
struct ProcessRequest {
  /// The program (looked up on the PATH of `environment` where it has no slash) and its arguments.
  std::vector<std::string> command = {};
  std::filesystem::path directory = {};
  /// All of it: nothing is inherited.
  std::vector<std::pair<std::string, std::string>> environment = {};
  /// Standard output and error are appended here as they come, secrets masked.
  std::filesystem::path log_file = {};
  /// Standard output alone is written here too, where it is wanted, as it is: what is read from it are values, and masking
  /// would change them. The step's own folder is the place for it.
  std::optional<std::filesystem::path> standard_output_file = {};
  /// Texts that are replaced by *** wherever they occur in output, also where a read splits them.
  std::vector<std::string> secrets = {};
  /// Called with each whole line of output (masked, at most 4 KiB of it), from the reactor's thread: must be quick.
  std::function<void(std::string_view line)> on_line = {};
  /// 0: none. Then the group gets SIGTERM, and SIGKILL after `grace`.
  Milliseconds timeout{0};
  Milliseconds grace{10'000};
  /// It may be started though all were stopped: what ends with the run is taken away by it.
  bool survives_stop = false;
};

struct ProcessResult {
  int exit_code = 0;         // where `signal` is 0
  int signal = 0;            // the signal that ended it, or 0
  bool timed_out = false;
  bool stopped = false;      // ended because ProcessHandle::stop or Processes::stop_all asked for it
  std::int64_t peak_memory_bytes = 0;
  std::chrono::nanoseconds cpu_time{0};

  /// A program that was stopped has not done its work, even where it says 0 on being asked to end.
  bool success() const { return exit_code == 0 && signal == 0 && !timed_out && !stopped; }
};

/// "exit code 3", "killed by signal 9 (SIGKILL)", "stopped after its timeout".
std::string describe(const ProcessResult& result);

using ProcessId = std::uint64_t;

class Processes {
 public:
  virtual ~Processes() = default;
  /// Starts a process; `done` is called once, from any thread, when it has ended and its group and its output are gone.
  /// A program that cannot be started is an Error that names it and says what to do.
  virtual ProcessId start(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) = 0;
  /// SIGTERM to the group of one process, SIGKILL after its grace; nothing if it has ended.
  virtual void stop(ProcessId process) = 0;
  /// The same for all, and for what is started from now on, but for what survives it: SIGTERM at once, SIGKILL after `grace` (zero: at once).
  virtual void stop_all(Milliseconds grace) = 0;
};

}  // namespace sdlrun::engine
