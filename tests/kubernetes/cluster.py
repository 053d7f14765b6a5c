"""A Kubernetes of the test's own: etcd, API server with RBAC, controllers, scheduler, and a node with containerd, kubelet, kube-proxy
and CoreDNS, in namespaces of their own from which no address leads out.

    with Cluster() as cluster:                    # Cluster(node=False): an API server that knows no node
        cluster.kubectl("get", "pods")            # as an administrator
        cluster.load(layout)                      # an image for pods (imagePullPolicy: Never, or IfNotPresent)
        {**os.environ, "KUBECONFIG": str(cluster.kubeconfig)}
        cluster.kill("kube-apiserver"); cluster.start("kube-apiserver")
        cluster.server.refuse(); cluster.server.serve(); cluster.server.drop_connections()

It is reached at 127.0.0.1 by a port of its own. At its end nothing of it is left (namespaces.py). Needs root.
"""

import contextlib
import http.client
import importlib.machinery
import importlib.util
import pathlib
import signal
import ssl
import sys
import time

import control_plane
import node as node_parts
from certificates import CLIENTS, make_certificates
from client import Client
from forwarder import Forwarder
from images import write_cluster_images
from inside import NODE_ADDRESS
from kubeconfig import by_certificate, kubeconfig
from namespaces import Namespaces, check_machine
from shared import HERE, CannotStart

PATIENCE = 300  # seconds that any part of a cluster may take, on a machine with a lot to do


class Cluster(Client):
    def __init__(self, node=True):
        self.has_node = node
        self.inside = Namespaces()
        self.server = None

    # ---- what tests use

    @property
    def folder(self):
        return self.inside.folder

    @property
    def address(self):
        """Of the API server, for whoever runs on this machine."""
        return f"https://127.0.0.1:{self.server.port}"

    @property
    def kubeconfig(self):
        """The administrator's."""
        return self.folder / "admin-outside.conf"

    @property
    def containerd(self):
        """Its socket; its images are in the namespace k8s.io."""
        return self.folder / "containerd.sock"

    def load(self, image):
        """Gives the node an image: an OCI layout (a folder), or an archive."""
        node_parts.load(self.folder, pathlib.Path(image))

    def start(self, name):
        """Begins a part again that was killed: etcd, kube-apiserver, kubelet, containerd…; an API server and containerd answer afterwards."""
        self.inside.start(name, self.commands[name])
        if name == "kube-apiserver":
            self.wait_for("the API server", self.is_ready)
        if name == "containerd":
            self.wait_for("containerd", lambda: node_parts.containerd_listens(self.folder))

    def kill(self, name):
        """A part ends at once; the others go on."""
        self.inside.kill(name)

    def configure_kubelet(self, **settings):
        """The kubelet is begun again, with these settings instead of or beside its own; none: with its own."""
        self.kill("kubelet")
        node_parts.write_kubelet_settings(self.folder, NODE_ADDRESS, settings)
        self.start("kubelet")

    def lose_node(self):
        """As if its power had failed: its parts and all pods are gone, and the API server is not told."""
        for name in node_parts.NAMES:
            self.kill(name)
        self.inside.kill_pods()

    def restore_node(self):
        """As if it had been switched on again."""
        for name in node_parts.NAMES:
            self.start(name)

    # ---- its beginning and its end

    def __enter__(self):
        check_machine()
        self.programs = built_programs()
        if self.has_node:
            node_parts.check_programs()
        self.inside.__enter__()
        try:
            self.server = Forwarder(self.inside.network, ("127.0.0.1", 6443))
            self.begin()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.server is not None:
            self.server.close()
        self.inside.__exit__()

    def begin(self):
        program = self.programs / "kubernetes"
        self.commands = control_plane.commands(program, self.folder, NODE_ADDRESS)
        if self.has_node:
            self.commands |= node_parts.commands(program, self.folder, NODE_ADDRESS)
        make_certificates(self.folder / "certificates", ["127.0.0.1", NODE_ADDRESS, control_plane.KUBERNETES_SERVICE])
        for name in CLIENTS:
            user = by_certificate(self.folder / "certificates", name)
            (self.folder / f"{name}.conf").write_text(kubeconfig(control_plane.API_SERVER, self.folder / "certificates/ca.crt", user))
        self.write_kubeconfig(self.kubeconfig, by_certificate(self.folder / "certificates", "admin"))
        control_plane.write_settings(self.folder)
        self.inside.start("etcd", self.commands["etcd"])
        self.inside.start("kube-apiserver", self.commands["kube-apiserver"])
        if self.has_node:
            self.begin_containerd()
        self.wait_for("the API server", self.is_ready)
        for name in self.commands:
            if name not in self.inside.processes:
                self.inside.start(name, self.commands[name])
        self.wait_for("the account of pods", lambda: self.kubectl("get", "serviceaccount", "default", check=False).returncode == 0)
        if self.has_node:
            self.apply((HERE / "coredns.yaml").read_text())
            self.wait_for("the node", lambda: self.kubectl("wait", "--for=condition=Ready", "node/node1", "--timeout=5s", check=False).returncode == 0)
            self.wait_for("the cluster's DNS", lambda: self.kubectl("rollout", "status", "--namespace=kube-system", "--timeout=5s", "deployment/coredns", check=False).returncode == 0)

    def begin_containerd(self):
        node_parts.write_settings(self.folder, NODE_ADDRESS)
        write_cluster_images(self.folder / "images", self.programs / "coredns")
        self.start("containerd")
        self.load(self.folder / "images")

    def is_ready(self):
        trust = ssl.create_default_context(cafile=self.folder / "certificates/ca.crt")
        connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=trust, timeout=10)
        try:
            connection.request("GET", "/readyz")
            return connection.getresponse().status == 200
        except (http.client.HTTPException, OSError):
            return False
        finally:
            connection.close()

    def wait_for(self, what, is_there):
        deadline = time.monotonic() + PATIENCE
        while not is_there():
            self.inside.check()
            if time.monotonic() > deadline:
                words = "\n".join(f"{name}: {self.inside.last_words(name)}" for name in self.inside.processes)
                raise AssertionError(f"{what} did not come within {PATIENCE} s\n{words}")
            time.sleep(0.1)


def built_programs():
    """The folder that tests/kubernetes/programs/build has made, or makes now."""
    loader = importlib.machinery.SourceFileLoader("build", str(HERE / "programs/build"))
    build = importlib.util.module_from_spec(importlib.util.spec_from_loader("build", loader))
    loader.exec_module(build)
    try:
        return build.build()
    except build.CannotBuild as reason:
        raise CannotStart(f"its programs cannot be built: {reason}") from reason


def run_tests(tests, **options):
    """Calls tests(cluster) and ends with what it gives; with 77 where none can run. SIGTERM too ends the cluster."""
    signal.signal(signal.SIGTERM, terminate)
    with contextlib.ExitStack() as stack:
        try:
            cluster = stack.enter_context(Cluster(**options))
        except CannotStart as reason:
            print(f"skipped: no Kubernetes can run here: {reason}")
            sys.exit(77)
        try:
            status = tests(cluster)
        except Terminated:
            status = 143
    sys.exit(status)


class Terminated(KeyboardInterrupt):  # which unittest lets through
    pass


def terminate(*_):
    raise Terminated
