// Processes that only seem to run: programs as data, on virtual time.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/world/fake/fake_clock.hpp"
#include "engine/world/files.hpp"
#include "engine/world/processes.hpp"

namespace sdlrun::engine {

/// What a program does when it is run.
struct FakeProgram {
  Milliseconds duration{0};
  int exit_code = 0;
  int signal = 0;
  /// Written to standard output when it ends, one line each.
  std::vector<std::string> output = {};
  /// Files it leaves, relative to its folder, and their content; written when it ends by itself.
  std::vector<std::pair<std::string, std::string>> files = {};
  /// Anything else it does when it ends by itself.
  std::function<void(const ProcessRequest&)> effect = {};
  /// It goes on when asked to end, until it is killed.
  bool ignores_termination = false;
};

/// Thread-safe. `done` is called from the thread that advances the clock.
class FakeProcesses final : public Processes {
 public:
  FakeProcesses(FakeClock& clock, Files& files) : clock_(clock), files_(files) {}

  /// What commands that begin with these words do; the longest beginning wins. Said several times for the same words,
  /// each run takes the next and the last one stays: "fails twice, then works".
  void on(std::vector<std::string> words, FakeProgram program);
  /// All requests so far, in order.
  std::vector<ProcessRequest> started() const;
  std::size_t running() const;
  std::size_t most_at_once() const;

  ProcessId start(ProcessRequest request, std::function<void(Result<ProcessResult>)> done) override;
  void stop(ProcessId process) override;
  void stop_all(Milliseconds grace) override;

 private:
  struct Running {
    ProcessRequest request;
    FakeProgram program;
    std::function<void(Result<ProcessResult>)> done;
    ProcessResult result;
  };

  // These expect `mutex_` to be held.
  std::optional<FakeProgram> next_program(std::vector<std::string> command);
  void terminate(ProcessId process, Running& running, Milliseconds grace);

  void end_by_itself(ProcessId process);
  void end_by_signal(ProcessId process, int signal);
  void time_out(ProcessId process);
  std::optional<Running> take(ProcessId process);

  FakeClock& clock_;
  Files& files_;
  mutable std::mutex mutex_;
  std::map<std::vector<std::string>, std::deque<FakeProgram>> programs_;
  std::map<ProcessId, Running> running_;
  std::vector<ProcessRequest> started_;
  ProcessId next_ = 1;
  std::size_t most_at_once_ = 0;
  bool stopping_ = false;
};

}  // namespace sdlrun::engine
