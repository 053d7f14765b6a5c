// kubernetes.apply: objects on a cluster as files or texts say.
#include <set>

#include "engine/cache/digest.hpp"
#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/apply/put.hpp"
#include "stages/kubernetes/cluster/cluster_value.hpp"
#include "stages/kubernetes/delete/removal.hpp"
#include "stages/kubernetes/kubernetes_stages.hpp"
#include "stages/kubernetes/objects/difference.hpp"
#include "stages/kubernetes/objects/live.hpp"
#include "stages/kubernetes/objects/namespace.hpp"
#include "stages/kubernetes/objects/order.hpp"
#include "stages/kubernetes/objects/wait_ready.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

/// A cluster that answers at all answers soon; who only asks does not wait for one that is being started.
constexpr int attempts_of_question = 2;

/// What a step is to do, with all that is to be known for it.
struct Application {
  std::shared_ptr<Client> client = {};
  std::vector<Target> targets = {};
  std::string space = {};
  std::shared_ptr<Inventory> inventory = {};
  InventoryEntries before = {};
  PutOptions options = {};
  bool removes = false;

  /// Of earlier versions of the step, and not named any more.
  std::vector<Target> left_over() const {
    std::set<std::string> wanted;
    for (const Target& target : targets) wanted.insert(target.identity());
    std::vector<Target> result;
    for (const auto& [identity, entry] : before) {
      if (wanted.contains(identity)) continue;
      result.push_back(entry.target());
      result.back().rank = rank_of(entry.api_version, entry.kind);
    }
    return result;
  }
};

/// To delete one of these would delete what others keep in it.
bool holds_others(const Target& target) { return target.kind == "Namespace" || target.kind == "CustomResourceDefinition"; }

Task<Result<Application>> prepare_application(engine::StageContext& context, std::vector<Manifest> manifests, int most_attempts) {
  const engine::StageInputs& inputs = context.inputs();
  Task<Result<std::shared_ptr<Client>>> opening = Client::open(context, place_in(inputs["cluster"]));
  const auto client = co_await opening;
  if (!client) co_return tl::unexpected(client.error());
  (*client)->limit_attempts(most_attempts);
  Application application{.client = *client, .space = namespace_of(inputs, **client)};
  application.options = {.force = inputs.boolean("force"), .timeout = engine::Milliseconds(inputs["timeout"].as<dsl::Duration>()->milliseconds)};
  application.removes = inputs.boolean("remove");
  Discovery discovery(**client);
  Task<Result<std::vector<Target>>> resolving = targets_of(discovery, std::move(manifests), application.space);
  auto targets = co_await resolving;
  if (!targets) co_return tl::unexpected(targets.error());
  application.targets = std::move(*targets);
  const std::string owner = inputs.has("inventory") ? inputs.text("inventory") : context.pipeline_name() + '/' + context.step_name();
  application.inventory = std::make_shared<Inventory>(**client, owner, application.space);
  Task<Result<InventoryEntries>> reading = application.inventory->read();
  auto before = co_await reading;
  if (!before) co_return tl::unexpected(before.error());
  application.before = std::move(*before);
  co_return application;
}

/// Until all is applied: what was there, and what comes.
InventoryEntries all_of(const Application& application) {
  InventoryEntries entries = application.before;
  for (const Target& target : application.targets) entries.emplace(target.identity(), entry_of(target));
  return entries;
}

class KubernetesApply final : public engine::Stage {
 public:
  const dsl::StageSchema& schema() const override { return schema_; }

  std::string plan(const dsl::Fields& known) const override {
    for (const auto& [name, value] : known) {
      if (name == "namespace" && value.as<std::string>() != nullptr) return "apply objects in `" + dsl::plain_text(value) + '`';
    }
    return "apply objects";
  }

  bool asks_outside(const dsl::Fields&) const override { return true; }
  /// To apply an object twice is to apply it once: nothing is started that must not be started again.
  bool starts_outside(const dsl::Fields&) const override { return false; }
  bool has_preview() const override { return true; }

  Task<std::optional<std::string>> changed_outside(engine::StageContext& context, const dsl::Fields&) const override {
    // Also what a later version of the step has left, if this one was taken back.
    Task<Result<std::vector<std::string>>> asking = changes(context);
    const Result<std::vector<std::string>> lines = co_await asking;
    if (!lines) co_return std::optional<std::string>("whether the cluster still has it could not be asked");
    if (lines->empty()) co_return std::optional<std::string>();
    const std::string& first = lines->front();
    const std::string object = first.size() > 2 ? first.substr(2) : first;
    if (first.starts_with("~ ")) co_return std::optional<std::string>(object + " was changed on the cluster");
    if (first.starts_with("+ ")) co_return std::optional<std::string>(object.substr(0, object.rfind(": ")) + " is gone from the cluster");
    if (first.starts_with("- ")) co_return std::optional<std::string>(object.substr(0, object.rfind(": ")) + " is there, and not named any more");
    co_return std::optional<std::string>(object);
  }

  Task<Result<std::vector<std::string>>> preview(engine::StageContext& context) const override {
    Task<Result<std::vector<std::string>>> asking = changes(context);
    co_return co_await asking;
  }

  Task<Result<engine::StageOutputs>> run(engine::StageContext& context) const override {
    auto manifests = manifests_of(context);
    if (!manifests) co_return tl::unexpected(manifests.error());
    Task<Result<Application>> preparing = prepare_application(context, std::move(*manifests), 8);
    Result<Application> prepared = co_await preparing;
    if (!prepared) co_return tl::unexpected(prepared.error());
    Application& application = *prepared;
    std::vector<Target> known_kinds;
    std::copy_if(application.targets.begin(), application.targets.end(), std::back_inserter(known_kinds), [](const Target& target) { return !target.is_of_new_kind; });
    Task<Result<LiveObjects>> looking = live_objects(*application.client, std::move(known_kinds));
    Result<LiveObjects> live = co_await looking;
    if (!live) co_return tl::unexpected(live.error());
    Task<Result<bool>> putting = put_all(application, *live);
    if (const Result<bool> is_put = co_await putting; !is_put) co_return tl::unexpected(is_put.error());
    Task<Result<bool>> finishing = finish(application, *live);
    if (const Result<bool> is_finished = co_await finishing; !is_finished) co_return tl::unexpected(is_finished.error());
    co_return outputs_of(application, *live);
  }

 private:
  static Task<Result<std::vector<std::string>>> changes(engine::StageContext& context) {
    auto manifests = manifests_of(context);
    if (!manifests) co_return tl::unexpected(manifests.error());
    Task<Result<Application>> preparing = prepare_application(context, std::move(*manifests), attempts_of_question);
    Result<Application> application = co_await preparing;
    if (!application) co_return tl::unexpected(application.error());
    Task<Result<std::vector<std::string>>> asking = changes_of_put(*application->client, application->targets, application->before, application->options);
    Result<std::vector<std::string>> lines = co_await asking;
    if (!lines) co_return lines;
    for (const Target& target : application->removes ? application->left_over() : std::vector<Target>()) {
      if (!holds_others(target)) lines->push_back("- " + target.shown() + ": is not named any more");
    }
    co_return lines;
  }

  /// The inventory's own namespace may be among the objects.
  static Task<Result<bool>> put_all(Application& application, LiveObjects& live) {
    std::vector<Target> spaces, others;
    for (const Target& target : application.targets) (target.rank == rank_of_namespaces ? spaces : others).push_back(target);
    Task<Result<bool>> putting_spaces = put(*application.client, std::move(spaces), application.before, live, application.options);
    if (const Result<bool> is_put = co_await putting_spaces; !is_put) co_return is_put;
    Task<Result<bool>> writing = application.inventory->write(all_of(application));
    const Result<bool> written = co_await writing;
    if (!written) co_return written;
    if (!*written) co_return engine::failure("there is no namespace `" + application.space + "` on the cluster", "put a Namespace of that name among the objects, or make it first");
    Task<Result<bool>> putting = put(*application.client, std::move(others), application.before, live, application.options);
    co_return co_await putting;
  }

  /// Writes down what is there now, waits for it, and then removes what is not wanted any more: what replaces it is ready.
  static Task<Result<bool>> finish(Application& application, const LiveObjects& live) {
    InventoryEntries entries;
    for (const Target& target : application.targets) {
      const auto object = live.find(target.identity());
      InventoryEntry entry = entry_of(target);
      entry.uid = text_at(object->second, {"metadata", "uid"});
      entry.form = form_digest(target);
      entry.fields = owned_fields_digest(object->second);
      entries.emplace(target.identity(), std::move(entry));
    }
    const std::vector<Target> left = application.left_over();
    for (const Target& target : left) entries.emplace(target.identity(), application.before.at(target.identity()));
    Task<Result<bool>> writing = application.inventory->write(entries);
    if (const Result<bool> written = co_await writing; !written) co_return written;
    if (application.client->step().inputs().boolean("wait")) {
      Task<Result<bool>> waiting = wait_until_ready(*application.client, application.targets, live, application.options.timeout);
      if (const Result<bool> is_ready = co_await waiting; !is_ready) co_return is_ready;
    }
    if (!application.removes || left.empty()) co_return true;
    Task<Result<std::vector<Target>>> choosing = removable(application, left);
    Result<std::vector<Target>> removable_ones = co_await choosing;
    if (!removable_ones) co_return tl::unexpected(removable_ones.error());
    Task<Result<bool>> removing = remove_all(*application.client, std::move(*removable_ones), application.options.timeout);
    if (const Result<bool> removed = co_await removing; !removed) co_return removed;
    for (const Target& target : left) {
      if (!holds_others(target)) entries.erase(target.identity());
    }
    Task<Result<bool>> rewriting = application.inventory->write(std::move(entries));
    co_return co_await rewriting;
  }

  /// Of what is left over, what is still as we made it: an object that somebody else has made under the same name since is theirs.
  static Task<Result<std::vector<Target>>> removable(Application& application, std::vector<Target> left) {
    for (const Target& target : left) {
      if (holds_others(target)) application.client->step().warn(target.shown() + " is not named any more, and is left there: what others keep in it would go too (`kubernetes.delete` deletes it)");
    }
    std::erase_if(left, holds_others);
    Task<Result<LiveObjects>> looking = live_objects(*application.client, left);
    const Result<LiveObjects> live = co_await looking;
    if (!live) co_return tl::unexpected(live.error());
    std::erase_if(left, [&](const Target& target) {
      const auto object = live->find(target.identity());
      if (object == live->end()) return true;
      const std::string& uid = application.before.at(target.identity()).uid;
      const bool is_ours = !owned_fields_digest(object->second).empty() && (uid.empty() || uid == text_at(object->second, {"metadata", "uid"}));
      if (!is_ours) application.client->step().warn(target.shown() + " is not named any more, and is left there: somebody else has made it anew since");
      return !is_ours;
    });
    co_return left;
  }

  /// The digest is another whenever an object is another, or was made anew: what follows is to see that.
  static engine::StageOutputs outputs_of(const Application& application, const LiveObjects& live) {
    dsl::List names;
    std::string all;
    for (const Target& target : application.targets) {
      names.push_back(dsl::Value::text(target.short_name()));
      all += target.identity() + ' ' + form_digest(target) + ' ' + text_at(live.at(target.identity()), {"metadata", "uid"}) + '\n';
    }
    return {{"objects", dsl::Value::list(std::move(names))}, {"namespace", dsl::Value::text(application.space)}, {"digest", dsl::Value::text("sha256:" + engine::sha256(all))}};
  }

  dsl::StageSchema schema_ =
      dsl::StageSchemaBuilder("kubernetes", "apply", "Puts objects on a Kubernetes cluster, and waits until they are ready.")
          .external()
          .doc("Objects are applied on the server's side under the name `sdlrun`: fields that others have set stay, and a field that is set here and belongs to "
               "somebody else is an error that names them, unless `force` takes it over. Namespaces go first, then definitions of kinds, accounts, roles, "
               "configuration, volumes, services, workloads, and what is asked about all others (webhooks) last; several at a time where nothing hangs on it.\n\n"
               "Then all are waited for: Deployments, StatefulSets and DaemonSets until their replicas are there, Jobs until they have done their work, Pods, "
               "volumes, load balancers, and other kinds by their conditions. When time is up the error says what their Pods complain of.\n\n"
               "`sdlrun plan` shows what would change, field by field, as the API server tells it. A step that comes from the cache asks whether the cluster still "
               "has what was applied, and runs again if not.\n\n"
               "The objects' names are kept in a ConfigMap in `namespace`; objects have no mark of ours. With `remove`, what an earlier version of the step applied and this one does "
               "not name is deleted; namespaces and definitions are left there, as they hold what others made.")
          .example("step app = kubernetes.apply {\n"
                   "  cluster = kube.cluster\n"
                   "  manifests = [dir(\"k8s\")]\n"
                   "  objects = [json({ apiVersion: \"v1\", kind: \"ConfigMap\", metadata: { name: \"settings\" }, data: { mode: \"fast\" } })]\n"
                   "  namespace = \"shop\"\n"
                   "}")
          .input("cluster", cluster_type, "The cluster, of `kubernetes.cluster`.")
          .input("manifests", "[file | dir]", "Files of YAML or JSON, and folders with such files (`dir(\"k8s\")`).", "[]")
          .input("objects", "[string]", "Objects as texts of YAML or JSON; `json({ … })` makes such a text of a record.", "[]")
          .input("namespace", "string?", "Where objects go that name none; none: the context's own.", "none")
          .input("remove", "bool", "Whether what the step does not name any more is deleted.", "false")
          .input("force", "bool", "Whether fields that others have set are taken over.", "false")
          .input("wait", "bool", "Whether to wait until all is ready.", "true")
          .input("timeout", "duration", "How long to wait for that.", "5m")
          .input("inventory", "string?", "Under which name the step's objects are known there; none: the pipeline's and the step's.", "none")
          .output("objects", "[string]", "What was applied, such as \"Deployment shop/web\".")
          .output("namespace", "string", "Where objects that named none went.")
          .output("digest", "string", "Another whenever an object is another.")
          .build();
};

}  // namespace

}  // namespace sdlrun::stages::kubernetes

namespace sdlrun::stages {

std::unique_ptr<engine::Stage> kubernetes_apply_stage() { return std::make_unique<kubernetes::KubernetesApply>(); }

}  // namespace sdlrun::stages
