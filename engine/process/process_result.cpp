#include <csignal>
#include <cstring>

#include "engine/world/processes.hpp"

namespace sdlrun::engine {

namespace {

std::string signal_text(int signal) {
  const char* name = ::sigabbrev_np(signal);
  const std::string number = "signal " + std::to_string(signal);
  return name == nullptr ? number : number + " (SIG" + name + ")";
}

}  // namespace

std::string describe(const ProcessResult& result) {
  if (result.timed_out) return "stopped after its timeout";
  if (result.stopped) return "stopped";
  if (result.signal != 0) return "killed by " + signal_text(result.signal);
  return "exit code " + std::to_string(result.exit_code);
}

}  // namespace sdlrun::engine
