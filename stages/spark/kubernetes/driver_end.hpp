// What a driver's end on Kubernetes means. spark-submit's own exit code is 0 also for a job that has failed: the driver's container says how it was.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/error.hpp"
#include "stages/spark/kubernetes/application_pods.hpp"
#include "stages/spark/kubernetes/driver_follow.hpp"

namespace sdlrun::stages::spark {

struct DriverEnd {
  std::optional<engine::Error> failure = {};  // none: it has done its work
  std::vector<std::string> warnings = {};
};

/// The ends of logs.
struct JobWords {
  std::string driver = {};
  std::string executors = {};  // of those that failed
  std::optional<engine::Error> refused_executor = {};
};
DriverEnd driver_end(const PodsSeen& pods, const FollowedApplication& followed, const JobWords& words);

}  // namespace sdlrun::stages::spark
