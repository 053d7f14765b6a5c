// What a cluster says of itself.
#pragma once

#include <string>
#include <vector>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

struct ClusterFacts {
  std::string version = {};  // "v1.34.4"
  std::vector<std::string> nodes = {};
};

/// Warns where the nodes may not be listed.
engine::Task<engine::Result<ClusterFacts>> cluster_facts(Client& client);

}  // namespace sdlrun::stages::kubernetes
