#!/usr/bin/env python3
"""sdlrun is killed between any two requests of a submission, and run again: one driver in the end, and nothing without an owner.

The driver is a program that ends at once, in a small image: what it would compute is not the point.
"""

import calendar
import contextlib
import os
import pathlib
import re
import signal
import time
import unittest
from concurrent.futures import ThreadPoolExecutor

from cluster import run_tests
from gate import Gate
from spark_job import Project, python_image, small_image

SPACE = "jobs"
PIPELINE = """pipeline job {{
  param word: string = "none"
  param keep: duration? = 7d
  step kube = kubernetes.cluster {{ kubeconfig = "kubeconfig" }}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", executors = 1, memory = 512MiB, driver_memory = 512MiB, keep = keep }}
  step run = spark.submit {{
    cluster = cluster.spark
    image = "localhost/small:1"
    class = "org.example.Ends"
    jars_in_image = ["/opt/ends.jar"]
    args = [word]
    conf = {{ "spark.kubernetes.driver.request.cores": "10m" }}
  }}
}}
"""
# A script finds a file and leaves one; the image has Python, and nothing of Spark.
WITH_FILES = PIPELINE.replace('image = "localhost/small:1"', 'image = "localhost/python:1"').replace("""class = "org.example.Ends"
    jars_in_image = ["/opt/ends.jar"]""", """app = "main.py"
    files = ["words.txt"]""").replace("  }}\n}}\n", """  }} outputs {{ loud: string at "loud.json" }} with {{ retry = {{ attempts: 2, backoff: 100ms }} }}
  output loud = run.loud
}}
""")
UNTIL_TOLD = PIPELINE.replace('"10m" ', '"10m"\n "spark.kubernetes.driverEnv.SCRIPT": "until [ -e /tmp/go ]; do sleep 0.1; done" ')
BY_SPARK_SUBMIT = PIPELINE.replace("  step kube", """  step python = python.venv {{ requirements = "pipelines/sparkpi/requirements.txt", version = "3.11" }}
  step kube""").replace("    args = [word]", """    args = [word]
    python = python.env
    via = "spark_submit"
    start_timeout = 3m""")
SCRIPT = """import json, time
time.sleep(2)
with open("loud.json", "w") as file:
    json.dump(open("words.txt").read().upper(), file)
"""
cluster = None


NAMES = {"/api/v1/namespaces/[^/]+/": "", "sdlrun-files-[0-9a-f]+": "sdlrun-files", "sdl-[0-9a-f]+-[0-9]+": "JOB", "[a-z]+-[0-9a-f]+-driver-svc": "SERVICE", "spark-drv-[0-9a-f]+-conf-map": "CONFIGURATION"}


def shape_of(request):
    for name, word in NAMES.items():
        request = re.sub(name, word, request)
    return request


class Killer:
    """Sees the requests of the job's own step: those from the first that asks for its driver on."""

    def __init__(self):
        self.begin()
        self.victim = None  # its process, as a function: the engine where nothing else is said

    def begin(self, at=None):
        """`at`, (number or shape, moment): then the victim dies."""
        self.requests, self.shapes = [], []  # as they are, and without names
        self.at, self.has_begun = at, False

    def __call__(self, number, method, path, moment):
        self.has_begun = self.has_begun or "/pods/sdl-" in path
        if not self.has_begun:
            return
        if moment == "before":
            self.requests.append(f"{method} {path.split('?')[0]}")
            self.shapes.append(shape_of(self.requests[-1]))
        if self.at in ((len(self.requests) - 1, moment), (shape_of(f"{method} {path.split('?')[0]}"), moment)) and self.victim:
            victim = self.victim()
            self.at = None  # before: who waits for its end looks at this
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)


class Killed:
    """A project whose requests go through a gate, where its engine may be killed."""

    def __init__(self, test, pipeline, space=SPACE):
        self.space = space
        self.project = Project()
        test.addCleanup(self.project.close)
        self.project.write("job.sdl", pipeline.format(space=space))
        self.killer = Killer()
        self.gate = Gate(cluster, self.killer)
        self.gate.__enter__()
        test.addCleanup(self.gate.__exit__)
        self.project.write("kubeconfig", self.gate.kubeconfig())

    def run(self, word, at=None, *words, victim=None):
        self.killer.begin(at)
        process = self.project.start("job.sdl", f"word={word}", *words)
        self.killer.victim = victim or (lambda: self.project.engine_of(process))
        return self.project.finish(process)

    def drivers(self):
        return [pod for pod in cluster.get("pods", f"--namespace={self.space}", "--selector=spark-role=driver")["items"]]


def minutes_since_end(pod):
    ended = [status["state"]["terminated"]["finishedAt"] for status in pod["status"].get("containerStatuses", []) if "terminated" in status["state"]]
    return (time.time() - calendar.timegm(time.strptime(max(ended), "%Y-%m-%dT%H:%M:%SZ"))) / 60 if ended else 0


class KilledTest(unittest.TestCase):
    def check_one_driver(self, killed, word):
        drivers = [pod for pod in killed.drivers() if word in pod["spec"]["containers"][0].get("args", [])]
        self.assertEqual(len(drivers), 1, [pod["metadata"]["name"] for pod in drivers])
        asked = [event for event in cluster.requests() if event["verb"] == "create" and event["requestURI"].startswith(f"/api/v1/namespaces/{killed.space}/pods?") and word in str(event.get("requestObject"))
                 and event["responseStatus"]["code"] == 201]
        self.assertEqual(len(asked), 1)

    def check_owners(self, space):
        """The artifact store is nobody's: it ends by itself."""
        for kind in ("configmaps", "services", "secrets"):
            for item in cluster.get(kind, f"--namespace={space}", "--selector=app.kubernetes.io/managed-by=sdlrun,!app.kubernetes.io/name")["items"]:
                self.assertTrue(item["metadata"].get("ownerReferences"), f"{kind} {item['metadata']['name']} has no owner")


class KilledSubmissionTest(KilledTest):
    def setUp(self):
        self.killed = Killed(self, PIPELINE)

    def test_killed_at_each_request(self):
        whole = self.killed.run("undisturbed")
        self.assertEqual(whole.code, 0, whole.text)
        requests = list(self.killed.killer.requests)
        self.assertNotIn("sdlrun-files", str(requests), "a job without files waits for no store")
        self.assertIn(f"POST /api/v1/namespaces/{SPACE}/pods", requests)
        print("requests of a submission:", *requests, sep="\n  ", flush=True)
        for number, request in enumerate(requests):
            for moment in ("before", "after"):
                with self.subTest(f"killed {moment} {request}"):
                    word = f"w{number}{moment}"
                    self.killed.run(word, (number, moment))
                    again = self.killed.run(word)
                    self.assertEqual(again.code, 0, again.text)
                    self.check_one_driver(self.killed, word)
                    self.check_owners(SPACE)

    def test_an_api_server_that_dies_while_the_job_is_followed(self):
        killed = Killed(self, UNTIL_TOLD, "restarted")
        process = killed.project.start("job.sdl", "word=restarted")
        cluster.wait_for("the driver", lambda: [pod for pod in killed.drivers() if pod["status"]["phase"] == "Running"])
        cluster.kill("kube-apiserver")
        cluster.start("kube-apiserver")
        [driver] = killed.drivers()
        cluster.kubectl("exec", "--namespace=restarted", driver["metadata"]["name"], "--", "touch", "/tmp/go")
        done = killed.project.finish(process)
        self.assertEqual(done.code, 0, done.text)
        self.check_one_driver(killed, "restarted")

    def test_old_drivers_are_taken_away(self):
        """Those of the tests before this one: they are old after a minute."""
        begun = time.monotonic()
        done = self.killed.run("kept", None, "keep=none")
        self.assertEqual(done.code, 0, done.text)
        drivers = {pod["metadata"]["name"] for pod in self.killed.drivers()}
        cluster.wait_for("a driver that is old", lambda: any(minutes_since_end(pod) > 1 for pod in self.killed.drivers()))
        done = self.killed.run("swept", None, "keep=1m")
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("took away `sdl-", self.killed.project.run("log", "job.sdl", "run").text)
        cluster.wait_for("their end", lambda: not drivers <= {pod["metadata"]["name"] for pod in self.killed.drivers()})
        self.check_one_driver(self.killed, "swept")
        if time.monotonic() - begun < 60:  # else that one was old, too
            self.check_one_driver(self.killed, "kept")
        self.assertIn("`keep` is 1s: drivers would be gone", self.killed.run("too little", None, "keep=1s").text)


class KilledWithFilesTest(KilledTest):
    """A job that finds a file and leaves one: killed after each request that makes the store, or changes what it has; each in a namespace of its
    own, some beside each other."""

    def test_killed_at_each_request_to_the_store(self):
        first = Killed(self, WITH_FILES, "files")
        self.prepare(first.project)
        whole = first.run("undisturbed", None, "--json")
        self.check_output(whole)
        # Those that only read leave all as it was.
        requests = dict.fromkeys(request for request in first.killer.shapes if request.startswith(("POST ", "PUT ", "DELETE ", "GET pods/sdlrun-files:7080/proxy/lists")))
        self.assertIn("PUT pods/sdlrun-files:7080/proxy/lists/JOB.inputs", requests)
        print("requests to the store:", *requests, sep="\n  ", flush=True)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(self.killed_at, range(len(requests)), requests))

    def killed_at(self, number, request):
        killed = Killed(self, WITH_FILES, f"files{number}")
        self.prepare(killed.project)
        killed.run(f"w{number}", (request, "after"))
        self.assertIsNone(killed.killer.at, f"it was not killed at {request}")
        again = killed.run(f"w{number}", None, "--json")
        self.check_output(again)
        self.check_one_driver(killed, f"w{number}")
        self.check_owners(killed.space)

    def test_what_a_job_has_left_waits_in_the_store(self):
        """Where the store is gone, it says so and the job is run again."""
        killed = Killed(self, WITH_FILES, "left")
        self.prepare(killed.project)
        for word in ("kept", "lost"):
            for pod in killed.drivers():
                cluster.kubectl("delete", "pod", pod["metadata"]["name"], "--namespace=left")
            first = killed.run(word, ("GET pods/JOB-driver/log", "after"))
            self.assertIsNone(killed.killer.at, f"it was not killed when the driver ran: {first.text}")
            cluster.wait_for("the driver's end", lambda: all(pod["status"]["phase"] == "Succeeded" for pod in killed.drivers()))
            if word == "lost":
                cluster.kubectl("delete", "pods", "--selector=app.kubernetes.io/name", "--namespace=left", "--grace-period=0", "--force")
            again = killed.run(word, None, "--json")
            self.check_output(again)
            self.assertEqual("what it has left is gone" in again.text, word == "lost", again.text)

    def prepare(self, project):
        project.write("words.txt", "some words")
        project.write("main.py", SCRIPT)

    def check_output(self, done):
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual([event["value"] for event in done.events if event["event"] == "output_published"], ["SOME WORDS"])


class KilledSparkSubmitTest(KilledTest):
    """With `via = "spark_submit"`, which makes the driver's Pod before what belongs to it; in namespaces of their own, beside each other."""

    def test_killed_at_each_request_that_makes_something(self):
        made = ("POST pods", "PATCH services/SERVICE", "PATCH configmaps/CONFIGURATION")
        cases = [*(("engine", request) for request in made), *(("spark-submit", request) for request in made[:2])]
        with ThreadPoolExecutor(3) as pool:
            list(pool.map(self.killed_at, range(len(cases)), cases))

    def killed_at(self, number, case):
        victim, request = case
        killed = Killed(self, BY_SPARK_SUBMIT, f"spark-submit{number}")
        word = f"w{number}"
        first = killed.run(word, (request, "after"), victim=None if victim == "engine" else lambda: spark_submit_of(killed.project))
        self.assertIsNone(killed.killer.at, f"it was not killed at {request}: {first.text} {killed.killer.shapes}")
        self.assertEqual(killed.project.wait_for_no_processes(), [], "it has left a process")
        if victim != "engine":
            self.assertEqual(first.code, 1, first.text)
            self.assertIn("spark-submit", first.text)
        again = killed.run(word)
        self.assertEqual(again.code, 0, f"{case}: {again.text}")
        [driver] = killed.drivers()
        self.assertEqual(driver["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"], 0)
        self.assertIn(word, driver["spec"]["containers"][0]["args"])
        self.check_owners(killed.space)
        for kind in ("configmaps", "services"):
            [owner] = {reference["uid"] for item in cluster.get(kind, f"--namespace={killed.space}")["items"] for reference in item["metadata"].get("ownerReferences", [])}
            self.assertEqual(owner, driver["metadata"]["uid"])


def spark_submit_of(project):
    """Its process."""
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and b"org.apache.spark.deploy.SparkSubmit" in (entry / "cmdline").read_bytes() and os.readlink(entry / "cwd").startswith(str(project.folder)):
                return int(entry.name)
    raise AssertionError("there is no spark-submit")


def tests(begun):
    global cluster
    cluster = begun
    for layout in (small_image(cluster), python_image(cluster)):
        cluster.load(layout)
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
