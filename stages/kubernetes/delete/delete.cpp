// kubernetes.delete: objects taken off a cluster, those that are named and no others.
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/delete/removal.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"
#include "stages/kubernetes/objects/live.hpp"
#include "stages/kubernetes/objects/namespace.hpp"
#include "stages/kubernetes/objects/order.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

struct Deletion {
  std::shared_ptr<Client> client = {};
  std::vector<Target> targets = {};
};

/// "deployment/web".
Task<Result<Target>> target_named(Discovery& discovery, std::string text, std::string space) {
  const std::size_t slash = text.find('/');
  if (slash == std::string::npos || slash == 0 || slash + 1 == text.size()) co_return engine::failure("`" + text + "` in `names` does not say what it is", "write KIND/NAME, such as \"deployment/web\"");
  Task<Result<KnownKind>> asking = discovery.find_by_name(text.substr(0, slash));
  const Result<KnownKind> kind = co_await asking;
  if (!kind) co_return tl::unexpected(kind.error());
  const std::string name = text.substr(slash + 1);
  Target target{.object = {{"apiVersion", kind->resource.api_version}, {"kind", kind->kind}, {"metadata", {{"name", name}}}},
                .resource = kind->resource,
                .kind = kind->kind,
                .space = kind->resource.is_namespaced ? space : "",
                .name = name,
                .place = "`names`",
                .rank = rank_of(kind->resource.api_version, kind->kind),
                .can_watch = kind->can_watch};
  co_return target;
}

/// Objects of kinds that the cluster does not know are not there.
Task<Result<std::vector<Target>>> targets_there(Discovery& discovery, std::vector<Manifest> manifests, std::string space) {
  std::vector<Manifest> known;
  for (Manifest& manifest : manifests) {
    Task<Result<std::optional<KnownKind>>> asking = discovery.find(text_in(manifest.object, "apiVersion"), text_in(manifest.object, "kind"));
    const auto kind = co_await asking;
    if (!kind) co_return tl::unexpected(kind.error());
    if (*kind) known.push_back(std::move(manifest));
  }
  Task<Result<std::vector<Target>>> resolving = targets_of(discovery, std::move(known), std::move(space));
  co_return co_await resolving;
}

Task<Result<Deletion>> prepare_deletion(engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  auto manifests = manifests_of(context);
  if (!manifests) co_return tl::unexpected(manifests.error());
  Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_in(inputs["cluster"]));
  const auto client = co_await opening;
  if (!client) co_return tl::unexpected(client.error());
  Deletion deletion{.client = *client};
  Discovery discovery(**client);
  const std::string space = namespace_of(inputs, **client);
  Task<Result<std::vector<Target>>> resolving = targets_there(discovery, std::move(*manifests), space);
  auto targets = co_await resolving;
  if (!targets) co_return tl::unexpected(targets.error());
  deletion.targets = std::move(*targets);
  for (const std::string& name : inputs.texts("names")) {
    Task<Result<Target>> finding = target_named(discovery, name, space);
    auto target = co_await finding;
    if (!target) co_return tl::unexpected(target.error());
    deletion.targets.push_back(std::move(*target));
  }
  co_return deletion;
}

class KubernetesDelete final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }
  std::string plan(const dsl::Fields&) const override { return "delete objects, those that are there"; }
  bool asks_outside(const dsl::Fields&) const override { return true; }
  bool starts_outside(const dsl::Fields&) const override { return false; }
  bool has_preview() const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    Task<Result<std::vector<std::string>>> asking = preview(context);
    const Result<std::vector<std::string>> lines = co_await asking;
    if (!lines) co_return std::optional<std::string>("whether it is gone from the cluster could not be asked");
    if (lines->empty()) co_return std::optional<std::string>();
    co_return lines->front().substr(2) + " again";
  }

  Task<Result<std::vector<std::string>>> preview(engine::StageContext& context) const override {
    Task<Result<Deletion>> preparing = prepare_deletion(context);
    const Result<Deletion> deletion = co_await preparing;
    if (!deletion) co_return tl::unexpected(deletion.error());
    Task<Result<std::map<std::string, json>>> looking = live_objects(*deletion->client, deletion->targets);
    const auto live = co_await looking;
    if (!live) co_return tl::unexpected(live.error());
    std::vector<std::string> lines;
    for (const Target& target : deletion->targets) {
      if (live->contains(target.identity())) lines.push_back("- " + target.shown() + " is there");
    }
    co_return lines;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    Task<Result<Deletion>> preparing = prepare_deletion(context);
    Result<Deletion> deletion = co_await preparing;
    if (!deletion) co_return tl::unexpected(deletion.error());
    const engine::Milliseconds timeout(context.inputs()["timeout"].as<dsl::Duration>()->milliseconds);
    dsl::List names;
    for (const Target& target : deletion->targets) names.push_back(dsl::Value::text(target.short_name()));
    Task<Result<bool>> removing = remove_all(*deletion->client, std::move(deletion->targets), timeout);
    if (const Result<bool> removed = co_await removing; !removed) co_return tl::unexpected(removed.error());
    co_return engine::StageOutputs{{"objects", dsl::Value::list(std::move(names))}};
  }

 private:
  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "delete", "Deletes objects from a Kubernetes cluster, and waits until they are gone.")
          .external()
          .doc("What is named is deleted in the reverse of the order in which `kubernetes.apply` puts it there, with all that it owns, and nothing else. What is not there is no mistake. "
               "A step that comes from the cache looks whether something of it is there again.")
          .example("step gone = kubernetes.delete {\n  cluster = kube.cluster\n  names = [\"deployment/web\", \"service/web\"]\n  namespace = \"shop\"\n}")
          .input("cluster", cluster_type, "The cluster, of `kubernetes.cluster`.")
          .input("manifests", "[file | dir]", "Files and folders with the objects, as `kubernetes.apply` takes them.", "[]")
          .input("objects", "[string]", "Objects as texts, as `kubernetes.apply` takes them.", "[]")
          .input("names", "[string]", "Objects by kind and name, such as \"deployment/web\" or \"issuers.cert-manager.io/own\".", "[]")
          .input("namespace", "string?", "Where objects are that say no other; none: the context's own.", "none")
          .input("timeout", "duration", "How long to wait until they are gone.", "5m")
          .output("objects", "[string]", "What is not there any more.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_delete_stage() { return std::make_unique<kubernetes::KubernetesDelete>(); }

}  // namespace sdlrun::stages
