#include "stages/kubernetes/cluster/gke.hpp"

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/cluster/machine_price.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* pool = "sdlrun";
constexpr double fee_an_hour = 0.10;  // https://cloud.google.com/kubernetes-engine/pricing
constexpr int zones_of_a_region = 3;  // as a rule

/// "europe-west3-a"; a region is "europe-west3".
bool is_zone(const std::string& location) { return location.size() > 2 && location[location.size() - 2] == '-' && location.back() >= 'a' && location.back() <= 'z'; }

/// https://cloud.google.com/kubernetes-engine/docs/reference/rest/v1/projects.locations.clusters#Cluster.Status
Standing standing_of_status(const std::string& status) {
  // RECONCILING: Google works on it, for hours where it renews nodes, and it serves as it did.
  if (status == "RUNNING" || status == "RECONCILING") return Standing::ready;
  if (status == "STOPPING") return Standing::leaving;
  if (status == "ERROR" || status == "DEGRADED") return Standing::broken;
  return Standing::unfinished;  // PROVISIONING
}

/// Labels hold lower-case letters, digits, `-` and `_`.
std::string label_of(const std::string& pipeline) { return default_name(pipeline).substr(std::string_view("sdlrun-").size()); }

/// Why it is as it is, in Google's words.
std::string reason_in(const json& cluster) {
  for (const json& condition : list_in(cluster, "conditions")) {
    if (std::string message = text_in(condition, "message"); !message.empty()) return message;
  }
  return text_in(cluster, "statusMessage");
}

/// Which secret makes the next token, as far as it can be said in words.
json renewal_of(const engine::StageContext& context) {
  const auto* secret = context.inputs()["key"].as<dsl::SecretValue>();
  using Source = dsl::SecretPlace::Source;
  if (secret == nullptr || !secret->place) return nullptr;
  if (secret->place->source == Source::environment) return {{"secret", secret->name}, {"environment", secret->place->text}};
  if (secret->place->source == Source::file) return {{"secret", secret->name}, {"file", secret->place->text}};
  return nullptr;
}

/// A kubeconfig may be JSON, which is YAML too.
std::string kubeconfig_of(const json& cluster, const std::string& name, const OwnFiles& own, const json& renewal) {
  json user{{"tokenFile", own.token().string()}};
  if (!renewal.is_null()) user["extensions"] = json::array({{{"name", "sdlrun-google-key"}, {"extension", renewal}}});
  const json server{{"server", "https://" + text_in(cluster, "endpoint")}, {"certificate-authority-data", text_at(cluster, {"masterAuth", "clusterCaCertificate"})}};
  const json config{{"apiVersion", "v1"},
                    {"kind", "Config"},
                    {"current-context", name},
                    {"clusters", json::array({{{"name", name}, {"cluster", server}}})},
                    {"users", json::array({{{"name", name}, {"user", user}}})},
                    {"contexts", json::array({{{"name", name}, {"context", {{"cluster", name}, {"user", name}}}}})}};
  return config.dump(2) + '\n';
}

}  // namespace

Gke::Gke(engine::StageContext& context, ClusterWish wish, ServiceAccountKey key) : context_(context), wish_(std::move(wish)), key_(std::move(key)), api_(context, "GKE", wish_.api), own_(own_files(context, wish_)) {}

Task<Result<bool>> Gke::log_in() {
  if (!token_.empty()) co_return true;
  ServiceAccountKey key = key_;
  Task<Result<std::string>> asking = google_token(context_, std::move(key));
  Result<std::string> token = co_await asking;
  if (!token) co_return tl::unexpected(token.error());
  token_ = std::move(*token);
  api_.use_token(token_);
  co_return true;
}

Task<Result<std::optional<std::string>>> Gke::failure_of_operation() {
  if (operation_.empty()) co_return std::optional<std::string>();
  CloudRequest request{.path = parent() + "/operations/" + operation_};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (text_in(answer->body, "status") != "DONE") co_return std::optional<std::string>();
  operation_.clear();
  std::string message = text_at(answer->body, {"error", "message"});
  if (message.empty()) message = text_in(answer->body, "statusMessage");
  co_return message.empty() ? std::optional<std::string>() : std::optional(message);
}

Task<Result<FoundCluster>> Gke::find() {
  Task<Result<bool>> logging_in = log_in();
  if (const Result<bool> is_in = co_await logging_in; !is_in) co_return tl::unexpected(is_in.error());
  Task<Result<std::optional<std::string>>> looking = failure_of_operation();
  const auto failed = co_await looking;
  if (!failed) co_return tl::unexpected(failed.error());
  CloudRequest request{.path = path()};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  // A project or a location that is not there is another matter.
  const bool is_absent = answer->status == 404 && answer->message().find("clusters/" + wish_.name) != std::string::npos;
  if (is_absent && *failed) co_return engine::failure(title_of(wish_) + " is not made: " + **failed, "another `location` or `machine` may be had; the same run may go better later");
  if (is_absent) co_return FoundCluster{};
  if (!answer->is_good()) co_return tl::unexpected(api_.refusal(*answer, "tell of its clusters"));
  cluster_ = answer->body;
  const std::string status = text_in(cluster_, "status"), reason = *failed ? **failed : reason_in(cluster_);
  FoundCluster found{.standing = standing_of_status(status), .detail = status + (reason.empty() ? "" : ", " + reason)};
  if (*failed && found.standing == Standing::unfinished) found.standing = Standing::broken;
  found.is_ours = !value_at(cluster_, {"resourceLabels", "sdlrun"}).is_null();
  const json pools = list_in(cluster_, "nodePools");
  // Of one pool: the API counts the nodes of all zones, and `nodes` is meant for each.
  const std::size_t zones = std::max<std::size_t>(1, list_in(cluster_, "locations").size());
  const std::int64_t count = integer_at(cluster_, {"currentNodeCount"}, -1);
  if (pools.size() == 1 && text_in(pools.front(), "name") == pool && count >= 0) found.nodes = count / static_cast<std::int64_t>(zones);
  co_return found;
}

Task<Result<bool>> Gke::ask_for(CloudRequest request, std::string what, bool may_be_there) {
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (answer->status == 409 && may_be_there) co_return true;
  if (!answer->is_good()) co_return tl::unexpected(api_.refusal(*answer, what));
  operation_ = text_in(answer->body, "name");
  co_return true;
}

Task<Result<bool>> Gke::make() {
  const json node{{"machineType", wish_.machine},
                  // To pull images, and to write logs and metrics: https://cloud.google.com/kubernetes-engine/docs/how-to/access-scopes
                  {"oauthScopes", {"https://www.googleapis.com/auth/devstorage.read_only", "https://www.googleapis.com/auth/logging.write", "https://www.googleapis.com/auth/monitoring"}}};
  json cluster{{"name", wish_.name}, {"resourceLabels", {{"sdlrun", label_of(wish_.pipeline)}}}, {"nodePools", json::array({{{"name", pool}, {"initialNodeCount", wish_.nodes}, {"config", node}}})}};
  if (!wish_.version.empty()) cluster["initialClusterVersion"] = wish_.version;
  CloudRequest request{.method = "POST", .path = parent() + "/clusters", .body = {{"cluster", cluster}}, .may_repeat = false};
  Task<Result<bool>> asking = ask_for(std::move(request), "make the cluster", true);
  co_return co_await asking;
}

Task<Result<bool>> Gke::scale() {
  CloudRequest request{.method = "POST", .path = path() + "/nodePools/" + pool + ":setSize", .body = {{"nodeCount", wish_.nodes}}};
  Task<Result<bool>> asking = ask_for(std::move(request), "change the number of nodes", false);
  const Result<bool> asked = co_await asking;
  if (!asked) co_return asked;
  context_.progress("changing the number of nodes");
  while (!operation_.empty()) {
    Task<Result<std::optional<std::string>>> looking = failure_of_operation();
    const auto failed = co_await looking;
    if (!failed) co_return tl::unexpected(failed.error());
    if (*failed) co_return engine::failure(title_of(wish_) + " does not get " + std::to_string(wish_.nodes) + " nodes: " + **failed);
    if (operation_.empty()) break;
    Task<bool> sleeping = context_.sleep(wish_.poll);
    co_await sleeping;
    if (context_.stopping()) co_return engine::failure("stopped");
  }
  co_return true;
}

Task<Result<bool>> Gke::give_access() {
  if (text_in(cluster_, "endpoint").empty()) co_return engine::failure(title_of(wish_) + " has no address that can be reached from outside", "it is a private cluster: make a kubeconfig by hand, and take the provider \"existing\"");
  engine::Files& files = context_.world().files;
  if (auto written = write_secret_file(files, own_.token(), token_); !written) co_return tl::unexpected(written.error());
  if (auto written = write_secret_file(files, own_.kubeconfig(), kubeconfig_of(cluster_, wish_.name, own_, renewal_of(context_))); !written) co_return tl::unexpected(written.error());
  co_return true;
}

Task<Result<bool>> Gke::remove() {
  CloudRequest request{.method = "DELETE", .path = path()};
  Task<Result<bool>> asking = ask_for(std::move(request), "delete the cluster", false);
  co_return co_await asking;
}

Task<Result<std::string>> Gke::price() {
  const auto machine = machine_price(wish_.machine);
  if (!machine) co_return engine::failure("no price is kept of `" + wish_.machine + "` (https://cloud.google.com/compute/vm-instance-pricing); the control plane is " + monthly(fee_an_hour));
  const auto nodes = static_cast<double>(wish_.nodes * (is_zone(wish_.location) ? 1 : zones_of_a_region));
  co_return monthly(*machine * nodes) + (is_zone(wish_.location) ? "" : " (in three zones)") + ", and " + monthly(fee_an_hour) + " for its control plane, as of September 2026 in us-central1; disks, load balancers and traffic come on top";
}

}  // namespace sdlrun::stages::kubernetes
