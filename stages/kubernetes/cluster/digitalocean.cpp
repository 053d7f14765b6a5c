#include "stages/kubernetes/cluster/digitalocean.hpp"

#include <algorithm>

#include "stages/json/json_fields.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* mark = "sdlrun";  // the tag, and the pool's name
constexpr const char* clusters = "/v2/kubernetes/clusters";
constexpr int largest_page = 200;  // the most that it gives

/// `status.state`: running, provisioning, degraded, error, deleted, upgrading, deleting.
Standing standing_of_state(const std::string& state) {
  if (state == "running") return Standing::ready;
  if (state == "degraded" || state == "error") return Standing::broken;
  if (state == "deleting") return Standing::leaving;
  return state == "deleted" ? Standing::absent : Standing::unfinished;
}

}  // namespace

DigitalOcean::DigitalOcean(engine::StageContext& context, ClusterWish wish, std::string token) : context_(context), wish_(std::move(wish)), api_(context, "DigitalOcean", wish_.api), own_(own_files(context, wish_)) {
  api_.use_token(std::move(token));
}

Task<Result<json>> DigitalOcean::list(std::string path, std::string name, std::string what) {
  json all = json::array();
  for (int page = 1;; ++page) {
    CloudRequest request{.path = path + "?page=" + std::to_string(page) + "&per_page=" + std::to_string(largest_page)};
    Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
    const Result<CloudAnswer> answer = co_await asking;
    if (!answer) co_return tl::unexpected(answer.error());
    if (!answer->is_good()) co_return tl::unexpected(api_.refusal(*answer, what));
    for (const json& item : list_in(answer->body, name)) all.push_back(item);
    if (text_at(answer->body, {"links", "pages", "next"}).empty()) co_return all;
  }
}

Task<Result<FoundCluster>> DigitalOcean::find() {
  Task<Result<json>> listing = list(clusters, "kubernetes_clusters", "tell of its clusters");
  const Result<json> all = co_await listing;
  if (!all) co_return tl::unexpected(all.error());
  std::vector<json> named;
  std::copy_if(all->begin(), all->end(), std::back_inserter(named), [&](const json& cluster) { return text_in(cluster, "name") == wish_.name && standing_of_state(text_at(cluster, {"status", "state"})) != Standing::absent; });
  if (named.empty()) co_return FoundCluster{};
  // Names are no keys there: two runs that make one at the same moment, on two machines, may both succeed.
  if (named.size() > 1) co_return engine::failure("DigitalOcean has " + std::to_string(named.size()) + " clusters named `" + wish_.name + "`: " + text_in(named[0], "id") + " and " + text_in(named[1], "id"), "delete the one that is not wanted: https://cloud.digitalocean.com/kubernetes/clusters");
  const json& cluster = named.front();
  if (const std::string region = text_in(cluster, "region"); region != wish_.location) co_return engine::failure(title_of(wish_) + " is there, in " + region + " and not in " + wish_.location, "give it that `location`, or another `name`");
  id_ = text_in(cluster, "id");
  const std::string state = text_at(cluster, {"status", "state"}), message = text_at(cluster, {"status", "message"});
  FoundCluster found{.standing = standing_of_state(state), .detail = state + (message.empty() || message == state ? "" : ", " + message)};
  const json tags = list_in(cluster, "tags");
  found.is_ours = std::find(tags.begin(), tags.end(), json(mark)) != tags.end();
  for (const json& pool : list_in(cluster, "node_pools")) {
    if (text_in(pool, "name") != mark) continue;
    pool_ = text_in(pool, "id");
    found.nodes = integer_at(pool, {"count"});
  }
  co_return found;
}

Task<Result<bool>> DigitalOcean::make() {
  const json pool{{"name", mark}, {"size", wish_.machine}, {"count", wish_.nodes}};
  CloudRequest request{.method = "POST", .path = clusters, .body = {{"name", wish_.name}, {"region", wish_.location}, {"version", wish_.version.empty() ? "latest" : wish_.version}, {"tags", {mark}}, {"node_pools", json::array({pool})}}, .may_repeat = false};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good() && answer->status != 409) co_return tl::unexpected(api_.refusal(*answer, "make the cluster"));
  co_return true;
}

Task<Result<bool>> DigitalOcean::scale() {
  CloudRequest request{.method = "PUT", .path = std::string(clusters) + '/' + id_ + "/node_pools/" + pool_, .body = {{"name", mark}, {"count", wish_.nodes}}};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good()) co_return tl::unexpected(api_.refusal(*answer, "change the number of nodes"));
  co_return true;
}

Task<Result<bool>> DigitalOcean::give_access() {
  CloudRequest request{.path = std::string(clusters) + '/' + id_ + "/kubeconfig"};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good()) co_return tl::unexpected(api_.refusal(*answer, "give the kubeconfig"));
  if (auto written = write_secret_file(context_.world().files, own_.kubeconfig(), answer->text); !written) co_return tl::unexpected(written.error());
  co_return true;
}

Task<Result<bool>> DigitalOcean::remove() {
  CloudRequest request{.method = "DELETE", .path = std::string(clusters) + '/' + id_};
  Task<Result<CloudAnswer>> asking = api_.call(std::move(request));
  const Result<CloudAnswer> answer = co_await asking;
  if (!answer) co_return tl::unexpected(answer.error());
  if (!answer->is_good() && answer->status != 404) co_return tl::unexpected(api_.refusal(*answer, "delete the cluster"));
  co_return true;
}

Task<Result<std::string>> DigitalOcean::price() {
  Task<Result<json>> listing = list("/v2/sizes", "sizes", "tell its prices");
  const Result<json> sizes = co_await listing;
  if (!sizes) co_return tl::unexpected(sizes.error());
  const auto size = std::find_if(sizes->begin(), sizes->end(), [&](const json& one) { return text_in(one, "slug") == wish_.machine; });
  if (size == sizes->end()) co_return engine::failure("DigitalOcean has no machine `" + wish_.machine + "` (https://slugs.do-api.dev)");
  const json& price = value_at(*size, {"price_monthly"});
  if (!price.is_number()) co_return engine::failure("DigitalOcean does not say what `" + wish_.machine + "` costs");
  const json regions = list_in(*size, "regions");
  const bool is_offered = std::find(regions.begin(), regions.end(), json(wish_.location)) != regions.end();
  co_return "about $" + std::to_string(std::lround(price.get<double>() * static_cast<double>(wish_.nodes))) + " a month; its control plane costs nothing, load balancers, volumes and traffic come on top" +
      (is_offered ? "" : "; `" + wish_.machine + "` is not offered in " + wish_.location);
}

}  // namespace sdlrun::stages::kubernetes
