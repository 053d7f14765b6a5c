// Where a cluster's kubeconfig is found.
#pragma once

#include <string>

#include "engine/stage/stage.hpp"
#include "stages/kubernetes/api/kubeconfig.hpp"

namespace sdlrun::stages::kubernetes {

struct ClusterPlace {
  /// A file; empty: the files of $KUBECONFIG, else ~/.kube/config, else, in a Pod, its own cluster.
  std::string kubeconfig = {};
  /// Empty: the one that the kubeconfig has as its current one.
  std::string context = {};
};

engine::Result<KubeContext> find_context(engine::StageContext& context, const ClusterPlace& place);

}  // namespace sdlrun::stages::kubernetes
