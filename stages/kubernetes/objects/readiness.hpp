// Whether an object is what it was asked to be, read off the object alone, as kstatus and `kubectl rollout status` do.
// https://github.com/kubernetes-sigs/cli-utils/blob/master/pkg/kstatus/README.md
#pragma once

#include <string>

#include <nlohmann/json.hpp>

namespace sdlrun::stages::kubernetes {

struct Readiness {
  enum class State { ready, waiting, failed };  // failed: to wait longer does not help
  State state = State::ready;
  std::string why = {};  // "1 of 3 replicas are available"; empty where it is ready

  bool is_ready() const { return state == State::ready; }
};

/// A Job is ready when it has done its work, a Pod when it serves or has ended well, a kind that nobody knows by its conditions.
Readiness readiness_of(const nlohmann::json& object);

}  // namespace sdlrun::stages::kubernetes
