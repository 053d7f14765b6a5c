// What a Spark application that has failed means: the script's own error, without the noise of the machinery.
#pragma once

#include <optional>
#include <string>

#include "engine/error.hpp"
#include "engine/world/processes.hpp"

namespace sdlrun::stages {

struct FailedApplication {
  std::string name;          // the script's file name, or the class
  std::string report;        // what our driver has written; empty where it has not come so far
  std::string printed;       // the end of the log
  std::string requirements;  // the environment's lock file
};

engine::Error submit_failed(const FailedApplication& application, const engine::ProcessResult& result);

/// The lines without Java's stack frames and Spark's chatter.
std::string without_noise(const std::string& printed);

}  // namespace sdlrun::stages
