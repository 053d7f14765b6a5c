#!/usr/bin/env python3
"""The Kubernetes that tests begin: it runs pods, has faults when told to, and leaves nothing behind, however the test ends."""

import fcntl
import glob
import json
import os
import pathlib
import signal
import socketserver
import subprocess
import sys
import threading
import unittest

from cluster import Cluster, run_tests
from inside import TUNABLES
from namespaces import PREFIX, Namespaces
from shared import HERE, processes_of, quietly

cluster = None  # that of all tests here but those of its end
POD_READER = [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}]
# Begins a cluster without a node and ends as it is told.
PROGRAM = '''
import sys, time
from cluster import run_tests

def tests(cluster):
    print(cluster.folder.name, flush=True)
    if sys.argv[1] == "raise":
        raise AssertionError("it fails")
    if sys.argv[1] == "wait":
        time.sleep(1000)
    return 5

run_tests(tests, node=False)
'''


def pod(name, *command, **spec):
    container = {"name": "main", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": command}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "labels": {"app": name}},
            "spec": {"restartPolicy": "Never", "terminationGracePeriodSeconds": 0, "containers": [container], **spec}}


def addresses_of_machine():
    return [line.split()[3].partition("/")[0] for line in quietly("ip", "-o", "-4", "address", "show", "scope", "global").stdout.splitlines()]


def wait_for_phase(name, phase):
    cluster.kubectl("wait", f"pod/{name}", f"--for=jsonpath={{.status.phase}}={phase}", "--timeout=300s")


def log_of_finished(name, *command, **spec):
    cluster.apply(pod(name, *command, **spec))
    wait_for_phase(name, "Succeeded")
    return cluster.kubectl("logs", name)


class PodsTest(unittest.TestCase):
    def test_the_node_is_ready(self):
        conditions = cluster.get("node", "node1")["status"]["conditions"]
        self.assertEqual([condition["status"] for condition in conditions if condition["type"] == "Ready"], ["True"])

    def test_a_pod_runs_to_its_end_and_its_log_is_there(self):
        self.assertEqual(log_of_finished("short", "echo", "hello from a pod"), "hello from a pod")

    def test_an_exit_code_is_kept(self):
        cluster.apply(pod("failing", "sh", "-c", "exit 3"))
        wait_for_phase("failing", "Failed")
        [status] = cluster.get("pod", "failing")["status"]["containerStatuses"]
        self.assertEqual(status["state"]["terminated"]["exitCode"], 3)

    def test_a_service_is_reached_by_its_name_from_another_pod(self):
        cluster.apply(pod("web", "sh", "-c", "echo page > /www/page; httpd -f -p 8080 -h /www"),
                      {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "web"}, "spec": {"selector": {"app": "web"}, "ports": [{"port": 80, "targetPort": 8080}]}})
        wait_for_phase("web", "Running")
        self.assertEqual(log_of_finished("asks", "sh", "-c", "until wget -qO- http://web.default.svc.cluster.local/page; do sleep 0.2; done 2> /dev/null"), "page")

    def test_no_address_leads_out(self):
        """Not even to this machine, which the same command reaches from outside."""
        server = self.enterContext(socketserver.TCPServer(("", 0), socketserver.BaseRequestHandler))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.shutdown)
        for address in addresses_of_machine():
            ask = f"nc -w 5 {address} {server.server_address[1]} < /dev/null > /dev/null 2>&1 && echo reached || echo not"
            self.assertEqual(subprocess.run(["busybox", "sh", "-c", ask], capture_output=True, text=True, check=True).stdout, "reached\n")
            self.assertEqual(log_of_finished(f"shut-in-{address.replace('.', '-')}", "sh", "-c", ask), "not")


class RightsTest(unittest.TestCase):
    def test_what_is_not_granted_is_refused(self):
        token = cluster.account("reader", POD_READER)
        file = cluster.folder / "token"
        file.write_text(token)
        plugin = {"apiVersion": "client.authentication.k8s.io/v1", "interactiveMode": "Never", "command": "sh",
                  "args": ["-c", 'printf \'{"apiVersion": "client.authentication.k8s.io/v1", "kind": "ExecCredential", "status": {"token": "%s"}}\' "$(cat "$0")"', str(file)]}
        for user in ({"token": token}, {"tokenFile": str(file)}, {"exec": plugin}):
            with self.subTest(user=list(user)):
                path = cluster.write_kubeconfig(cluster.folder / "reader.conf", user)
                self.assertEqual(cluster.kubectl(f"--kubeconfig={path}", "auth", "whoami", "--output=jsonpath={.status.userInfo.username}"), "system:serviceaccount:default:reader")
                cluster.kubectl(f"--kubeconfig={path}", "get", "pods")
                refused = cluster.kubectl(f"--kubeconfig={path}", "delete", "pod", "any", check=False)
                self.assertIn('"system:serviceaccount:default:reader" cannot delete resource "pods"', refused.stderr)

    def test_what_was_asked_can_be_read(self):
        path = cluster.write_kubeconfig(cluster.folder / "writer.conf", {"token": cluster.account("writer", [{**POD_READER[0], "verbs": ["create"]}])})
        before = len(cluster.requests())
        cluster.kubectl(f"--kubeconfig={path}", "create", "--validate=false", "--filename=-", input=json.dumps(pod("written", "true")))
        [made] = [event for event in cluster.requests()[before:] if event["verb"] == "create"]
        self.assertEqual((made["user"]["username"], made["requestObject"]["metadata"]["name"]), ("system:serviceaccount:default:writer", "written"))

    def test_who_is_unknown_is_refused(self):
        path = cluster.write_kubeconfig(cluster.folder / "nobody.conf", {"token": "nothing"})
        self.assertIn("Unauthorized", cluster.kubectl(f"--kubeconfig={path}", "get", "pods", check=False).stderr)


class FaultsTest(unittest.TestCase):
    def test_an_api_server_that_is_killed_and_comes_back(self):
        cluster.apply(pod("survives", "sleep", "1000"))
        wait_for_phase("survives", "Running")
        cluster.kill("kube-apiserver")
        self.assertNotEqual(cluster.kubectl("get", "pods", check=False).returncode, 0)
        cluster.start("kube-apiserver")
        [status] = cluster.get("pod", "survives")["status"]["containerStatuses"]
        self.assertEqual((status["restartCount"], list(status["state"])), (0, ["running"]))

    def test_a_server_that_refuses(self):
        cluster.server.refuse()
        self.assertIn("refused", cluster.kubectl("get", "pods", check=False).stderr)
        cluster.server.serve()
        cluster.kubectl("get", "pods")

    def test_connections_that_break(self):
        watching = subprocess.Popen([cluster.programs / "kubernetes", "kubectl", f"--kubeconfig={cluster.kubeconfig}", "get", "--raw", "/api/v1/pods?watch=1"],
                                    stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        json.loads(watching.stdout.readline())
        cluster.server.drop_connections()
        watching.communicate(timeout=60)
        cluster.kubectl("get", "pods")


class LostNodeTest(unittest.TestCase):
    def test_a_node_that_is_lost_and_comes_back(self):
        with Cluster() as own:
            own.apply(pod("lost", "sleep", "1000"))
            own.kubectl("wait", "pod/lost", "--for=jsonpath={.status.phase}=Running", "--timeout=300s")
            own.lose_node()
            self.assertNotEqual(own.kubectl("logs", "lost", check=False).returncode, 0)
            self.assertEqual(own.get("pod", "lost")["status"]["phase"], "Running")
            own.kubectl("delete", "pod", "lost", "--force", "--grace-period=0")
            own.restore_node()
            own.apply(pod("next", "echo", "again"))
            own.kubectl("wait", "pod/next", "--for=jsonpath={.status.phase}=Succeeded", "--timeout=300s")


def traces(name):
    """All that a cluster may have left on the machine, by kind."""
    return {
        "processes": [*processes_of(name), *(path for path in glob.glob("/proc/[0-9]*") if name in read(f"{path}/cmdline"))],
        "mounts": [line for line in read("/proc/self/mountinfo").splitlines() if name in line],
        "folders": glob.glob(f"/tmp/{name}"),
        "groups": glob.glob(f"/sys/fs/cgroup/**/{name}", recursive=True),
    }


def read(path):
    try:
        return pathlib.Path(path).read_text(errors="replace")
    except OSError:
        return ""


def machine():
    """What kubelets make or set for the whole of a machine. (Engines of other tests have theirs in other places.)"""
    places = ("/var/lib/kubelet", "/var/log/containers", "/var/log/pods")
    return {place: os.path.exists(place) for place in places} | {name: read(f"/proc/sys/{name}") for name in TUNABLES}


class LeavesNothingTest(unittest.TestCase):
    def test_a_cluster_with_pods(self):
        before = machine()
        with Cluster() as own:
            own.apply(pod("stays", "sleep", "1000"))
            own.kubectl("wait", "pod/stays", "--for=jsonpath={.status.phase}=Running", "--timeout=300s")
            name = own.folder.name
            self.assertNotIn([], [traces(name)[kind] for kind in ("processes", "folders", "groups")])
        self.assertEqual({kind: left for kind, left in traces(name).items() if left}, {})
        self.assertEqual(machine(), before)

    def ends(self, how, code, end=lambda process: None):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, how], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        name = process.stdout.readline().strip()
        self.assertTrue(name.startswith(PREFIX), name)
        end(process)
        process.communicate(timeout=300)
        self.assertEqual(process.returncode, code)
        return name

    def test_a_test_that_ends(self):
        for how, code, end in (("return", 5, lambda _: None), ("raise", 1, lambda _: None), ("wait", 143, subprocess.Popen.terminate)):
            with self.subTest(how):
                name = self.ends(how, code, end)
                self.assertEqual({kind: left for kind, left in traces(name).items() if left}, {})

    def test_a_test_that_is_killed(self):
        name = self.ends("wait", -signal.SIGKILL, subprocess.Popen.kill)
        with open(f"/tmp/{name}/lock") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)  # the kernel is at it
        with Namespaces():
            self.assertEqual({kind: left for kind, left in traces(name).items() if left}, {})


def tests(begun):
    global cluster
    cluster = begun
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
