#include "stages/kubernetes/objects/order.hpp"

#include <array>
#include <string_view>
#include <utility>

namespace sdlrun::stages::kubernetes {

int rank_of(const std::string& api_version, const std::string& kind) {
  static constexpr std::array<std::pair<std::string_view, int>, 33> ranks{{{"Namespace", rank_of_namespaces},
                                                                           {"CustomResourceDefinition", rank_of_definitions},
                                                                           {"PriorityClass", 2},
                                                                           {"RuntimeClass", 2},
                                                                           {"StorageClass", 2},
                                                                           {"IngressClass", 2},
                                                                           {"ResourceQuota", 2},
                                                                           {"LimitRange", 2},
                                                                           {"ServiceAccount", 3},
                                                                           {"ClusterRole", 4},
                                                                           {"Role", 4},
                                                                           {"ClusterRoleBinding", 5},
                                                                           {"RoleBinding", 5},
                                                                           {"Secret", 6},
                                                                           {"ConfigMap", 6},
                                                                           {"PersistentVolume", 7},
                                                                           {"PersistentVolumeClaim", 8},
                                                                           {"Service", 9},
                                                                           {"NetworkPolicy", 9},
                                                                           {"PodDisruptionBudget", 9},
                                                                           {"Pod", 10},
                                                                           {"ReplicationController", 10},
                                                                           {"ReplicaSet", 10},
                                                                           {"Deployment", 10},
                                                                           {"StatefulSet", 10},
                                                                           {"DaemonSet", 10},
                                                                           {"Job", 10},
                                                                           {"CronJob", 10},
                                                                           {"Ingress", 11},
                                                                           {"HorizontalPodAutoscaler", 11},
                                                                           {"APIService", 11},
                                                                           // They would be asked about all that comes after them.
                                                                           {"ValidatingWebhookConfiguration", 13},
                                                                           {"MutatingWebhookConfiguration", 13}}};
  const std::string group = api_version.substr(0, api_version.find('/') == std::string::npos ? 0 : api_version.find('/'));
  const bool is_own = group.find('.') == std::string::npos || group.ends_with(".k8s.io");
  for (const auto& [each, rank] : ranks) {
    if (is_own && each == kind) return rank;
  }
  return is_own ? 11 : 12;  // what an operator, which is a workload, takes care of
}

}  // namespace sdlrun::stages::kubernetes
