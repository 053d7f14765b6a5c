#include "stages/spark/kubernetes/cluster_value.hpp"

#include "stages/spark/spark_stages.hpp"
#include "stages/values/fields.hpp"

namespace sdlrun::stages::spark {

bool is_on_kubernetes(const dsl::Value& cluster) { return cluster.find("namespace") != nullptr; }

dsl::Value cluster_value(const KubernetesCluster& cluster) {
  dsl::Fields sizes;
  std::string identity = cluster.server + ' ' + cluster.space + " spark " + cluster.spark_version;
  for (const auto& [name, value] : cluster.sizes) {
    sizes.emplace_back(name, dsl::Value::text(value));
    identity += ' ' + name + '=' + value;
  }
  const auto text = [](const std::string& value) { return dsl::Value::text(value); };
  return dsl::Value::handle(spark_cluster_type, identity,
                            {{"server", text(cluster.server)},
                             {"kubeconfig", text(cluster.place.kubeconfig)},
                             {"context", text(cluster.place.context)},
                             {"namespace", text(cluster.space)},
                             {"driver_account", text(cluster.driver_account)},
                             {"executor_account", text(cluster.executor_account)},
                             {"version", text(cluster.spark_version)},
                             {"store_bytes", dsl::Value::integer(cluster.store_bytes)},
                             {"keep_seconds", dsl::Value::integer(cluster.keep_seconds)},
                             {"sizes", dsl::Value::map(std::move(sizes))}});
}

KubernetesCluster cluster_in(const dsl::Value& handle) {
  KubernetesCluster cluster{.place = {.kubeconfig = text_field(handle, "kubeconfig"), .context = text_field(handle, "context")},
                            .server = text_field(handle, "server"),
                            .space = text_field(handle, "namespace"),
                            .driver_account = text_field(handle, "driver_account"),
                            .executor_account = text_field(handle, "executor_account"),
                            .spark_version = text_field(handle, "version"),
                            .store_bytes = integer_field(handle, "store_bytes"),
                            .keep_seconds = integer_field(handle, "keep_seconds")};
  const dsl::Value* sizes = handle.find("sizes");
  if (sizes == nullptr || sizes->as_fields() == nullptr) return cluster;
  for (const auto& [name, value] : *sizes->as_fields()) cluster.sizes[name] = dsl::plain_text(value);
  return cluster;
}

}  // namespace sdlrun::stages::spark
