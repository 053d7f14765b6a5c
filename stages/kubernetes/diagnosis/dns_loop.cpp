#include "stages/kubernetes/diagnosis/dns_loop.hpp"

#include <sstream>
#include <vector>

#include "stages/json/json_fields.hpp"
#include "stages/kubernetes/objects/apply.hpp"
#include "stages/kubernetes/objects/object_state.hpp"
#include "stages/kubernetes/pods/complaints.hpp"

namespace sdlrun::stages::kubernetes {

using engine::Result;
using engine::Task;
using nlohmann::json;

namespace {

constexpr const char* system_space = "kube-system";
constexpr const char* usual_file = "/etc/resolv.conf";
/// What systemd-resolved itself asks, without the stub that listens on 127.0.0.53.
constexpr const char* resolved_file = "/run/systemd/resolve/resolv.conf";

bool is_loopback(const std::string& address) { return address.starts_with("127.") || address == "::1"; }

std::vector<std::string> name_servers(const std::string& resolv_conf) {
  std::vector<std::string> servers;
  std::istringstream lines(resolv_conf);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string word, address;
    if (words >> word >> address && word == "nameserver") servers.push_back(address);
  }
  return servers;
}

std::string first_loopback(const std::string& resolv_conf) {
  for (const std::string& server : name_servers(resolv_conf)) {
    if (is_loopback(server)) return server;
  }
  return "";
}

/// Of this run of the container, or of the one before, which has ended.
Task<std::string> loop_line_of(Client& client, json pod) {
  for (const bool before : {true, false}) {
    Task<std::string> reading = log_end(client, pod, {.container = "coredns", .has_restarted = before}, 200);
    const std::string log = co_await reading;
    if (std::string line = loop_line(log); !line.empty()) co_return line;
  }
  co_return std::string();
}

/// A node knows itself by the id that stands in this machine's file.
bool is_this_machine(Client& client, const json& node) {
  const auto own = client.step().world().files.read("/etc/machine-id");
  const std::string id = text_at(node, {"status", "nodeInfo", "machineID"});
  return own && !id.empty() && own->starts_with(id);
}

Task<bool> look_at_node(Client& client, json node, DnsLoop& loop) {
  loop.is_minikube = !text_at(node, {"metadata", "labels", "minikube.k8s.io/name"}).empty();
  // What the kubelet runs with: https://kubernetes.io/docs/tasks/administer-cluster/kubelet-config-file/
  ApiRequest request{.path = "/api/v1/nodes/" + escaped(loop.node) + "/proxy/configz"};
  Task<Result<ApiAnswer>> calling = client.call(std::move(request));
  const Result<ApiAnswer> answer = co_await calling;
  if (answer && answer->is_good()) {
    loop.resolv_conf = text_at(answer->body, {"kubeletconfig", "resolvConf"});
    if (loop.resolv_conf.empty()) loop.resolv_conf = usual_file;  // the kubelet's default
  }
  if (loop.resolv_conf.empty() || !is_this_machine(client, node)) co_return true;
  engine::Files& files = client.step().world().files;
  if (auto text = files.read(loop.resolv_conf)) loop.resolv_conf_text = std::move(*text);
  const auto status = files.status(resolved_file);
  loop.has_resolved_file = status && status->has_value();
  co_return true;
}

std::string repair_by_file(const DnsLoop& loop) {
  const std::string minikube = std::string("`minikube start --extra-config=kubelet.resolv-conf=") + resolved_file + "` (with the driver `none`, where the node is this machine itself)";
  const std::string kubelet = std::string("set `resolvConf: ") + resolved_file + "` in the kubelet's configuration of each node (most often /var/lib/kubelet/config.yaml) and restart the kubelet";
  return "repair: " + (loop.is_minikube ? minikube : kubelet + "; with minikube: " + minikube) + "; then delete the CoreDNS Pods, which are made anew. Where systemd-resolved does not run, write a file with the real name servers and name that";
}

}  // namespace

std::string loop_line(const std::string& log) {
  std::istringstream lines(log);
  for (std::string line; std::getline(lines, line);) {
    if (line.find("plugin/loop") == std::string::npos || line.find("detected for zone") == std::string::npos) continue;
    while (line.ends_with('.')) line.pop_back();
    return line;
  }
  return "";
}

std::string forwarded_to(const std::string& corefile) {
  std::istringstream lines(corefile);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string plugin, zone, target;
    if (words >> plugin >> zone >> target && (plugin == "forward" || plugin == "proxy") && zone == ".") return target;
  }
  return "";
}

std::string explanation(const DnsLoop& loop) {
  std::string text = "the cluster's DNS asks itself: CoreDNS (the Pod `" + loop.pod + "`) ends because its queries come back to it. Its log: " + loop.log_line + ". ";
  if (!loop.forwards_to.empty() && loop.forwards_to != usual_file) {
    const bool is_own = is_loopback(loop.forwards_to) || (!loop.service.empty() && loop.forwards_to.starts_with(loop.service));
    text += "cause: its Corefile forwards to " + loop.forwards_to + (is_own ? ", which is CoreDNS itself. " : ", which asks CoreDNS in turn. ");
    return text + "repair: name servers outside the cluster there (`kubectl -n kube-system edit configmap coredns`)";
  }
  if (loop.resolv_conf.empty()) {
    return text + "the likely cause: the file with name servers that the kubelet of `" + loop.node + "` gives it has a loopback address, such as systemd-resolved's 127.0.0.53, which inside a Pod is the Pod itself (the kubelet's configuration may not be read here: that takes `nodes/proxy`). " + repair_by_file(loop);
  }
  const std::string gives = "it forwards to the name servers of its node, and the kubelet of `" + loop.node + "` gives it " + loop.resolv_conf;
  const std::string loopback = loop.resolv_conf_text ? first_loopback(*loop.resolv_conf_text) : "";
  if (!loopback.empty()) {
    text += "cause: " + gives + ", where `nameserver " + loopback + "` stands: inside a Pod that address is the Pod itself. ";
    if (loop.has_resolved_file) return text + repair_by_file(loop);
    return text + "repair: write a file with the real name servers (this machine has no " + resolved_file + "), name it as the kubelet's `resolvConf`, restart the kubelet, and delete the CoreDNS Pods, which are made anew";
  }
  if (loop.resolv_conf_text) return text + "cause: " + gives + ", whose name servers send the queries back: they ask the cluster's DNS. repair: take it out of their upstreams, or give the kubelet another file as `resolvConf`";
  if (loop.resolv_conf == resolved_file) return text + "cause: " + gives + ", whose name servers send the queries back: look at what stands there on the node";
  return text + "the likely cause: " + gives + ", where systemd-resolved and others write a loopback address (127.0.0.53): inside a Pod that is the Pod itself (`grep nameserver " + loop.resolv_conf + "` on the node tells). " + repair_by_file(loop);
}

Task<std::optional<DnsLoop>> find_dns_loop(Client& client, json pods, json nodes) {
  DnsLoop loop;
  for (const json& pod : pods) {
    const bool is_dns = text_at(pod, {"metadata", "namespace"}) == system_space && text_at(pod, {"metadata", "labels", "k8s-app"}) == "kube-dns";
    if (!is_dns || is_pod_ready(pod) || is_being_deleted(pod)) continue;
    Task<std::string> reading = loop_line_of(client, pod);
    loop.log_line = co_await reading;
    if (loop.log_line.empty()) continue;
    loop.pod = text_at(pod, {"metadata", "name"});
    loop.node = text_at(pod, {"spec", "nodeName"});
    break;
  }
  if (loop.log_line.empty()) co_return std::optional<DnsLoop>();
  for (const char* plural : {"configmaps", "services"}) {
    const bool is_map = std::string_view(plural) == "configmaps";
    std::string path = path_of({.plural = plural}, system_space, is_map ? "coredns" : "kube-dns");
    Task<Result<std::optional<json>>> asking = client.find(std::move(path), "look at CoreDNS");
    const Result<std::optional<json>> object = co_await asking;
    if (!object || !*object) continue;
    if (is_map) loop.forwards_to = forwarded_to(text_at(**object, {"data", "Corefile"}));
    else loop.service = text_at(**object, {"spec", "clusterIP"});
  }
  for (const json& node : nodes) {
    if (text_at(node, {"metadata", "name"}) != loop.node) continue;
    Task<bool> looking = look_at_node(client, node, loop);
    co_await looking;
  }
  co_return loop;
}

}  // namespace sdlrun::stages::kubernetes
