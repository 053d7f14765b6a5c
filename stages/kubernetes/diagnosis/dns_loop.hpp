// CoreDNS that ends because it forwards queries to itself: found in its log, explained by what its node gives it, never patched.
// https://coredns.io/plugins/loop/#troubleshooting
#pragma once

#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "stages/kubernetes/api/client.hpp"

namespace sdlrun::stages::kubernetes {

/// What was found out; what is empty is not known.
struct DnsLoop {
  std::string pod = {};
  std::string log_line = {};     // `[FATAL] plugin/loop: Loop (127.0.0.1:… -> :53) detected for zone "."`
  std::string forwards_to = {};  // of the Corefile: "/etc/resolv.conf", "10.96.0.10"
  std::string service = {};      // the address of the cluster's own DNS
  std::string node = {};
  std::string resolv_conf = {};  // the file that the kubelet gives to Pods with dnsPolicy Default
  std::optional<std::string> resolv_conf_text = {};  // where it can be read: the node is this machine
  bool has_resolved_file = false;  // there is /run/systemd/resolve/resolv.conf, also only known of this machine
  bool is_minikube = false;
};

/// The line of a log in which the plugin `loop` says so; empty: there is none.
std::string loop_line(const std::string& log);
/// What the zone `.` is forwarded to; empty: it is not.
std::string forwarded_to(const std::string& corefile);
/// The cause, and the repair that is its own.
std::string explanation(const DnsLoop& loop);

/// Asks the cluster, where CoreDNS Pods are not ready; nothing where no loop is found.
engine::Task<std::optional<DnsLoop>> find_dns_loop(Client& client, nlohmann::json pods, nlohmann::json nodes);

}  // namespace sdlrun::stages::kubernetes
