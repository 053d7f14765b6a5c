// kubernetes.cluster: one that is there, or one that is made.
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/cluster/dns_repair.hpp"
#include "stages/kubernetes/cluster/ensure.hpp"
#include "stages/kubernetes/cluster/existing.hpp"
#include "stages/kubernetes/cluster/own_files.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

/// A cluster that has just been said to be ready may take a moment until it answers.
constexpr int attempts_of_made = 8;
constexpr int attempts_of_existing = 3;  // one that is not there at all is said to be so soon

std::string known_text(const dsl::Fields& known, std::string_view name) {
  for (const auto& [each, value] : known) {
    if (each == name && value.as<std::string>() != nullptr) return dsl::plain_text(value);
  }
  return "";
}

class KubernetesCluster final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    const ClusterWish wish = wish_of(known, "");
    if (!wish.is_existing()) return "use " + title_of(wish) + ", or make it: " + size_text(wish);
    const std::string context = known_text(known, "context");
    return context.empty() ? "look at the cluster of the kubeconfig's current context" : "look at the cluster of the context " + context;
  }

  std::vector<engine::InputMistake> mistakes(const engine::KnownInputs& known) const override { return mistakes_of(known); }

  /// Which cluster the current context is, and whether one is still there, stands in no input.
  bool asks_outside(const dsl::Fields&) const override { return true; }
  /// A cluster is found by its own name (ensure.hpp).
  bool starts_outside(const dsl::Fields&) const override { return false; }
  bool has_preview() const override { return true; }

  Task<Result<std::vector<std::string>>> preview(engine::StageContext& context) const override {
    const ClusterWish wish = wish_of(context);
    if (wish.is_existing()) co_return std::vector<std::string>();
    if (auto fine = check_wish(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const auto provider = provider_of(context, wish);
    if (!provider) co_return tl::unexpected(provider.error());
    Task<Result<std::vector<std::string>>> asking = preview_of_cluster(**provider, wish);
    co_return co_await asking;
  }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields& outputs) const override {
    const ClusterWish wish = wish_of(context);
    if (!wish.is_existing()) {
      const auto provider = provider_of(context, wish);
      if (!provider) co_return provider.error().message;
      Task<std::optional<std::string>> asking = change_of_cluster(**provider, wish);
      if (auto change = co_await asking) co_return change;
      // Credentials run out: who works with the cluster in this run gets new ones.
      Task<Result<bool>> giving = (*provider)->give_access();
      if (const Result<bool> given = co_await giving; !given) co_return given.error().message;
    }
    std::string before, context_before;
    for (const auto& [name, value] : outputs) {
      if (name != "cluster") continue;
      before = server_in(value);
      context_before = place_in(value).context;
    }
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_of(context, wish));
    const auto client = co_await opening;
    if (!client) co_return std::optional<std::string>("the cluster is to be looked at again");
    const KubeContext& now = (*client)->context();
    if (now.server != before) co_return std::optional<std::string>("the context `" + now.name + "` is another cluster now");
    if (now.name != context_before) co_return std::optional<std::string>("its context is called `" + now.name + "` now");
    if (wish.is_existing()) co_return std::nullopt;
    (*client)->limit_attempts(2);
    ApiRequest question{.path = "/version"};
    Task<Result<nlohmann::json>> calling = (*client)->ask(std::move(question), "ask for its version");
    if (const Result<nlohmann::json> version = co_await calling; !version) co_return "it does not answer any more: " + version.error().message;
    co_return std::nullopt;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    if (auto fine = check_wish(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const ClusterWish wish = wish_of(context);
    bool is_ours = false;
    std::unique_ptr<Provider> provider;
    if (!wish.is_existing()) {
      auto made = provider_of(context, wish);
      if (!made) co_return tl::unexpected(made.error());
      provider = std::move(*made);
      Task<Result<FoundCluster>> ensuring = ensure_cluster(context, *provider, wish);
      const Result<FoundCluster> found = co_await ensuring;
      if (!found) co_return tl::unexpected(found.error());
      is_ours = found->is_ours;
    }
    const ClusterPlace place = place_of(context, wish);
    Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place);
    const auto client = co_await opening;
    if (!client) co_return tl::unexpected(client.error());
    (*client)->limit_attempts(wish.is_existing() ? attempts_of_existing : attempts_of_made);
    Task<Result<ClusterFacts>> asking = cluster_facts(**client);
    const Result<ClusterFacts> facts = co_await asking;
    if (!facts) co_return tl::unexpected(facts.error());
    if (is_ours && !wish.is_cloud()) {
      Task<Result<bool>> settling = settle_dns(**client, *provider);
      if (const Result<bool> settled = co_await settling; !settled) co_return tl::unexpected(settled.error());
    }
    co_return outputs_of(**client, *facts, place, wish.is_existing() ? dsl::Value() : dsl::Value::text(wish.name));
  }

 private:
  static ClusterPlace place_of(engine::StageContext& context, const ClusterWish& wish) {
    const engine::StageInputs& inputs = context.inputs();
    if (!wish.is_existing()) return {.kubeconfig = own_files(context, wish).kubeconfig().string()};
    return {.kubeconfig = inputs.has("kubeconfig") ? inputs.text("kubeconfig") : "", .context = inputs.has("context") ? inputs.text("context") : ""};
  }

  static engine::StageOutputs outputs_of(Client& client, const ClusterFacts& facts, const ClusterPlace& place, dsl::Value name) {
    const KubeContext& found = client.context();
    dsl::List nodes;
    for (const std::string& node : facts.nodes) nodes.push_back(dsl::Value::text(node));
    return {{"cluster", cluster_value(found, place.kubeconfig)},
            {"name", std::move(name)},
            {"context", dsl::Value::text(found.name)},
            {"kubeconfig", dsl::Value::text(place.kubeconfig)},
            {"version", dsl::Value::text(facts.version)},
            {"nodes", dsl::Value::list(std::move(nodes))}};
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "cluster", "Names a Kubernetes cluster that others put things on, or makes it.")
          .external()
          .doc("`provider = \"existing\"` takes the cluster of a kubeconfig: the file `kubeconfig`, else those of the variable KUBECONFIG, else `~/.kube/config`; in a Pod without any, its own "
               "cluster. Certificates, tokens, token files, credential plugins (`exec`), proxies and `tls-server-name` are known as kubectl knows them.\n\n"
               "The others make one, by a name that the next run finds it by: `minikube` and `kind` on this machine, by their programs; `gke` and `digitalocean` by the clouds' "
               "own APIs. One that is there is used; one that has stopped is started; one that is being made is waited for; nodes of a cloud are brought to `nodes`. "
               "`sdlrun plan` says what would be made, and about what it costs. Nothing is ever deleted but by `kubernetes.delete_cluster`.\n\n"
               "Each run looks whether the cluster is still there. A cluster that is made has a kubeconfig of its own; the user's stays as it is.")
          .example("step kube = kubernetes.cluster {\n  provider = \"minikube\"\n  memory = 4GiB\n  cpus = 2\n}")
          .input("provider", "enum(\"existing\", \"minikube\", \"kind\", \"gke\", \"digitalocean\")", "Who has the cluster, or makes it.", "\"existing\"")
          .input("kubeconfig", "file?", "existing: the kubeconfig.", "none")
          .input("context", "string?", "existing: its context; none: the current one.", "none")
          .input("name", "string?", "What the cluster that is made is called; none: `sdlrun-` and the pipeline's name.", "none")
          .input("nodes", "int(1..1000)?", "How many nodes it has; none: 1. In a region of GKE: in each of its zones.", "none")
          .input("version", "string?", "Its Kubernetes, such as \"1.34.0\"; none: what the provider takes.", "none")
          .input("memory", "size?", "minikube: of a node; none: 1GiB, or the least that minikube takes, which is 1800MiB now.", "none")
          .input("cpus", "int(1..1024)?", "minikube: processors of a node; none: 2.", "none")
          .input("driver", "string?", "minikube: such as \"docker\", \"kvm2\", \"none\"; none: what minikube chooses.", "none")
          .input("project", "string?", "gke: the project that pays.", "none")
          .input("location", "string?", "gke: a zone, such as \"europe-west3-a\", or a region; digitalocean: a region, such as \"fra1\".", "none")
          .input("machine", "string?", "Clouds: what a node is; none: \"e2-standard-2\" (gke), \"s-2vcpu-4gb\" (digitalocean).", "none")
          .input("key", "secret<string>?", "gke: a service account's key, as JSON; digitalocean: a token.", "none")
          .input("timeout", "duration?", "How long to wait until it is ready; none: 30m.", "none")
          .input("poll", "duration?", "Clouds: how long to wait between two looks; none: 10s.", "none")
          .input("api", "string?", "Clouds: where their API is, if not at its usual place.", "none")
          .output("cluster", cluster_type, "The cluster, for other stages.")
          .output("name", "string?", "What its provider calls it, such as minikube's profile; none: an existing one.")
          .output("context", "string", "The context's name.")
          .output("kubeconfig", "string", "The kubeconfig's path; empty: where kubectl looks by itself.")
          .output("version", "string", "The API server's version, such as v1.34.4.")
          .output("nodes", "[string]", "The names of its nodes.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_cluster_stage() { return std::make_unique<kubernetes::KubernetesCluster>(); }

}  // namespace sdlrun::stages
