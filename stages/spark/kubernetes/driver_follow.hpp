// Following a driver to its end: its Pods, its log, how far Spark is, and what stands in its way.
#pragma once

#include <filesystem>
#include <string>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::spark {

struct FollowedApplication {
  std::string name = {};   // of the job
  std::string space = {};
  std::string selector = {};     // the label `spark-app-selector` of its Pods
  std::string application = {};  // for messages
  std::string wanted_executors = {};
  bool is_dynamic = false;  // it takes executors and gives them back as it needs them
  engine::Milliseconds start_timeout{0};
  /// The driver's log is kept here too; empty: it is not.
  std::filesystem::path standard_output = {};
};

/// An Error: it could not be followed, and goes on.
engine::Task<engine::Result<engine::OutsideEnd>> follow_application(kubernetes::Client& client, FollowedApplication followed);

}  // namespace sdlrun::stages::spark
