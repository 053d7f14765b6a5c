// A cluster's nodes and Pods as the tables that people know from kubectl.
#pragma once

#include <string>
#include <vector>

#include "stages/kubernetes/inspect/cluster_state.hpp"

namespace sdlrun::stages::kubernetes {

struct NodeRoom {
  std::string name = {};
  std::string version = {};  // the kubelet's
  bool is_ready = false;
  bool is_schedulable = true;
  double cpu = 0, free_cpu = 0;        // cores that Pods may have, and those that none asks for
  double memory = 0, free_memory = 0;  // bytes
  std::int64_t pods = 0;
};
std::vector<NodeRoom> rooms_of(const ClusterState& state);

/// NAME, STATUS, ROLES, AGE, VERSION, and what is free.
std::vector<std::string> node_table(const ClusterState& state);
/// `kubectl get pods -n SPACE`.
std::vector<std::string> pod_table(const ClusterState& state, const std::string& space);

}  // namespace sdlrun::stages::kubernetes
