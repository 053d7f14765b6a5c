#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/cluster/existing.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"

namespace sdlrun::stages {

using engine::Result;
using engine::Task;
using namespace kubernetes;

namespace {

class KubernetesCluster final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "context" && value.as<std::string>() != nullptr) return "look at the cluster of the context " + dsl::plain_text(value);
    }
    return "look at the cluster of the kubeconfig's current context";
  }

  /// Which cluster the current context is stands in no input.
  bool asks_outside(const dsl::Fields&) const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields& outputs) const override {
    std::string before;
    for (const auto& [name, value] : outputs) {
      if (name == "cluster") before = server_in(value);
    }
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_of(context));
    const auto client = co_await opening;
    if (!client) co_return std::optional<std::string>("the cluster is to be looked at again");
    if ((*client)->context().server != before) co_return std::optional<std::string>("the context `" + (*client)->context().name + "` is another cluster now");
    co_return std::optional<std::string>();
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_of(context));
    const auto client = co_await opening;
    if (!client) co_return tl::unexpected(client.error());
    (*client)->limit_attempts(3);  // a cluster that is not there at all is said to be so soon
    Task<Result<ClusterFacts>> asking = cluster_facts(**client);
    const Result<ClusterFacts> facts = co_await asking;
    if (!facts) co_return tl::unexpected(facts.error());
    const KubeContext& found = (*client)->context();
    const std::string kubeconfig = place_of(context).kubeconfig;
    dsl::List nodes;
    for (const std::string& node : facts->nodes) nodes.push_back(dsl::Value::text(node));
    co_return engine::StageOutputs{{"cluster", cluster_value(found, kubeconfig)},
                                   {"context", dsl::Value::text(found.name)},
                                   {"version", dsl::Value::text(facts->version)},
                                   {"nodes", dsl::Value::list(std::move(nodes))}};
  }

 private:
  static ClusterPlace place_of(engine::StageContext& context) {
    const engine::StageInputs& inputs = context.inputs();
    return {.kubeconfig = inputs.has("kubeconfig") ? inputs.text("kubeconfig") : "", .context = inputs.has("context") ? inputs.text("context") : ""};
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "cluster", "Names a Kubernetes cluster that others put things on.")
          .doc("The cluster of a kubeconfig: the file `kubeconfig`, else those of the variable KUBECONFIG, else `~/.kube/config`; in a Pod without any, its own "
               "cluster. Certificates, tokens, token files, credential plugins (`exec`), proxies and `tls-server-name` are known as kubectl knows them.\n\n"
               "Each run looks whether the context still means the same cluster.")
          .example("step kube = kubernetes.cluster { context = \"minikube\" }")
          .input("kubeconfig", "file?", "The kubeconfig.", "none")
          .input("context", "string?", "Its context; none: the current one.", "none")
          .output("cluster", cluster_type, "The cluster, for other stages.")
          .output("context", "string", "The context's name.")
          .output("version", "string", "The API server's version, such as v1.34.4.")
          .output("nodes", "[string]", "The names of its nodes.")
          .build();
};

}  // namespace

std::unique_ptr<engine::Stage> kubernetes_cluster_stage() { return std::make_unique<KubernetesCluster>(); }

}  // namespace sdlrun::stages
