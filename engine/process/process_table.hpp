// The processes of this machine, as /proc lists them: who is whose child, and who is left.
#pragma once

#include <sys/types.h>

#include <vector>

#include "engine/world/clock.hpp"

namespace sdlrun::engine {

struct ProcessEntry {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t group = 0;
  pid_t session = 0;
  bool is_alive = false;  // false: it has ended and waits to be reaped
};

/// A snapshot; processes that begin or end meanwhile may be missing.
std::vector<ProcessEntry> read_process_table();

/// The living ones below `root`, whatever their group or session.
std::vector<pid_t> living_descendants(const std::vector<ProcessEntry>& table, pid_t root);

/// The living ones of a session or process group that a process led.
std::vector<ProcessEntry> living_members(const std::vector<ProcessEntry>& table, pid_t leader);

/// Kills everything below `root`, again and again until nothing is left or `patience` is over (a process that waits for a
/// dead disk cannot be killed), but for services. True if nothing else is left. Orphans count as descendants only of a subreaper.
bool kill_descendants(pid_t root, Milliseconds patience);

}  // namespace sdlrun::engine
