// Starts one program as a child process, and says why where that is not possible.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "engine/error.hpp"
#include "engine/world/real/owned_descriptor.hpp"

namespace sdlrun::engine {

struct SpawnRequest {
  /// The program (looked up on the PATH of `environment` where it has no slash) and its arguments.
  const std::vector<std::string>& command;
  const std::filesystem::path& directory;
  const std::vector<std::pair<std::string, std::string>>& environment;
  int standard_input = -1;
  int standard_output = -1;
  int standard_error = -1;
  /// How many files the child may have open: what this process had before it raised its own limit.
  std::uint64_t open_files = 0;
  bool outlives_us = false;
};

struct SpawnedProcess {
  pid_t pid = 0;
  OwnedDescriptor pidfd;
};

/// The child leads a session and process group of its own (so it cannot ask on the user's terminal), has no other
/// descriptors than the three, default signal handling, and is killed when the calling THREAD ends, unless it is to outlive
/// us: call it from a thread that lives as long as the engine.
Result<SpawnedProcess> spawn(const SpawnRequest& request);

/// No program begins while this is held: for whoever ends this process, and all that it has begun.
std::unique_lock<std::mutex> hold_off_spawns();

}  // namespace sdlrun::engine
