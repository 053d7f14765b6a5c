#include "stages/kubernetes/cluster/dns_repair.hpp"

#include <algorithm>
#include <iterator>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/diagnosis/dns_loop.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/objects/object_state.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr int most_looks = 60;
constexpr engine::Milliseconds between_dns_looks{2'000};
constexpr const char* dns_pods = "/api/v1/namespaces/kube-system/pods";

/// One that is on its way out says nothing of those that come in its place.
json staying(const json& pods) {
  json result = json::array();
  std::copy_if(pods.begin(), pods.end(), std::back_inserter(result), [](const json& pod) { return !is_being_deleted(pod); });
  return result;
}

Task<Result<json>> list_dns_pods(Client& client) {
  Task<Result<json>> listing = client.list(dns_pods, {{"labelSelector", "k8s-app=kube-dns"}}, "look at CoreDNS");
  Result<json> pods = co_await listing;
  if (!pods) co_return pods;
  co_return list_in(*pods, "items");
}

/// The loop, once it shows; nothing where all of CoreDNS is ready, or there is none.
Task<Result<std::optional<DnsLoop>>> watch_dns(Client& client) {
  for (int look = 0; look < most_looks; ++look) {
    Task<Result<json>> listing = list_dns_pods(client);
    const Result<json> pods = co_await listing;
    if (!pods) co_return tl::unexpected(pods.error());
    const json there = staying(*pods);
    const bool is_between = there.empty() && !pods->empty();
    if (!is_between && std::all_of(there.begin(), there.end(), is_pod_ready)) co_return std::optional<DnsLoop>();
    Task<Result<json>> listing_nodes = client.list("/api/v1/nodes", {}, "list the nodes");
    const Result<json> nodes = co_await listing_nodes;
    if (!nodes) co_return tl::unexpected(nodes.error());
    Task<std::optional<DnsLoop>> finding = find_dns_loop(client, there, list_in(*nodes, "items"));
    std::optional<DnsLoop> loop = co_await finding;
    if (loop) co_return loop;
    client.step().progress("waiting for CoreDNS");
    Task<bool> sleeping = client.step().sleep(between_dns_looks);
    co_await sleeping;
    if (client.step().stopping()) co_return engine::failure("stopped");
  }
  client.step().warn("CoreDNS is not ready: names of services may not resolve (`kubernetes.inspect` says more)");
  co_return std::optional<DnsLoop>();
}

/// A Pod gets its resolv.conf when it is made: what runs with the old one is made anew.
Task<Result<bool>> remake_dns_pods(Client& client) {
  Task<Result<json>> listing = list_dns_pods(client);
  const Result<json> pods = co_await listing;
  if (!pods) co_return tl::unexpected(pods.error());
  for (const json& pod : *pods) {
    const std::string name = text_at(pod, {"metadata", "name"});
    Task<Result<bool>> removing = client.remove(std::string(dns_pods) + '/' + escaped(name), "Background", "delete the Pod `" + name + "`");
    if (const Result<bool> removed = co_await removing; !removed) co_return removed;
  }
  co_return true;
}

}  // namespace

Task<Result<bool>> settle_dns(Client& client, Provider& provider) {
  Task<Result<std::optional<DnsLoop>>> watching = watch_dns(client);
  const Result<std::optional<DnsLoop>> loop = co_await watching;
  if (!loop) co_return tl::unexpected(loop.error());
  if (!*loop) co_return true;
  const std::string cause = explanation(**loop);
  // A Corefile that names its own cluster's DNS is not the kubelet's fault.
  const bool is_of_kubelet = (*loop)->forwards_to.starts_with('/');
  if (!provider.can_mend_name_servers() || !is_of_kubelet) {
    client.step().warn(cause);
    co_return true;
  }
  client.step().log(cause);
  client.step().progress("starting it with the real name servers");
  Task<Result<bool>> restarting = provider.mend_name_servers();
  if (const Result<bool> restarted = co_await restarting; !restarted) co_return restarted;
  Task<Result<bool>> remaking = remake_dns_pods(client);
  if (const Result<bool> remade = co_await remaking; !remade) co_return remade;
  Task<Result<std::optional<DnsLoop>>> again = watch_dns(client);
  const Result<std::optional<DnsLoop>> still = co_await again;
  if (!still) co_return tl::unexpected(still.error());
  if (*still) co_return engine::failure("CoreDNS still asks itself, also with the kubelet's resolvConf set to /run/systemd/resolve/resolv.conf", "", explanation(**still));
  client.step().warn("CoreDNS asked itself, and was repaired: it was started with the kubelet's resolvConf set to /run/systemd/resolve/resolv.conf. " + cause);
  co_return true;
}

}  // namespace sdlrun::stages::kubernetes
