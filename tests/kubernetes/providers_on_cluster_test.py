#!/usr/bin/env python3
"""kubernetes.cluster with kind and minikube, whose recorded programs hand out a real cluster: what a step does with it from then on is no contract."""

import json
import threading
import unittest

import recorded_tool
from cluster import run_tests
from looping_dns import LoopingDns
from providers_fixture import ProviderCase

cluster = None


class RealClusterTest(ProviderCase):
    def setUp(self):
        super().setUp()
        recorded_tool.install(self.home / "bin", "kind", self.home / "kind")
        (self.home / "kind" / "state.json").write_text(json.dumps({"clusters": {}, "name": "sdlrun-demo", "kubeconfig": cluster.kubeconfig.read_text()}))

    def test_a_cluster_that_is_made_is_settled_looked_at_and_made_ready_for_spark(self):
        text = """step kube = kubernetes.cluster { provider = "kind" }
        step spark = spark.kubernetes { cluster = kube.cluster, namespace = "providers", executors = 3000 }
        step state = kubernetes.inspect { cluster = kube.cluster }
        output nodes = json(kube.nodes)
        output report = state.report"""
        self.addCleanup(cluster.kubectl, "delete", "namespace", "providers", "--wait=false")
        done = self.good(self.run_pipeline(text))
        self.assertIn('[\\"node1\\"]', done.text)
        [warning] = self.warnings_of(done)
        self.assertRegex(warning, r"\d+ of 3000 executors find room beside the driver")
        self.assertEqual(cluster.kubectl("get", "serviceaccount", "spark-driver", "--namespace=providers", "--output=name").strip(), "serviceaccount/spark-driver")
        # It comes from the cache, and its kubeconfig is written anew where somebody has taken it away.
        own = self.clusters_folder() / "kind-sdlrun-demo"
        (own / "kubeconfig").unlink()
        again = self.good(self.run_pipeline(text))
        self.assertEqual(again.outcomes()["kube"], "cached")
        self.assert_private(own / "kubeconfig")


class LoopingDnsTest(ProviderCase):
    """A minikube without a machine of its own, on one with systemd-resolved: its CoreDNS really asks itself, and a start of minikube really changes the kubelet."""

    FILE = "/run/systemd/resolve/resolv.conf"

    def setUp(self):
        super().setUp()
        self.tool = self.home / "minikube"
        recorded_tool.install(self.home / "bin", "minikube", self.tool)
        (self.tool / "state.json").write_text(json.dumps({"clusters": {}, "name": "sdlrun-demo", "kubeconfig": cluster.kubeconfig.read_text(), "kubelet": True}))
        self.dns = LoopingDns(cluster, self.addCleanup)
        # What systemd-resolved writes, on the node alone.
        cluster.inside.start("resolved", ["sh", "-c", f"mkdir -p $(dirname {self.FILE}) && cp {self.dns.real} {self.FILE} && exec sleep 2147483647"])
        self.addCleanup(cluster.kill, "resolved")

    def test_it_is_repaired(self):
        self.dns.give(self.dns.forwarding_to("/etc/resolv.conf"), resolvConf=str(self.dns.stub))
        self.dns.wait_for_loop()
        self.addCleanup(self.dns.hold())
        given = []

        def be_kubelet():
            asked = self.tool / "kubelet"
            while not self.is_over.wait(0.1):
                if asked.exists():
                    given.append(asked.read_text())
                    cluster.configure_kubelet(resolvConf=given[-1])
                    asked.unlink()

        self.is_over = threading.Event()
        thread = threading.Thread(target=be_kubelet)
        thread.start()
        try:
            done = self.run_pipeline("""step kube = kubernetes.cluster { provider = "minikube", driver = "none" }
            step state = kubernetes.inspect { cluster = kube.cluster }
            output problems = json(state.problems)""")
        finally:
            self.is_over.set()
            thread.join()
        self.good(done)
        self.assertIn(self.FILE, given)
        [warning] = [warning for warning in self.warnings_of(done) if "CoreDNS" in warning]
        self.assertIn("CoreDNS asked itself, and was repaired", warning)
        self.assertIn(f"the kubelet of `node1` gives it {self.dns.stub}, where `nameserver 127.0.0.53` stands", warning)
        self.assertRegex(warning, r"\[FATAL\] plugin/loop: Loop")
        [problems] = [event["value"] for event in done.events if event["event"] == "output_published"]
        self.assertNotIn("asks itself", problems)
        self.dns.wait_until_ready()


def tests(running):
    global cluster
    cluster = running
    result = unittest.main(exit=False).result
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    run_tests(tests)
