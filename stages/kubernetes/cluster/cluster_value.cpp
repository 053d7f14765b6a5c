#include "stages/kubernetes/cluster/cluster_value.hpp"

namespace sdlrun::stages::kubernetes {

namespace {

std::string field(const dsl::Value& handle, std::string_view name) {
  const dsl::Value* value = handle.find(name);
  return value == nullptr || value->is_none() ? std::string() : dsl::plain_text(*value);
}

}  // namespace

dsl::Value cluster_value(const KubeContext& context, const std::string& kubeconfig) {
  return dsl::Value::handle(cluster_type, context.server,
                            {{"server", dsl::Value::text(context.server)}, {"kubeconfig", dsl::Value::text(kubeconfig)}, {"context", dsl::Value::text(context.name)}});
}

ClusterPlace place_in(const dsl::Value& cluster) { return {.kubeconfig = field(cluster, "kubeconfig"), .context = field(cluster, "context")}; }

std::string server_in(const dsl::Value& cluster) { return field(cluster, "server"); }

}  // namespace sdlrun::stages::kubernetes
