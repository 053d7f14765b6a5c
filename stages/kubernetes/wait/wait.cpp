// kubernetes.wait: until one object is as it is to be.
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"
#include "stages/kubernetes/objects/namespace.hpp"
#include "stages/kubernetes/objects/readiness.hpp"
#include "stages/kubernetes/objects/wait_ready.hpp"
#include "stages/kubernetes/pods/complaints.hpp"
#include "stages/kubernetes/wait/expectation.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

struct PreparedWait {
  std::shared_ptr<Client> client;
  Target target;
  Expectation holds;
};

Task<Result<PreparedWait>> prepare_wait(engine::StageContext& context) {
  const engine::StageInputs& inputs = context.inputs();
  auto holds = expectation(inputs.text("for"));
  if (!holds) co_return tl::unexpected(holds.error());
  Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_in(inputs["cluster"]));
  const auto client = co_await opening;
  if (!client) co_return tl::unexpected(client.error());
  Discovery discovery(**client);
  Task<Result<KnownKind>> asking = discovery.find_by_name(inputs.text("kind"));
  const Result<KnownKind> kind = co_await asking;
  if (!kind) co_return tl::unexpected(kind.error());
  const std::string space = namespace_of(inputs, **client);
  Target target{.resource = kind->resource, .kind = kind->kind, .space = kind->resource.is_namespaced ? space : "", .name = inputs.text("name"), .can_watch = kind->can_watch};
  co_return PreparedWait{.client = *client, .target = std::move(target), .holds = std::move(*holds)};
}

class KubernetesWait final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    std::string kind = "an object", name;
    for (const auto& [input, value] : known) {
      if (input == "kind" && value.as<std::string>() != nullptr) kind = "the " + dsl::plain_text(value);
      if (input == "name" && value.as<std::string>() != nullptr) name = " `" + dsl::plain_text(value) + '`';
    }
    return "wait for " + kind + name;
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }
  bool starts_outside(const dsl::Fields&) const override { return false; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    Task<Result<PreparedWait>> preparing = prepare_wait(context);
    const Result<PreparedWait> wait = co_await preparing;
    if (!wait) co_return std::optional<std::string>("whether it still holds could not be asked");
    std::string path = wait->target.path();
    Task<Result<std::optional<json>>> looking = wait->client->find(std::move(path), "look at it");
    const Result<std::optional<json>> object = co_await looking;
    if (!object) co_return std::optional<std::string>("whether it still holds could not be asked");
    if (wait->holds(object->value_or(json()))) co_return std::optional<std::string>();
    co_return wait->target.shown() + " is not so any more";
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    Task<Result<PreparedWait>> preparing = prepare_wait(context);
    Result<PreparedWait> wait = co_await preparing;
    if (!wait) co_return tl::unexpected(wait.error());
    const dsl::Value& timeout = context.inputs()["timeout"];
    Task<Result<Awaited>> waiting = wait_for(*wait->client, wait->target, wait->holds, engine::Milliseconds(timeout.as<dsl::Duration>()->milliseconds));
    const Result<Awaited> awaited = co_await waiting;
    if (!awaited) co_return tl::unexpected(awaited.error());
    if (awaited->holds) co_return engine::StageOutputs{{"uid", dsl::Value::text(text_at(awaited->object, {"metadata", "uid"}))}};
    engine::Error error{.message = wait->target.shown() + " was not " + words_of(context.inputs().text("for")) + " within " + dsl::plain_text(timeout)};
    if (awaited->object.is_null()) {
      error.message += ": it is not there";
      error.hint = "are kind, name and `namespace` right?";
    } else {
      if (const std::string why = readiness_of(awaited->object).why; !why.empty()) error.message += ": " + why;
      Task<std::vector<std::string>> asking = complaints_about(*wait->client, awaited->object);
      const std::vector<std::string> lines = co_await asking;
      for (const std::string& line : lines) error.detail += (error.detail.empty() ? "" : "\n") + line;
      error.hint = "`kubectl describe` says more of it";
    }
    co_return tl::unexpected(error);
  }

 private:
  static std::string words_of(const std::string& wanted) {
    if (wanted == "Ready" || wanted == "ready") return "ready";
    if (wanted == "deleted" || wanted == "delete") return "deleted";
    return "`" + wanted + '`';
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "wait", "Waits until an object on a Kubernetes cluster is as it is to be.")
          .external()
          .doc("The object need not be there yet. `for` is \"Ready\" (as `kubernetes.apply` means it: a Job has done its work, a Deployment's replicas are available), \"deleted\", a condition "
               "(\"Available\", \"Progressing=False\"), or a field (\"jsonpath={.status.phase}=Running\"). When time is up the error says what its Pods complain of. A step that comes from the cache looks again.")
          .example("step migrated = kubernetes.wait { cluster = kube.cluster, kind = \"job\", name = \"migration\", namespace = \"shop\", for = \"Complete\" }")
          .input("cluster", cluster_type, "The cluster, of `kubernetes.cluster`.")
          .input("kind", "string", "The kind, by any name that kubectl takes: \"deployment\", \"po\", \"issuers.cert-manager.io\".")
          .input("name", "string", "The object's name.")
          .input("namespace", "string?", "Where it is; none: the context's own.", "none")
          .input("for", "string", "What is to hold.", "\"Ready\"")
          .input("timeout", "duration", "How long to wait.", "5m")
          .output("uid", "string", "The object's; empty where it is deleted.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_wait_stage() { return std::make_unique<kubernetes::KubernetesWait>(); }

}  // namespace sdlrun::stages
