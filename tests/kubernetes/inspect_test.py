#!/usr/bin/env python3
"""kubernetes.inspect on a real cluster: its tables are those of kubectl, and what is broken is found."""

import json
import pathlib
import re
import sys
import unittest

from cluster import HERE, run_tests
from inside import NODE_ADDRESS
from looping_dns import LoopingDns

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


def pod(name, *command, restart="Always", **more):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": "default"},
            "spec": {"terminationGracePeriodSeconds": 0, "restartPolicy": restart, "containers": [{"name": "main", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": command, **more}]}}


class Inspecting(unittest.TestCase):
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


class InspectTest(Inspecting):
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
        cluster.kubectl("wait", "pod/large", "--for=condition=Ready", "--timeout=300s")
        after = self.inspect()

        def free(report):
            return float(next(line for line in report.splitlines() if line.startswith("node1 ")).partition("v1.")[2].split()[1])

        self.assertAlmostEqual(free(before) - free(after), 0.5, 2)

    def test_what_is_broken(self):
        self.make(pod("crashes", "sh", "-c", "exit 3"), pod("none", "true") | {"spec": {"containers": [{"name": "main", "image": "localhost/none:1"}]}},
                  {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data", "namespace": "default"},
                   "spec": {"storageClassName": "fast", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}})
        crashed = r"- the Pod `crashes` in `default`: the container `main` has ended .*exit code 3"
        for _ in range(5):  # begun again, it runs for a moment
            for name, reason in (("none", "ImagePullBackOff"), ("crashes", "CrashLoopBackOff")):
                cluster.kubectl("wait", f"pod/{name}", f"--for=jsonpath={{.status.containerStatuses[0].state.waiting.reason}}={reason}", "--timeout=300s")
            report = self.inspect()
            if re.search(crashed, report):
                break
        self.assertRegex(report, crashed)
        self.assertRegex(report, r"- the Pod `none` in `default`: cannot start: the image `localhost/none:1` cannot be pulled")
        self.assertIn("- the PersistentVolumeClaim `data` in `default` is Pending (storage class `fast`)", report)

    def test_what_may_not_be_read_is_told(self):
        token = cluster.account("blind", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get"]}])
        path = cluster.write_kubeconfig(pathlib.Path(self.project.folder) / "blind.conf", {"token": token})
        report = self.inspect(KUBECONFIG=str(path))
        self.assertIn("- cannot list the nodes: nodes is forbidden", report)
        self.assertIn("- cannot list the Pods: pods is forbidden", report)


class LoopingDnsTest(Inspecting):
    def setUp(self):
        super().setUp()
        self.dns = LoopingDns(cluster, self.addCleanup)

    def told_of_loop(self):
        self.dns.wait_for_loop()
        [told] = [line for line in self.inspect().splitlines() if "asks itself" in line]
        self.assertRegex(told, r'\[FATAL\] plugin/loop: Loop \(\S+ -> :53\) detected for zone "\."')
        return told

    def check_repaired(self):
        self.dns.wait_until_ready()
        report = self.inspect()
        self.assertNotIn("asks itself", report)
        self.assertNotIn("- the Pod `coredns", report)
        self.make(pod("asks", "sh", "-c", f"until nslookup {self.dns.NAME} | grep {self.dns.ADDRESS}; do sleep 1; done", restart="Never"))
        cluster.kubectl("wait", "pod/asks", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=300s")

    def test_a_loopback_address_that_the_kubelet_gives(self):
        self.dns.give(self.dns.forwarding_to("/etc/resolv.conf"), resolvConf=str(self.dns.stub))
        told = self.told_of_loop()
        self.assertIn(f"cause: it forwards to the name servers of its node, and the kubelet of `node1` gives it {self.dns.stub}, where `nameserver 127.0.0.53` stands", told)
        self.assertRegex(told, "repair: .*`resolvConf.*restart the kubelet.*delete the CoreDNS Pods")
        self.dns.give(self.dns.forwarding_to("/etc/resolv.conf"), resolvConf=str(self.dns.real))
        self.check_repaired()

    def test_a_corefile_that_forwards_to_the_clusters_own_dns(self):
        self.dns.give(self.dns.forwarding_to("10.96.0.10"), resolvConf=str(self.dns.real))
        told = self.told_of_loop()
        self.assertIn("cause: its Corefile forwards to 10.96.0.10, which is CoreDNS itself. repair: name servers outside the cluster there", told)
        self.dns.give(self.dns.forwarding_to(NODE_ADDRESS), resolvConf=str(self.dns.real))
        self.check_repaired()


def tests(begun):
    global cluster
    cluster = begun
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
