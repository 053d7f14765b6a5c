// What is wrong with a cluster, as far as its objects tell: in words, and nothing is asked.
#pragma once

#include <string>
#include <vector>

#include "stages/kubernetes/inspect/cluster_state.hpp"

namespace sdlrun::stages::kubernetes {

/// Nodes that are not ready or short of something, Pods that fail, volumes that do not come, warnings of the last hour about other things.
std::vector<std::string> problems_in(const ClusterState& state);

}  // namespace sdlrun::stages::kubernetes
