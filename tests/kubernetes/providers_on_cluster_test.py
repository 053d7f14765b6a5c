#!/usr/bin/env python3
"""kubernetes.cluster with kind, whose recorded program hands out a real cluster: what a step does with it from then on is no contract."""

import json
import unittest

import recorded_tool
from cluster import run_tests
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


def tests(running):
    global cluster
    cluster = running
    result = unittest.main(exit=False).result
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    run_tests(tests)
