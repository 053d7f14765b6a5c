// kubernetes.delete_cluster: the end of a cluster that `kubernetes.cluster` has made. Nothing else deletes one.
#include "stages/kubernetes/cluster/ensure.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;

namespace {

constexpr const char* nobodys = "an existing cluster was not made by sdlrun, and is not deleted by it";
constexpr const char* nobodys_hint = "name the `provider` that has made one, or delete it with the tool that made it";

/// For a step that is about to run.
Result<void> check_deletion(const engine::StageInputs& inputs) {
  if (inputs.text("provider") == "existing") return engine::failure(nobodys, nobodys_hint);
  return check_wish(inputs);
}

class KubernetesDeleteCluster final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields& known) const override { return "delete " + title_of(wish_of(known, "")) + ", if it is there"; }
  std::vector<engine::InputMistake> mistakes(const engine::KnownInputs& known) const override {
    std::vector<engine::InputMistake> found = mistakes_of(known);
    const auto provider = known("provider");
    if (provider && dsl::plain_text(*provider) == "existing") found.push_back({.input = "provider", .message = nobodys, .label = "made by somebody else", .hint = nobodys_hint});
    return found;
  }
  bool asks_outside(const dsl::Fields&) const override { return true; }
  bool starts_outside(const dsl::Fields&) const override { return false; }
  bool has_preview() const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    Task<Result<std::vector<std::string>>> asking = preview(context);
    const Result<std::vector<std::string>> lines = co_await asking;
    if (!lines) co_return std::optional<std::string>("whether it is gone could not be asked");
    if (lines->empty()) co_return std::optional<std::string>();
    co_return title_of(wish_of(context)) + " is there again";
  }

  Task<Result<std::vector<std::string>>> preview(engine::StageContext& context) const override {
    if (auto fine = check_deletion(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const ClusterWish wish = wish_of(context);
    const auto provider = provider_of(context, wish);
    if (!provider) co_return tl::unexpected(provider.error());
    Task<Result<FoundCluster>> finding = (*provider)->find();
    const Result<FoundCluster> found = co_await finding;
    if (!found) co_return tl::unexpected(found.error());
    if (found->standing == Standing::absent) co_return std::vector<std::string>();
    co_return std::vector<std::string>{"- " + title_of(wish) + (found->is_ours ? ", with all that is on it" : ": was not made by sdlrun, and would be left there")};
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    if (auto fine = check_deletion(context.inputs()); !fine) co_return tl::unexpected(fine.error());
    const ClusterWish wish = wish_of(context);
    const auto provider = provider_of(context, wish);
    if (!provider) co_return tl::unexpected(provider.error());
    Task<Result<bool>> removing = remove_cluster(context, **provider, wish);
    const Result<bool> removed = co_await removing;
    if (!removed) co_return tl::unexpected(removed.error());
    context.log(*removed ? title_of(wish) + " is deleted" : title_of(wish) + " was not there");
    co_return engine::StageOutputs{{"name", dsl::Value::text(wish.name)}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "delete_cluster", "Deletes a cluster that `kubernetes.cluster` has made.")
          .external()
          .doc("The cluster, its nodes and all that is on it, named as `kubernetes.cluster` names it. One that sdlrun has not made, by its label, tag or mark on this machine, is refused; "
               "one that is not there is no mistake. Give the step `with { on_demand = true }`: then it runs only when it is named on the command line.\n\n"
               "What the cluster has made in a cloud and left, such as volumes and load balancers, may stay, and cost: look at the cloud's console.")
          .example("step down = kubernetes.delete_cluster { provider = \"minikube\" } with { on_demand = true }")
          .input("provider", "enum(\"existing\", \"minikube\", \"kind\", \"gke\", \"digitalocean\")", "Who has made it; \"existing\" is refused.")
          .input("name", "string?", "What it is called; none: `sdlrun-` and the pipeline's name.", "none")
          .input("project", "string?", "gke: the project.", "none")
          .input("location", "string?", "gke: its zone or region; digitalocean: its region.", "none")
          .input("key", "secret<string>?", "gke: a service account's key, as JSON; digitalocean: a token.", "none")
          .input("timeout", "duration?", "How long to wait until it is gone; none: 30m.", "none")
          .input("poll", "duration?", "Clouds: how long to wait between two looks; none: 10s.", "none")
          .input("api", "string?", "Clouds: where their API is, if not at its usual place.", "none")
          .output("name", "string", "What is not there any more.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_delete_cluster_stage() { return std::make_unique<kubernetes::KubernetesDeleteCluster>(); }

}  // namespace sdlrun::stages
