#!/usr/bin/env python3
"""kubernetes.inspect on a real cluster: its tables are those of kubectl, and what is broken is found."""

import json
import pathlib
import sys
import unittest

from cluster import HERE, run_tests

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

cluster = None
PIPELINE = """pipeline p {
  step kube = kubernetes.cluster {}
  step state = kubernetes.inspect { cluster = kube.cluster }
  output report = state.report
  output problems = json(state.problems)
  output nodes = json(state.nodes)
}
"""
# What CoreDNS 1.12 with the plugin `loop` prints when its queries come back to it. That of the tests' cluster has no such plugin.
LOOP = '[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 1.2."'


def pod(name, *command, namespace="default", labels=None, container="main", **more):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": labels or {}},
            "spec": {"terminationGracePeriodSeconds": 0, "containers": [{"name": container, "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": command, **more}]}}


class InspectTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("p.sdl", PIPELINE)

    def inspect(self, **variables):
        """The report's text."""
        done = self.project.run("p.sdl", "--json", **{"KUBECONFIG": str(cluster.kubeconfig), "XDG_CACHE_HOME": str(self.project.folder / "cache"), **variables})
        self.assertEqual(done.code, 0, done.text)
        return next((self.project.folder / "out/p").glob("report*")).read_text()

    def make(self, *objects):
        cluster.apply(*objects)
        for each in objects:
            self.addCleanup(cluster.kubectl, "delete", each["kind"], each["metadata"]["name"], "--namespace", each["metadata"].get("namespace", "default"), "--wait=true", "--grace-period=0", "--force")

    def test_a_healthy_cluster(self):
        report = self.inspect()
        table = cluster.kubectl("get", "pods", "--namespace=kube-system").splitlines()
        self.assertIn(table[0], report.splitlines())
        [name, ready, status, restarts] = table[1].split()[:4]
        self.assertRegex(report, rf"(?m)^{name} +{ready} +{status} +{restarts} ")
        self.assertRegex(report, r"(?m)^node1 +Ready ")
        self.assertNotIn("- the node", report)
        self.assertNotIn("- the Pod", report)

    def test_what_is_free(self):
        before = self.inspect()
        self.make(pod("large", "sleep", "1000", resources={"requests": {"cpu": "500m", "memory": "100Mi"}}))
        cluster.kubectl("wait", "pod/large", "--for=condition=Ready", "--timeout=120s")
        after = self.inspect()

        def free(report):
            return float(next(line for line in report.splitlines() if line.startswith("node1 ")).partition("v1.")[2].split()[1])

        self.assertAlmostEqual(free(before) - free(after), 0.5, 2)

    def test_what_is_broken(self):
        self.make(pod("crashes", "sh", "-c", "exit 3"), pod("none", "true") | {"spec": {"containers": [{"name": "main", "image": "localhost/none:1"}]}},
                  {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
                   "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
        cluster.kubectl("wait", "pod/crashes", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "--timeout=120s")
        cluster.kubectl("wait", "pod/none", "--for=jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff", "--timeout=120s")
        report = self.inspect()
        self.assertRegex(report, r"- the Pod `crashes` in `default`: the container `main` has ended .*exit code 3")
        self.assertRegex(report, r"- the Pod `none` in `default`: cannot start: the image `localhost/none:1` cannot be pulled")
        self.assertIn("- the PersistentVolumeClaim `data` in `default` is Pending (storage class `fast`)", report)

    def test_dns_that_asks_itself(self):
        settings = cluster.get("configmap", "coredns", "--namespace=kube-system")["data"]["Corefile"]
        looping = settings.replace("cache 5", "cache 5\n      forward . /etc/resolv.conf")
        cluster.kubectl("patch", "configmap/coredns", "--namespace=kube-system", "--patch", json.dumps({"data": {"Corefile": looping}}))
        self.addCleanup(cluster.kubectl, "patch", "configmap/coredns", "--namespace=kube-system", "--patch", json.dumps({"data": {"Corefile": settings}}))
        # It serves no one: a Pod that is not ready is no endpoint of the cluster's DNS.
        self.make(pod("looping", "sh", "-c", f"echo '{LOOP}'; exit 1", namespace="kube-system", labels={"k8s-app": "kube-dns"}, container="coredns"))
        cluster.kubectl("wait", "pod/looping", "--namespace=kube-system", "--for=jsonpath={.status.containerStatuses[0].restartCount}=1", "--timeout=120s")
        report = self.inspect()
        told = next(line for line in report.splitlines() if "asks itself" in line)
        self.assertIn(LOOP.rstrip("."), told)
        configuration = json.loads(cluster.kubectl("get", "--raw", "/api/v1/nodes/node1/proxy/configz"))["kubeletconfig"]
        self.assertIn(f"the kubelet of `node1` gives it {configuration.get('resolvConf') or '/etc/resolv.conf'}", told)
        self.assertIn("repair: ", told)

    def test_what_may_not_be_read_is_told(self):
        token = cluster.account("blind", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
        path = cluster.write_kubeconfig(pathlib.Path(self.project.folder) / "blind.conf", {"token": token})
        report = self.inspect(KUBECONFIG=str(path))
        self.assertIn("- cannot list the nodes: nodes is forbidden", report)
        self.assertIn("- cannot list the Pods: pods is forbidden", report)


def tests(begun):
    global cluster
    cluster = begun
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
