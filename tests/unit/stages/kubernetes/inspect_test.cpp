// What is read off a cluster's objects: tables, problems, and CoreDNS that asks itself.
#include "stages/kubernetes/inspect/tables.hpp"

#include <doctest/doctest.h>

#include "stages/kubernetes/diagnosis/dns_loop.hpp"
#include "stages/kubernetes/diagnosis/problems.hpp"
#include "stages/kubernetes/inspect/times.hpp"

using namespace sdlrun::stages::kubernetes;
using nlohmann::json;
using Lines = std::vector<std::string>;

namespace {

const char* node_text = R"({"metadata": {"name": "node1", "creationTimestamp": "2026-11-29T00:00:00Z", "labels": {"node-role.kubernetes.io/control-plane": ""}},
  "status": {"allocatable": {"cpu": "2", "memory": "4Gi"}, "nodeInfo": {"kubeletVersion": "v1.34.4"},
             "conditions": [{"type": "MemoryPressure", "status": "False"}, {"type": "Ready", "status": "True"}]}})";

const char* pod_text = R"({"metadata": {"name": "coredns-1", "namespace": "kube-system", "uid": "u1", "creationTimestamp": "2026-11-29T01:00:00Z"},
  "spec": {"nodeName": "node1", "containers": [{"name": "coredns", "resources": {"requests": {"cpu": "100m", "memory": "70Mi"}}}]},
  "status": {"phase": "Running", "conditions": [{"type": "Ready", "status": "True"}],
             "containerStatuses": [{"name": "coredns", "ready": true, "restartCount": 0, "state": {"running": {}}}]}})";

ClusterState state() {
  ClusterState result{.now = *seconds_of("2026-11-29T02:00:00Z"), .version = "v1.34.4"};
  result.nodes.push_back(json::parse(node_text));
  result.pods.push_back(json::parse(pod_text));
  return result;
}

}  // namespace

TEST_CASE("ages are those of kubectl") {
  CHECK(age_text(119) == "119s");
  CHECK(age_text(120) == "2m");
  CHECK(age_text(330) == "5m30s");
  CHECK(age_text(3600) == "60m");
  CHECK(age_text(4 * 3600 + 600) == "4h10m");
  CHECK(age_text(30 * 3600) == "30h");
  CHECK(age_text(3 * 86400 + 7200) == "3d2h");
  CHECK(age_text(100 * 86400) == "100d");
  CHECK_FALSE(seconds_of("yesterday").has_value());
  CHECK(seconds_of("2026-11-29T00:00:00.123456Z") == 1795910400);
}

TEST_CASE("the tables of a healthy cluster, and no problems") {
  CHECK(node_table(state()) == Lines{"NAME    STATUS   ROLES           AGE    VERSION   CPU FREE   MEMORY FREE       PODS",
                                     "node1   Ready    control-plane   120m   v1.34.4   1.9 of 2   3.93GiB of 4GiB   1"});
  CHECK(pod_table(state(), "kube-system") == Lines{"NAME        READY   STATUS    RESTARTS   AGE", "coredns-1   1/1     Running   0          60m"});
  CHECK(pod_table(state(), "other") == Lines{"No resources found in other namespace."});
  CHECK(problems_in(state()) == Lines{});
}

TEST_CASE("a container that crashes, a node that is short of memory, a volume that does not come, and a warning") {
  ClusterState bad = state();
  bad.nodes[0]["status"]["conditions"] = json::parse(R"([{"type": "MemoryPressure", "status": "True", "message": "kubelet has insufficient memory"}, {"type": "Ready", "status": "False", "message": "container runtime is down"}])");
  bad.nodes[0]["spec"] = {{"unschedulable", true}};
  bad.pods[0]["status"] = json::parse(R"({"phase": "Running", "conditions": [{"type": "Ready", "status": "False"}], "containerStatuses": [
    {"name": "coredns", "ready": false, "restartCount": 4, "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {"terminated": {"exitCode": 137, "reason": "OOMKilled", "finishedAt": "2026-11-29T01:59:00Z"}}}]})");
  bad.claims.push_back(json::parse(R"({"metadata": {"name": "data", "namespace": "shop", "uid": "u2"}, "spec": {"storageClassName": "fast"}, "status": {"phase": "Pending"}})"));
  bad.warnings.push_back(json::parse(R"({"involvedObject": {"kind": "PersistentVolumeClaim", "name": "data", "namespace": "shop", "uid": "u2"}, "reason": "ProvisioningFailed", "message": "storageclass \"fast\" not found", "lastTimestamp": "2026-11-29T01:59:00Z"})"));
  bad.warnings.push_back(json::parse(R"({"involvedObject": {"kind": "Service", "name": "web", "namespace": "shop", "uid": "u3"}, "reason": "Failed", "message": "no address", "count": 3, "lastTimestamp": "2026-11-29T01:59:30Z"})"));
  bad.warnings.push_back(json::parse(R"({"involvedObject": {"kind": "Service", "name": "old", "namespace": "shop", "uid": "u4"}, "reason": "Failed", "message": "long ago", "lastTimestamp": "2026-11-29T00:30:00Z"})"));
  CHECK(pod_table(bad, "kube-system")[1] == "coredns-1   0/1     CrashLoopBackOff   4 (60s ago)   60m");
  CHECK(node_table(bad)[1].find("NotReady,SchedulingDisabled") != std::string::npos);
  CHECK(problems_in(bad) == Lines{"the node `node1` has MemoryPressure: kubelet has insufficient memory",
                                  "the node `node1` is not ready: container runtime is down",
                                  "the Pod `coredns-1` in `kube-system`: the container `coredns` has ended 5 times, last with exit code 137: its memory ran out (OOMKilled)",
                                  "the PersistentVolumeClaim `data` in `shop` is Pending (storage class `fast`): storageclass \"fast\" not found",
                                  "a warning of 30s ago about the Service `web` in `shop`: Failed: no address (3 times)"});
}

TEST_CASE("the loop is found in CoreDNS's own words, recorded from a real one") {
  const std::string log = ".:53\nCoreDNS-1.12.4\nlinux/amd64\n[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :53) detected for zone \".\", see https://coredns.io/plugins/loop#troubleshooting. Query: \"HINFO 4547991504243258144.3688648895315093531.\"\n";
  CHECK(loop_line(log).starts_with("[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :53)"));
  CHECK(loop_line(".:53\nCoreDNS-1.12.4\n").empty());
  CHECK(forwarded_to(".:53 {\n    errors\n    forward . /etc/resolv.conf {\n       max_concurrent 1000\n    }\n}\n") == "/etc/resolv.conf");
  CHECK(forwarded_to(".:53 {\n    forward example.com 10.0.0.1\n}\n").empty());
}

TEST_CASE("the cause of a loop is named, and its own repair") {
  DnsLoop loop{.pod = "coredns-1", .log_line = "[FATAL] plugin/loop: Loop", .forwards_to = "/etc/resolv.conf", .service = "10.96.0.10", .node = "node1", .resolv_conf = "/etc/resolv.conf"};
  const auto says = [&loop](const std::string& text) { return explanation(loop).find(text) != std::string::npos; };
  CHECK(says("the likely cause: it forwards to the name servers of its node, and the kubelet of `node1` gives it /etc/resolv.conf"));
  CHECK(says("set `resolvConf: /run/systemd/resolve/resolv.conf` in the kubelet's configuration"));
  CHECK(says("`minikube start --extra-config=kubelet.resolv-conf=/run/systemd/resolve/resolv.conf`"));

  loop.resolv_conf_text = "# stub\nsearch example.com\nnameserver 127.0.0.53\noptions edns0\n";
  loop.has_resolved_file = true;
  loop.is_minikube = true;
  CHECK(says("cause: it forwards to the name servers of its node, and the kubelet of `node1` gives it /etc/resolv.conf, where `nameserver 127.0.0.53` stands"));
  CHECK(says("repair: `minikube start --extra-config=kubelet.resolv-conf="));

  loop.has_resolved_file = false;
  CHECK(says("write a file with the real name servers (this machine has no /run/systemd/resolve/resolv.conf)"));

  loop.resolv_conf_text = "nameserver 192.168.1.1\n";
  CHECK(says("whose name servers send the queries back"));

  loop.forwards_to = "10.96.0.10";
  CHECK(says("its Corefile forwards to 10.96.0.10, which is CoreDNS itself"));
  CHECK_FALSE(says("minikube"));

  loop.forwards_to.clear();
  loop.resolv_conf.clear();
  CHECK(says("that takes `nodes/proxy`"));
}
