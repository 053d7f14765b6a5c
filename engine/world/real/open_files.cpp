#include "engine/world/real/open_files.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <string>
#include <utility>

namespace sdlrun::engine {

namespace {

/// The state, the journal, the log and threads that wait take about twenty, files that are digested and connections some more.
constexpr rlim_t fewest = 64;
constexpr rlim_t least_for_ourselves = 256, most_for_ourselves = 4096;

}  // namespace

OpenFiles raise_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  const rlim_t before = std::exchange(limit.rlim_cur, limit.rlim_max);
  ::setrlimit(RLIMIT_NOFILE, &limit);
  const rlim_t ours = std::min(limit.rlim_cur - limit.rlim_cur / 4, std::clamp(limit.rlim_cur / 64, least_for_ourselves, most_for_ourselves));
  return {.before = before, .for_processes = limit.rlim_cur - ours, .for_logs = ours / 4};
}

Result<void> check_open_files_limit() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_max >= fewest) return {};
  return failure("only " + std::to_string(limit.rlim_max) + " files may be open at once here, and a run needs " + std::to_string(fewest),
                 "raise the limit: `ulimit -n 1024`, or where the shell may not, as root or in /etc/security/limits.conf");
}

}  // namespace sdlrun::engine
