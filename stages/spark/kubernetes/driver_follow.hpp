// Following a driver to its end: its Pods, its log, how far Spark is, and what stands in its way.
#pragma once

#include <filesystem>
#include <optional>
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
  std::string shown = {};  // stands before what the terminal shows
  /// Given up where not all executors have started by then; else the job goes on with those that it has.
  bool wants_all_executors = false;
  /// All its executors are seen: it has begun under our eyes.
  bool from_start = false;
  /// The driver's log is kept here too; empty: it is not.
  std::filesystem::path standard_output = {};
};

struct ApplicationEnd {
  std::optional<engine::Error> failure = {};  // none: it has done its work
  bool found_no_room = false;                 // that was why
};

/// An Error: it could not be followed, and goes on.
engine::Task<engine::Result<ApplicationEnd>> follow_application(kubernetes::Client& client, FollowedApplication followed);

}  // namespace sdlrun::stages::spark
