#!/usr/bin/env python3
"""What goes wrong on a real cluster while a job starts or runs, and what is said of it: tokens that end, drivers and executors that are killed,
deleted and evicted, volumes that do not come, quotas, executors that cannot reach their driver, two versions of Python.

What Spark itself says comes from Spark; the other drivers are a line of shell in a small image. Jobs run beside each other.
"""

import http.client
import json
import pathlib
import re
import shutil
import signal
import ssl
import subprocess
import tempfile
import time
import types
import unittest

from cluster import run_tests
from images import Image, write_layout
from namespaces import CannotStart
from shared import program
from spark_image import image_name, spark_image
from spark_job import SMALL, VERSION, Job, pods, small_image

PATIENCE = 300
UNTIL_TOLD = "until [ -e /tmp/go ]; do sleep 0.1; done; echo the job has run"
# The container is there before process 1 has begun its child.
KILL_CHILD = "until kill -9 $(cat /proc/1/task/1/children); do sleep 0.1; done"
# What is taken away is taken before the driver asks for it.
WAITS = """import os, time
while not os.path.exists("/tmp/go"):
    time.sleep(0.1)
from pyspark.sql import SparkSession
"""
SLOW = WAITS + """
spark = SparkSession.builder.getOrCreate()
def slow(x):
    time.sleep(3)
    return x
print("total", spark.sparkContext.parallelize(range(8), 8).map(slow).sum())
"""
PI = WAITS + """
spark = SparkSession.builder.getOrCreate()
print(spark.sparkContext.parallelize(range(4), 2).sum())
"""
SUM = """from pyspark.sql import SparkSession
print(SparkSession.builder.getOrCreate().sparkContext.parallelize(range(8), 2).map(lambda x: 2 * x).sum())
"""
cluster = filling = None


def wait_for(what, find):
    deadline = time.monotonic() + PATIENCE
    while not (found := find()):
        if time.monotonic() > deadline:
            raise AssertionError(f"{what} did not come within {PATIENCE} s")
        time.sleep(0.2)
    return found


def running(space, role):
    return [name for name, pod in pods(space).items() if pod["metadata"]["labels"].get("spark-role") == role and pod["status"]["phase"] == "Running"
            and not pod["metadata"].get("deletionTimestamp")]


class Followed:
    """A job in a namespace of its own that is begun, and waited for."""

    def __init__(self, test, space, **options):
        self.job, self.space = Job(test, space=space, **options), space

    def start(self, *words, **variables):
        self.process = self.job.start(*words, **variables)
        return self

    def driver(self):
        return wait_for(f"a driver in {self.space}", lambda: running(self.space, "driver"))[0]

    def inside(self, pod, line):
        cluster.kubectl("exec", f"--namespace={self.space}", pod, "--", "sh", "-c", line)

    def end(self):
        return self.job.project.finish(self.process)


def small(test, space, script, conf="", inputs="", outputs=""):
    conf = f'"spark.kubernetes.driverEnv.SCRIPT": "{script}"\n' + conf
    return Followed(test, space, image="localhost/small:1", application=SMALL, conf=conf, inputs=inputs, outputs=outputs)


def setUpModule():
    """The kubelet looks at the size of volumes once in a while only: a driver that fills one is begun before all, and asked about late."""
    global filling
    filling = small(types.SimpleNamespace(addCleanup=unittest.addModuleCleanup), "full", "dd if=/dev/zero of=/scratch/file bs=1M count=8; sleep 600",
                    conf='"spark.kubernetes.driver.volumes.emptyDir.spark-local-dir-1.mount.path": "/scratch"\n'
                         '"spark.kubernetes.driver.volumes.emptyDir.spark-local-dir-1.options.sizeLimit": "1Mi"').start()


class FaultTest(unittest.TestCase):
    def check_failed(self, followed, *words):
        done = followed.end()
        self.assertEqual(done.code, 1, done.text)
        for each in words:
            self.assertIn(each, done.text)


class DriverTest(FaultTest):
    """Drivers in the small image."""

    def test_a_driver_whose_process_is_killed(self):
        job = small(self, "killed", "sleep 600").start()
        job.inside(job.driver(), KILL_CHILD)
        self.check_failed(job, "the driver ended with exit code 137: killed (SIGKILL), most often because memory ran out", "memoryOverhead")

    def test_exit_codes_that_have_a_meaning(self):
        jobs = {code: small(self, f"exits-{code}", f"exit {code}").start() for code in (52, 143)}
        self.check_failed(jobs[52], "the driver ended with exit code 52: ", "Java's memory", "give `driver_memory` more")
        self.check_failed(jobs[143], "the driver ended with exit code 143: ", "SIGTERM")

    def test_a_service_account_that_is_gone_is_made_again(self):
        job = small(self, "accountless", "true")
        done = job.job.run("cluster")
        self.assertEqual(done.code, 0, done.text)
        cluster.kubectl("delete", "serviceaccount", "spark-driver", "--namespace=accountless")
        done = job.start().end()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("the ServiceAccount `spark-driver` in `accountless` is not there", done.text)

    def test_an_interrupted_run_deletes_its_job_or_leaves_it(self):
        """Without a terminal, as `on_interrupt` says."""
        for word in ("delete", "leave"):
            with self.subTest(word):
                job = small(self, f"stopped-{word}", UNTIL_TOLD, inputs=f'on_interrupt = "{word}"').start()
                driver = job.driver()
                job.process.send_signal(signal.SIGINT)
                self.assertNotEqual(job.end().code, 0)
                self.assertEqual(running(job.space, "driver"), [driver] if word == "leave" else [])
        job.start()
        job.inside(driver, "touch /tmp/go")
        done = job.end()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(list(pods(job.space)), [driver])

    def test_a_driver_that_somebody_deletes(self):
        job = small(self, "deleted", "sleep 600").start()
        driver = job.driver()
        cluster.kubectl("delete", "pod", driver, "--namespace=deleted", "--wait=false")
        self.check_failed(job, f"the driver `{driver}` was deleted while it ran", "kubectl get events -n deleted", "a `retry` of the step starts it again")

    def test_a_driver_that_is_evicted_is_started_again(self):
        job = small(self, "evicted", UNTIL_TOLD, outputs="with { retry = { attempts: 2, backoff: 100ms } }").start()
        first = job.driver()
        eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": first, "namespace": "evicted"}}
        cluster.kubectl("create", "--filename=-", f"--raw=/api/v1/namespaces/evicted/pods/{first}/eviction", input=json.dumps(eviction))
        second = wait_for("another driver", lambda: [name for name in running("evicted", "driver") if name != first])[0]
        job.inside(second, "touch /tmp/go")
        done = job.end()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn(f"the driver `{first}` was evicted at somebody's request", done.text)

    def test_volumes_that_do_not_come(self):
        claim = {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "waiting", "namespace": "unbound"},
                 "spec": {"accessModes": ["ReadWriteOnce"], "storageClassName": "fast", "resources": {"requests": {"storage": "1Gi"}}}}
        cluster.kubectl("create", "namespace", "unbound")
        cluster.apply(claim)
        data = '"spark.kubernetes.driver.volumes.persistentVolumeClaim.data.{}": "{}"\n'
        jobs = {name: small(self, space, "true", inputs="start_timeout = 10s", conf=data.format("mount.path", "/data") + data.format("options.claimName", name)).start()
                for space, name in (("unclaimed", "nobodys"), ("unbound", "waiting"))}
        secret = small(self, "secretless", "true", inputs="start_timeout = 20s", conf='"spark.kubernetes.driver.secrets.nobodys": "/secret"').start()
        self.check_failed(jobs["nobodys"], "waits for a volume: the claim `nobodys` is not there", "make the claim before")
        self.check_failed(jobs["waiting"], "the claim `waiting` has no volume yet (storage class `fast`)", 'storageclass.storage.k8s.io "fast" not found')
        self.check_failed(secret, "the driver does not start on its node: FailedMount", 'secret "nobodys" not found')

    def test_volumes_that_make_no_sense(self):
        for conf, words in {'"spark.kubernetes.driver.volumes.tape.data.mount.path": "/data"': "`spark.kubernetes.driver.volumes.tape.data` in `conf` is of the type `tape`",
                            '"spark.kubernetes.driver.volumes.nfs.data.mount.path": "/data"': "options.server` is missing",
                            '"spark.kubernetes.driver.volumes.emptyDir.data.options.medium": "Memory"': "mount.path` is missing",
                            '"spark.kubernetes.driver.volumes.emptyDir": "Memory"': "does not say what it sets"}.items():
            self.check_failed(small(self, "senseless", "true", conf=conf).start(), words)


class TokenTest(FaultTest):
    def test_tokens_that_end_while_the_job_runs(self):
        """One that is renewed in its file, one that a credential plugin gives anew, and one that is simply dead."""
        cluster.kubectl("create", "serviceaccount", "robot")
        cluster.kubectl("create", "clusterrolebinding", "robot", "--clusterrole=cluster-admin", "--serviceaccount=default:robot")
        first, second = self.new_token("first"), self.new_token("second")
        jobs = {}
        for space in ("file", "plugin", "dead"):
            job = jobs[space] = small(self, f"token-{space}", UNTIL_TOLD)
            folder = job.job.project.folder
            (folder / "token").write_text(first)
            plugin = folder / "plugin"
            plugin.write_text('#!/bin/sh\nprintf \'{"kind": "ExecCredential", "apiVersion": "client.authentication.k8s.io/v1", "status": {"token": "%s"}}\' "$(cat "$(dirname "$0")/token")"\n')
            plugin.chmod(0o755)
            user = {"file": {"tokenFile": str(folder / "token")}, "plugin": {"exec": {"apiVersion": "client.authentication.k8s.io/v1", "command": str(plugin), "interactiveMode": "Never"}}, "dead": {"token": first}}[space]
            job.start(KUBECONFIG=str(cluster.write_kubeconfig(folder / "kubeconfig", user)))
        drivers = {space: job.driver() for space, job in jobs.items()}
        for job in jobs.values():
            (job.job.project.folder / "token").write_text(second)
        cluster.kubectl("delete", "secret", "first")
        wait_for("the first token's end", lambda: status_with(first) == 401)
        cluster.server.drop_connections()
        dead = jobs["dead"].end()
        self.assertEqual(dead.code, 1, dead.text)
        self.assertIn("Unauthorized", dead.text)
        self.assertIn("have expired: log in anew", dead.text)
        self.assertIn("the next attempt or run looks for it, and takes it over", dead.text)
        jobs["dead"].start()
        for space, job in jobs.items():
            job.inside(drivers[space], "touch /tmp/go")
            done = job.end()
            self.assertEqual(done.code, 0, (space, done.text))
            self.assertEqual(len(pods(job.space)), 1)
            self.assertNotIn(first, str([path.read_text(errors="replace") for path in job.job.project.folder.rglob("*") if path.is_file() and ".sdl/" in str(path)]), "the log has a token")

    @staticmethod
    def new_token(secret):
        """That ends when the Secret is deleted."""
        cluster.kubectl("create", "secret", "generic", secret)
        return cluster.kubectl("create", "token", "robot", "--bound-object-kind=Secret", f"--bound-object-name={secret}")


def status_with(token):
    trust = ssl.create_default_context(cafile=cluster.folder / "certificates/ca.crt")
    connection = http.client.HTTPSConnection("127.0.0.1", cluster.server.port, context=trust, timeout=30)
    connection.request("GET", "/api/v1/namespaces/default/pods", headers={"Authorization": f"Bearer {token}"})
    status = connection.getresponse().status
    connection.close()
    return status


class TheNodeTest(FaultTest):
    def test_it_evicts_a_driver_that_fills_its_volume(self):
        self.check_failed(filling, "was evicted by its node: Usage of EmptyDir volume \"spark-local-dir-1\" exceeds the limit \"1Mi\"", "a `retry` of the step starts it again")


class SparkTest(FaultTest):
    """With Spark's own drivers and executors, which take their time: all are begun at once."""

    one_python = ""  # why there is no other

    @classmethod
    def setUpClass(cls):
        whole = types.SimpleNamespace(addCleanup=cls.addClassCleanup)
        cls.full = Followed(whole, "quota", inputs="start_timeout = 60s")
        cluster.make_namespace("quota", quota="one", pods=1)
        cls.hidden = Followed(whole, "hidden", script=PI)
        cls.slow = Followed(whole, "slow", script=SLOW, conf='"spark.executor.instances": "2"')
        cls.pythons = Followed(whole, "pythons", script=SUM, image="localhost/two-pythons:1", conf='"spark.pyspark.python": "/usr/bin/pypy3"\n"spark.pyspark.driver.python": "/usr/bin/python3"')
        cls.roleless = Followed(whole, "roleless", script=PI)
        cls.slow.start("--json")
        for job in (cls.full, cls.hidden, cls.roleless, *([] if cls.one_python else [cls.pythons])):
            job.start()
        driver = cls.hidden.driver()
        cluster.kubectl("delete", "service", f"{driver}-svc", "--namespace=hidden")
        cls.hidden.inside(driver, "touch /tmp/go")
        driver = cls.roleless.driver()
        cluster.kubectl("delete", "rolebinding", "spark-driver", "--namespace=roleless")
        account = "--as=system:serviceaccount:roleless:spark-driver"
        wait_for("the end of its rights", lambda: cluster.kubectl("auth", "can-i", "create", "pods", account, "--namespace=roleless", check=False).returncode != 0)
        cls.roleless.inside(driver, "touch /tmp/go")

    def test_executors_that_a_quota_leaves_no_room_for(self):
        self.check_failed(self.full, "cannot make executors: exceeded quota: one, requested: pods=1, used: pods=1, limited: pods=1", "the namespace's ResourceQuota leaves no room")

    def test_executors_that_cannot_reach_their_driver(self):
        done = self.hidden.end()
        self.assertEqual(done.code, 1, done.text)
        self.assertRegex(done.text, "executors cannot reach the driver: its name `sdl-.*-driver-svc` cannot be resolved")
        self.assertIn("was that Service deleted", done.text)

    def test_a_role_that_is_gone(self):
        self.check_failed(self.roleless, "the driver's service account lacks a right: User \"system:serviceaccount:roleless:spark-driver\" cannot", "`spark.kubernetes` gives the account what Spark needs")

    def test_executors_that_are_killed_and_deleted_are_replaced(self):
        self.slow.inside(self.slow.driver(), "touch /tmp/go")
        wait_for("both executors", lambda: len(running("slow", "executor")) == 2)
        first, second = running("slow", "executor")[:2]
        self.slow.inside(first, KILL_CHILD)
        cluster.kubectl("delete", "pod", second, "--namespace=slow", "--wait=false")
        done = self.slow.end()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("executors failed, and others took their place", done.text)
        self.assertIn(f"{first}: exit code 137", done.text)
        self.assertIn(f"{second}: deleted while the job ran", done.text)
        told = [event["text"] for event in done.events if event["event"] == "step_progressed" and event["step"] == "run"]
        self.assertTrue([text for text in told if re.search("^driver Running, [0-2] of 2 executors, [1-9] failed", text)], told)
        self.assertTrue([text for text in told if re.search("executors.*, .*[1-7] of 8 tasks", text)], told)
        self.assertIn("total 28", self.slow.job.project.run("log", "job.sdl", "run").text)

    def test_two_versions_of_python(self):
        """PyPy stands for the other: Debian has no second CPython."""
        if self.one_python:
            self.skipTest(self.one_python)
        self.check_failed(self.pythons, "driver and executors have different versions of Python", "Python in worker has different version: 3.9 than that in driver: 3.11")


class WithoutNamesTest(FaultTest):
    """The last: nobody finds anybody any more."""

    def test_a_dns_that_does_not_answer(self):
        scale = ["scale", "deployment/coredns", "--namespace=kube-system"]
        cluster.kubectl(*scale, "--replicas=0")
        self.addCleanup(cluster.kubectl, *scale, "--replicas=1")
        cluster.kubectl("wait", "pods", "--namespace=kube-system", "--selector=k8s-app=kube-dns", "--for=delete", "--timeout=300s")
        self.check_failed(Followed(self, "nameless").start(), "the driver cannot resolve `kubernetes.default.svc`: the cluster's DNS does not answer", "`kubernetes.inspect` looks at CoreDNS")


def two_pythons():
    """A layout of Spark's image with Debian's PyPy besides."""
    layout = spark_image(VERSION)
    manifest = json.loads((layout / "index.json").read_text())["manifests"][0]["digest"].partition(":")[2]
    manifest = json.loads((layout / "blobs/sha256" / manifest).read_text())
    config = json.loads((layout / "blobs/sha256" / manifest["config"]["digest"].partition(":")[2]).read_text())["config"]
    other = cluster.folder / "pypy"
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(["apt-get", "download", "-o", "APT::Sandbox::User=root", "pypy3", "pypy3-lib"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise CannotStart(f"PyPy cannot be fetched: {done.stdout.strip()}")
        for package in pathlib.Path(folder).glob("*.deb"):
            subprocess.run([program("dpkg-deb"), "--extract", package, other], check=True)
    layer = cluster.folder / "pypy.tar"
    subprocess.run(["tar", "-C", other, "-cf", layer, "."], check=True)
    folder = cluster.folder / "two-pythons"
    write_layout(folder, [Image("localhost/two-pythons:1", [*layers_of(layout, manifest), layer], config)])
    return folder


def layers_of(layout, manifest):
    """Under names that say how they are compressed."""
    for layer in manifest["layers"]:
        blob = layout / "blobs/sha256" / layer["digest"].partition(":")[2]
        named = cluster.folder / f"{blob.name[:12]}.tar.gz"
        if not named.exists():
            shutil.copyfile(blob, named)
        yield named


def tests(begun):
    global cluster
    cluster = Job.cluster = begun
    try:
        for layout in (small_image(cluster), spark_image(VERSION)):
            cluster.load(layout)
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        return 77
    try:
        cluster.load(two_pythons())
    except CannotStart as reason:
        SparkTest.one_python = str(reason)
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
