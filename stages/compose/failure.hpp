// What Compose prints when it fails, made an error that says what is at fault and what to do.
#pragma once

#include <string>
#include <string_view>

#include "engine/error.hpp"

namespace sdlrun::stages::compose {

struct FailedRun {
  std::string shown;    // "docker compose up"
  std::string how;      // "exit code 1"
  std::string printed;  // its last lines
  std::string file;
  std::string project;
  std::string service = {};  // the one at fault, where that is known
};

engine::Error error_of(const FailedRun& run);

/// The service that the last of these lines are about; empty where they name none.
std::string service_at_fault(std::string_view printed, const std::string& project);

}  // namespace sdlrun::stages::compose
