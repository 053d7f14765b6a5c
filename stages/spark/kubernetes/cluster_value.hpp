// The handle `spark.cluster` where it stands for a namespace of a Kubernetes cluster.
#pragma once

#include <string>

#include "dsl/values/value.hpp"
#include "stages/kubernetes/api/cluster_place.hpp"
#include "stages/spark/kubernetes/properties.hpp"

namespace sdlrun::stages::spark {

struct KubernetesCluster {
  kubernetes::ClusterPlace place = {};
  std::string server = {};
  std::string space = {};
  std::string driver_account = {};
  std::string executor_account = {};
  std::string spark_version = {};
  std::int64_t store_bytes = 0;  // how much the Pod that keeps files holds
  std::int64_t keep_seconds = 0;  // of drivers that have ended well; 0: for ever
  Properties sizes = {};  // of driver and executors, as Spark's properties
};

/// Whether a `spark.cluster` is one of these.
bool is_on_kubernetes(const dsl::Value& cluster);

dsl::Value cluster_value(const KubernetesCluster& cluster);
KubernetesCluster cluster_in(const dsl::Value& handle);

}  // namespace sdlrun::stages::spark
