// The handle that `kubernetes.cluster` gives and others take.
#pragma once

#include <string>

#include "dsl/values/value.hpp"
#include "stages/kubernetes/api/cluster_place.hpp"

namespace sdlrun::stages::kubernetes {

inline constexpr const char* cluster_type = "kubernetes.cluster";

/// Its identity in keys is the server's address: the same cluster by another kubeconfig is the same.
dsl::Value cluster_value(const KubeContext& context, const std::string& kubeconfig);

ClusterPlace place_in(const dsl::Value& cluster);
std::string server_in(const dsl::Value& cluster);

}  // namespace sdlrun::stages::kubernetes
