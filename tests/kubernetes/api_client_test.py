#!/usr/bin/env python3
"""How sdlrun talks to an API server, a real one that knows no node: who it is there, by which way, and what it does about answers that are no answers yet."""

import base64
import contextlib
import http.server
import json
import os
import re
import select
import socket
import subprocess
import sys
import threading
import time
import unittest

from cluster import HERE, run_tests
from gate import Gate, Server
from kubeconfig import by_certificate, kubeconfig

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import SDLRUN, Project  # noqa: E402

cluster = None
ASKS = """pipeline p {
  step kube = kubernetes.cluster {}
  step app = kubernetes.apply { cluster = kube.cluster, objects = [json({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "asked" }, data: {} })] }
}
"""
WAITS = """pipeline p {
  step kube = kubernetes.cluster {}
  step there = kubernetes.wait { cluster = kube.cluster, kind = "cm", name = "NAME", for = "jsonpath={.data.go}=yes" }
}
"""
LOOKS = """pipeline p {
  step kube = kubernetes.cluster {}
  step state = kubernetes.inspect { cluster = kube.cluster }
  output problems = json(state.problems)
}
"""
SPARK = """pipeline p {
  step kube = kubernetes.cluster {}
  step spark = spark.kubernetes { cluster = kube.cluster, namespace = "SPACE" }
}
"""
APPLIES = """pipeline p {
  step kube = kubernetes.cluster {}
  step app = kubernetes.apply { cluster = kube.cluster, namespace = "leaving", objects = [
    json({ apiVersion: "v1", kind: "Namespace", metadata: { name: "leaving" } }),
    json({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: {} })] }
}
"""
GONE = json.dumps({"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "Expired", "message": "too old resource version", "code": 410})


class ClientTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)

    def variables(self, **more):
        return {"XDG_CACHE_HOME": str(self.project.folder / "cache"), "HOME": str(self.project.folder), "KUBECONFIG": "", **more}

    def ask(self, code=0, **variables):
        self.project.write("p.sdl", ASKS)
        done = self.project.run("p.sdl", **self.variables(**variables))
        self.assertEqual(done.code, code, done.text)
        return done.text

    def write(self, name, text):
        self.project.write(name, text)
        return str(self.project.folder / name)

    def config(self, server=None, user=None, authority=None, **more):
        """A kubeconfig as JSON, which is YAML; `more` stands beside the server."""
        authority = authority or {"certificate-authority": str(cluster.folder / "certificates/ca.crt")}
        return json.dumps({"current-context": "x", "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}],
                           "clusters": [{"name": "c", "cluster": {"server": server or cluster.address, **authority, **more}}],
                           "users": [{"name": "u", "user": user or admin()}]})


def admin():
    keys = cluster.folder / "certificates"
    return {"client-certificate": str(keys / "admin.crt"), "client-key": str(keys / "admin.key")}


class WhoTest(ClientTest):
    def test_certificates_in_files_and_in_the_text(self):
        self.ask(KUBECONFIG=self.write("files", self.config()))
        keys = cluster.folder / "certificates"
        self.ask(KUBECONFIG=self.write("inline", kubeconfig(cluster.address, keys / "ca.crt", by_certificate(keys, "admin"))))

    def test_several_files(self):
        """The first says who and where, the second has what it names; one is not there."""
        whole = json.loads(self.config())
        first = self.write("first", json.dumps({name: whole[name] for name in ("current-context", "contexts")}))
        second = self.write("second", json.dumps({name: whole[name] for name in ("clusters", "users")}))
        self.ask(KUBECONFIG=f"{first}:{self.project.folder}/none:{second}")

    def test_a_context_that_is_called_otherwise_later(self):
        self.ask(KUBECONFIG=self.write("config", self.config()))
        self.ask(KUBECONFIG=self.write("config", self.config().replace('"x"', '"y"')))

    def test_the_home_folders_file(self):
        self.write(".kube/config", self.config())
        self.ask()

    def test_a_plugin_that_answers_with_a_certificate(self):
        keys = cluster.folder / "certificates"
        answer = {"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1",
                  "status": {f"client{kind}Data": (keys / f"admin.{end}").read_text() for kind, end in (("Certificate", "crt"), ("Key", "key"))}}
        self.write("answer", json.dumps(answer))
        plugin = self.write("plugin", '#!/bin/sh\necho "$KUBERNETES_EXEC_INFO" > "$1/asked"\ncat "$1/answer"\n')
        os.chmod(plugin, 0o755)
        user = {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": "./plugin", "args": [str(self.project.folder)], "provideClusterInfo": True, "interactiveMode": "Never"}}
        self.ask(KUBECONFIG=self.write("config", self.config(user=user)))
        self.assertEqual(json.loads((self.project.folder / "asked").read_text())["spec"]["cluster"]["server"], cluster.address)

    def test_somebody_else(self):
        text = self.ask(code=1, KUBECONFIG=self.write("config", self.config(user={**admin(), "as": "nobody", "as-groups": ["guests"]})))
        self.assertIn('User "nobody" cannot', text)

    def test_in_a_pod(self):
        """What a Pod has of its cluster: two variables, and a folder of files at a fixed place. Others on this machine don't see that."""
        cluster.kubectl("create", "namespace", "inside")
        rules = [{"apiGroups": [""], "resources": ["configmaps"], "verbs": ["get", "list", "create", "patch"]}]
        files = {"token": cluster.account("inside", rules, "inside"), "namespace": "inside", "ca.crt": (cluster.folder / "certificates/ca.crt").read_text()}
        for name, text in files.items():
            self.project.write(f"account/{name}", text)
        self.project.write("p.sdl", ASKS)
        place = "/run/secrets/kubernetes.io/serviceaccount"
        line = f'mount -t tmpfs tmpfs /run && mkdir -p {place} && cp account/* {place}/ && exec "$0" p.sdl'
        done = subprocess.run(["unshare", "--mount", "--propagation", "private", "sh", "-c", line, SDLRUN], cwd=self.project.folder, text=True, check=False, capture_output=True, stdin=subprocess.DEVNULL,
                              env={**os.environ, **self.variables(KUBERNETES_SERVICE_HOST="127.0.0.1", KUBERNETES_SERVICE_PORT=str(cluster.server.port))})
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(cluster.get("configmap", "asked", "--namespace=inside", "--show-managed-fields")["metadata"]["managedFields"][0]["manager"], "sdlrun")

    def test_rights_that_are_missing_are_named_with_their_reasons(self):
        """Before anything is submitted."""
        cluster.kubectl("create", "namespace", "narrow")
        resources = ["serviceaccounts", "roles", "rolebindings", "configmaps", "services", "secrets", "events", "persistentvolumeclaims", "pods", "pods/proxy"]
        token = cluster.account("narrow", [{"apiGroups": ["", "rbac.authorization.k8s.io"], "resources": resources, "verbs": ["*"]}], "narrow")
        self.project.write("p.sdl", SPARK.replace("SPACE", "narrow"))
        done = self.project.run("p.sdl", **self.variables(KUBECONFIG=self.write("config", self.config(user={"token": token}))))
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the user of the context `x` may not do all that", done.text)
        self.assertIn("get pods/log: to show the driver's log", done.text)
        self.assertNotIn("create configmaps", done.text)


class WayTest(ClientTest):
    def test_another_certificate_is_not_believed(self):
        other = str(self.project.folder / "other")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=other", "-keyout", "/dev/null", "-out", other], check=True, capture_output=True)
        self.assertIn("certificate", self.ask(code=1, KUBECONFIG=self.write("config", self.config(authority={"certificate-authority": other}))))
        self.ask(KUBECONFIG=self.write("config", self.config(authority={"insecure-skip-tls-verify": True})))

    def test_the_servers_name(self):
        address = cluster.address.replace("127.0.0.1", "127.0.0.2")  # which its certificate does not have
        with another_way(("127.0.0.2", cluster.server.port), ("127.0.0.1", cluster.server.port)):
            self.assertIn("certificate", self.ask(code=1, KUBECONFIG=self.write("config", self.config(address))))
            self.ask(KUBECONFIG=self.write("config", self.config(address, **{"tls-server-name": "kubernetes.default.svc"})))

    def test_proxies(self):
        """By the kubeconfig, and by the variable that all programs know. The address is one that only the proxy reaches."""
        server = "https://10.96.0.1:443"
        for how in ("kubeconfig", "variable"):
            with self.subTest(how), Proxy(("127.0.0.1", cluster.server.port)) as proxy:
                named = {"proxy-url": proxy.url} if how == "kubeconfig" else {}
                self.ask(KUBECONFIG=self.write("config", self.config(server, **named)), **({} if named else {"HTTPS_PROXY": proxy.url}))
                self.assertEqual(set(proxy.asked), {"10.96.0.1:443"})


class AnswersTest(ClientTest):
    """Through a gate that answers some requests itself."""

    def gate(self, *planned):
        """`planned`: (a regular expression, an answer, or what is done before the API server answers); each once, in order, for a request that matches."""
        self.seen, self.answered, self.planned, self.planning = [], [], list(planned), threading.Lock()
        gate = Gate(cluster, self.watch)
        gate.__enter__()
        self.addCleanup(gate.__exit__)
        return self.variables(KUBECONFIG=self.write("config", gate.kubeconfig()))

    def watch(self, _number, method, path, moment):
        if moment == "after":
            self.answered.append(path)
            return None
        self.seen.append((time.monotonic(), f"{method} {path}"))
        with self.planning:  # several are asked at once
            if not self.planned or not re.search(self.planned[0][0], f"{method} {path}"):
                return None
            answer = self.planned.pop(0)[1]
        return answer() if callable(answer) else answer

    def requests(self, pattern):
        return [(when, request) for when, request in self.seen if re.search(pattern, request)]

    def test_too_many_requests_are_asked_again_when_the_server_says(self):
        busy = json.dumps({"kind": "Status", "reason": "TooManyRequests", "message": "too many requests, please try again later", "code": 429})
        variables = self.gate(("PATCH .*/configmaps/asked", (429, {"Retry-After": "2"}, busy)), ("PATCH .*/configmaps/asked", (503, {}, "")))
        self.ask(**variables)
        tries = self.requests("PATCH .*/configmaps/asked")
        self.assertGreaterEqual(len(tries), 3)
        self.assertGreaterEqual(tries[1][0] - tries[0][0], 2)
        log = self.project.run("log", "p.sdl", "app", **variables).text
        self.assertIn("answer 429, asked again", log)
        self.assertIn("answer 503, asked again", log)

    def test_what_the_drivers_account_lacks_is_named(self):
        """Our own Role grants all of it: here the API server has another word to say, as one with more than RBAC may."""
        refused = ("POST .*/subjectaccessreviews", (201, {}, json.dumps({"status": {"allowed": False}})))
        variables = self.gate(*[refused] * 200)
        self.project.write("p.sdl", SPARK.replace("SPACE", "refused"))
        done = self.project.run("p.sdl", **variables)
        self.assertEqual(done.code, 1, done.text)
        self.assertRegex(done.text, "the service account `spark-driver` may not do all that .* in the namespace `refused`")
        self.assertRegex(done.text, r"\| [a-z]+ [a-z]+: the driver ")

    def test_rights_that_an_api_server_hears_of_late(self):
        """Its own roles too come to it by a watch."""
        late = ("POST .*/subjectaccessreviews", (201, {}, json.dumps({"status": {"allowed": False}})))
        variables = self.gate(late, late)
        self.project.write("p.sdl", SPARK.replace("SPACE", "late"))
        done = self.project.run("p.sdl", **variables)
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(self.planned, [])

    def test_what_two_write_at_once_is_asked_again(self):
        """Who makes many Pods under a quota meets it: each is counted by a write to the same object."""
        message = 'Operation cannot be fulfilled on resourcequotas "spark": the object has been modified; please apply your changes to the latest version and try again'
        taken = json.dumps({"kind": "Status", "status": "Failure", "reason": "Conflict", "message": message, "code": 409})
        variables = self.gate(("PATCH .*/configmaps/contested", (409, {}, taken)))
        self.project.write("p.sdl", ASKS.replace("asked", "contested"))
        done = self.project.run("p.sdl", **variables)
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("answer 409, asked again", self.project.run("log", "p.sdl", "app", **variables).text)

    def test_a_namespace_that_is_still_going_away(self):
        """It is waited for, and made anew: by a step that wants one, and by objects among which it is."""
        for name, text in (("going", SPARK.replace("SPACE", "going")), ("leaving", APPLIES)):
            with self.subTest(name):
                cluster.kubectl("create", "namespace", name)
                held = ["configmap/held", f"--namespace={name}"]
                cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": name, "finalizers": ["example.com/hold"]}})
                before = cluster.get("namespace", name)["metadata"]["uid"]
                cluster.kubectl("delete", "namespace", name, "--wait=false")
                self.project.write("p.sdl", text)
                process = self.project.start("p.sdl", "--json", **self.gate())
                self.addCleanup(process.kill)
                self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "which is being deleted" in event["text"] or event.get("text", "").startswith(f"waits for the Namespace `{name}`"))
                cluster.kubectl("patch", *held, "--type=merge", '--patch={"metadata": {"finalizers": null}}')
                done = self.project.finish(process)
                self.assertEqual(done.code, 0, done.text)
                self.assertNotEqual(cluster.get("namespace", name)["metadata"]["uid"], before)

    def test_a_service_account_that_goes_before_the_driver_is_made(self):
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "asks", "namespace": "accountless"}, "spec": {"serviceAccountName": "spark-driver", "containers": [{"name": "a", "image": "a"}]}}

        def delete():
            cluster.kubectl("delete", "serviceaccount", "spark-driver", "--namespace=accountless")
            cluster.wait_for("its end for whoever lets Pods in", lambda: cluster.kubectl("create", "--dry-run=server", "--filename=-", input=json.dumps(pod), check=False).returncode != 0)

        variables = self.gate((r"POST .*/pods(\?|$)", delete))
        submit = '  step run = spark.submit { cluster = spark.spark, image = "localhost/none:1", class = "org.example.None", jars_in_image = ["/opt/none.jar"], start_timeout = 20s }\n}\n'
        self.project.write("p.sdl", SPARK.replace("SPACE", "accountless").removesuffix("}\n") + submit)
        done = self.project.run("p.sdl", **variables)
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("error looking up service account accountless/spark-driver", done.text)
        self.assertIn("the service account is not there: `spark.kubernetes` makes it", done.text)
        left = {item["metadata"]["name"] for kind in ("configmaps", "services", "pods") for item in cluster.get(kind, "--namespace=accountless")["items"]}
        self.assertEqual(left - {"kube-root-ca.crt"}, set())  # which controllers give each namespace, when they get to it

    def test_long_lists_come_in_pages_and_anew_where_they_have_grown_old(self):
        claims = [{"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": f"claim-{number}", "namespace": "default"},
                   "spec": {"storageClassName": "none", "accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}} for number in range(520)]
        cluster.kubectl("create", "--filename=-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": claims}))
        self.addCleanup(cluster.kubectl, "delete", "pvc", "--all", "--wait=false")
        variables = self.gate(("GET .*/persistentvolumeclaims.*continue=", (410, {}, GONE)))
        self.project.write("p.sdl", LOOKS)
        done = self.project.run("p.sdl", "--json", **variables)
        self.assertEqual(done.code, 0, done.text)
        [problems] = [json.loads(event["value"]) for event in done.events if event["event"] == "output_published"]
        found = [problem for problem in problems if problem.startswith("the PersistentVolumeClaim `claim-")]
        self.assertEqual((len(found), len(set(found))), (520, 520))
        asked = ["continue" in request for _, request in self.requests("GET .*/persistentvolumeclaims")]
        self.assertEqual(asked, [False, True, False, True])

    def wait_through(self, name, *planned, then=None):
        """Waits for an object that comes when the watch goes on after what was planned."""
        variables = self.gate(*planned)
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"go": "no"}})
        self.project.write("p.sdl", WAITS.replace("NAME", name))
        process = self.project.start("p.sdl", **variables)
        self.addCleanup(process.kill)
        cluster.wait_for("the watch", lambda: process.poll() is not None or any("watch=true" in path for path in self.answered))
        if then:
            then()
        cluster.apply({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "namespace": "default"}, "data": {"go": "yes"}})
        done = self.project.finish(process)
        self.assertEqual(done.code, 0, done.text)

    def test_a_watch_that_is_gone_lists_anew(self):
        in_the_answer = json.dumps({"type": "ERROR", "object": json.loads(GONE)}) + "\n"
        self.wait_through("gone", ("GET .*watch=true", (410, {}, GONE)), ("GET .*watch=true", (200, {}, in_the_answer)))
        kinds = ["watch" if "watch=true" in request else "list" for _, request in self.requests("GET .*/configmaps")]
        self.assertIn("list watch list watch list watch", " ".join(kinds))

    def test_a_watch_goes_on_after_connections_that_break_and_a_server_that_is_started_again(self):
        def restart():
            cluster.server.drop_connections()
            cluster.kill("kube-apiserver")
            cluster.start("kube-apiserver")

        self.wait_through("cut", ("GET .*watch=true", (500, {}, "")), then=restart)
        self.assertGreaterEqual(len(self.requests("watch=true")), 3)


@contextlib.contextmanager
def another_way(listen, target):
    """Connections to `listen` lead to `target`."""
    with socket.create_server(listen) as listener:
        def serve():
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=join, args=[listener.accept()[0], socket.create_connection(target)], daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        yield
        listener.shutdown(socket.SHUT_RDWR)


def join(one, other):
    """What comes from each goes to the other, until one ends."""
    with one, other, contextlib.suppress(OSError):
        while True:
            for end in select.select([one, other], [], [])[0]:
                if not (data := end.recv(1 << 16)):
                    return
                (other if end is one else one).sendall(data)


class Proxy:
    """An HTTP proxy that leads all to one place. `asked` has what was asked for."""

    def __init__(self, target):
        asked = self.asked = []

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_CONNECT(self):
                asked.append(self.path)
                self.send_response(200)
                self.end_headers()
                join(self.connection, socket.create_connection(target))

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def tests(begun):
    global cluster
    cluster = begun
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests, node=False)
