#include "stages/kubernetes/cluster/cluster_value.hpp"

namespace sdlrun::stages::kubernetes {

std::string handle_field(const dsl::Value& handle, std::string_view name) {
  const dsl::Value* value = handle.find(name);
  return value == nullptr || value->is_none() ? std::string() : dsl::plain_text(*value);
}

dsl::Value cluster_value(const KubeContext& context, const std::string& kubeconfig) {
  return dsl::Value::handle(cluster_type, context.server,
                            {{"server", dsl::Value::text(context.server)}, {"kubeconfig", dsl::Value::text(kubeconfig)}, {"context", dsl::Value::text(context.name)}});
}

ClusterPlace place_in(const dsl::Value& cluster) { return {.kubeconfig = handle_field(cluster, "kubeconfig"), .context = handle_field(cluster, "context")}; }

std::string server_in(const dsl::Value& cluster) { return handle_field(cluster, "server"); }

}  // namespace sdlrun::stages::kubernetes
