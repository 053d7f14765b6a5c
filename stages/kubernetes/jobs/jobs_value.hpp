// The handle that `kubernetes.jobs` gives, and steps take by `with { on }`.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "dsl/values/value.hpp"
#include "engine/outside/outside_work.hpp"
#include "engine/world/clock.hpp"
#include "stages/kubernetes/api/cluster_place.hpp"
#include "stages/kubernetes/pods/trouble.hpp"

namespace sdlrun::stages::kubernetes {

inline constexpr const char* jobs_type = "kubernetes.jobs";

/// A namespace in which steps run as Jobs, and what they have in common there.
struct JobsPlace {
  ClusterPlace cluster = {};
  std::string server = {};
  std::string space = {};
  std::string account = {};  // empty: the namespace's own, without a token
  std::string helper = {};   // the image of what carries files; empty: the job's own
  std::string cpu = {};      // what a job asks for whose step does not say; empty: nothing
  std::string memory = {};
  std::vector<std::string> pull_secrets = {};
  std::vector<std::pair<std::string, std::string>> node_selector = {};
  std::int64_t store_bytes = 0;
  std::int64_t keep_seconds = 0;
  engine::Milliseconds start_timeout{0};
  engine::WhenStopped when_stopped = engine::WhenStopped::remove;
};

/// Where users say what a job's Pod asks for.
PodSettings job_settings();

/// Its identity in keys is cluster and namespace: sizes and times decide on no result.
dsl::Value jobs_value(const JobsPlace& place);
JobsPlace jobs_in(const dsl::Value& handle);

}  // namespace sdlrun::stages::kubernetes
