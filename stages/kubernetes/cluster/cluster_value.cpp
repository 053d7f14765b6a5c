#include "stages/kubernetes/cluster/cluster_value.hpp"

#include "stages/values/fields.hpp"

namespace sdlrun::stages::kubernetes {

dsl::Value cluster_value(const KubeContext& context, const std::string& kubeconfig) {
  return dsl::Value::handle(cluster_type, context.server,
                            {{"server", dsl::Value::text(context.server)}, {"kubeconfig", dsl::Value::text(kubeconfig)}, {"context", dsl::Value::text(context.name)}});
}

ClusterPlace place_in(const dsl::Value& cluster) { return {.kubeconfig = text_field(cluster, "kubeconfig"), .context = text_field(cluster, "context")}; }

std::string server_in(const dsl::Value& cluster) { return text_field(cluster, "server"); }

}  // namespace sdlrun::stages::kubernetes
