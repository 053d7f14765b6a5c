#!/usr/bin/env python3
"""sdlrun is killed between any two requests of a submission, and run again: one driver in the end, and nothing without an owner.

The driver is a program that ends at once, in a small image: what it would compute is not the point.
"""

import contextlib
import json
import os
import signal
import unittest

from cluster import run_tests
from gate import Gate
from spark_job import Project, small_image

SPACE = "jobs"
PIPELINE = """pipeline job {{
  param word: string = "none"
  step kube = kubernetes.cluster {{ kubeconfig = "kubeconfig" }}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", executors = 1, memory = 512MiB, driver_memory = 512MiB }}
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
cluster = None


class Killer:
    """Sees the requests of the job's own step: those from the first that asks for its driver on."""

    def __init__(self):
        self.requests = []
        self.at = None  # (number, moment): then the engine dies
        self.engine = None

    def begin(self, at=None):
        self.requests, self.at, self.has_begun, self.first = [], at, False, 0

    def __call__(self, number, method, path, moment):
        self.has_begun = self.has_begun or "/pods/sdl-" in path
        if not self.has_begun:
            return
        if moment == "before":
            self.requests.append(f"{method} {path.split('?')[0]}")
        if self.at == (len(self.requests) - 1, moment) and self.engine:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.engine(), signal.SIGKILL)
            self.at = None


class KilledSubmissionTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("job.sdl", PIPELINE.format(space=SPACE))
        self.killer = Killer()
        self.gate = Gate(cluster, self.killer)
        self.gate.__enter__()
        self.addCleanup(self.gate.__exit__)
        self.project.write("kubeconfig", json.dumps({
            "clusters": [{"name": "c", "cluster": {"server": self.gate.url}}], "users": [{"name": "u", "user": {}}],
            "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"}))

    def run_job(self, word, at=None):
        self.killer.begin(at)
        process = self.project.start("job.sdl", f"word={word}")
        self.killer.engine = lambda: self.project.engine_of(process)
        return self.project.finish(process)

    def drivers_of(self, word):
        return [pod for pod in cluster.get("pods", f"--namespace={SPACE}")["items"] if word in pod["spec"]["containers"][0].get("args", [])]

    def check_one_driver(self, word):
        drivers = self.drivers_of(word)
        self.assertEqual(len(drivers), 1, [pod["metadata"]["name"] for pod in drivers])
        asked = [event for event in cluster.requests() if event["verb"] == "create" and event["requestURI"].startswith(f"/api/v1/namespaces/{SPACE}/pods?") and word in str(event.get("requestObject"))
                 and event["responseStatus"]["code"] == 201]
        self.assertEqual(len(asked), 1)

    def check_owners(self):
        for kind in ("configmaps", "services", "secrets"):
            for item in cluster.get(kind, f"--namespace={SPACE}", "--selector=app.kubernetes.io/managed-by=sdlrun")["items"]:
                self.assertTrue(item["metadata"].get("ownerReferences"), f"{kind} {item['metadata']['name']} has no owner")

    def test_killed_at_each_request(self):
        whole = self.run_job("undisturbed")
        self.assertEqual(whole.code, 0, whole.text)
        requests = list(self.killer.requests)
        self.assertIn(f"POST /api/v1/namespaces/{SPACE}/pods", requests)
        print("requests of a submission:", *requests, sep="\n  ", flush=True)
        for number, request in enumerate(requests):
            for moment in ("before", "after"):
                with self.subTest(f"killed {moment} {request}"):
                    word = f"w{number}{moment}"
                    self.run_job(word, at=(number, moment))
                    again = self.run_job(word)
                    self.assertEqual(again.code, 0, again.text)
                    self.check_one_driver(word)
                    self.check_owners()

    def test_an_api_server_that_dies_while_the_job_is_followed(self):
        self.killer.begin()
        process = self.project.start("job.sdl", "word=restarted")
        self.killer.engine = None
        cluster.kill("kube-apiserver")
        cluster.start("kube-apiserver")
        done = self.project.finish(process)
        self.assertEqual(done.code, 0, done.text)
        self.check_one_driver("restarted")


def tests(begun):
    global cluster
    cluster = begun
    cluster.load(small_image(cluster))
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
