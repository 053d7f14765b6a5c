#!/usr/bin/env python3
"""spark.benchmark on a real Kubernetes: each run is one job, also where sdlrun is killed; what does not fit is a row; what fails says which run it was."""

import csv
import os
import signal
import sys
import time
import unittest

from cluster import HERE, run_tests
from namespaces import CannotStart
from spark_image import image_name, spark_image

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

VERSION = "4.0.0"
PIPELINE = """pipeline measured {{
  step kube = kubernetes.cluster {{}}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", memory = 512MiB, driver_memory = 512MiB, version = "{version}", quota = {{ {quota} }} }}
  step speed = spark.benchmark {{
    clusters = {{ "cluster": cluster.spark }}
    image = "{image}"
    app = "job.py"
    matrix = {{ {matrix} }}
    warm_up = 0
    repetitions = 1
    start_timeout = {patience}
    conf = {{
      "spark.kubernetes.driver.request.cores": "100m"
      "spark.kubernetes.executor.request.cores": "100m"
    }}
  }}

  output table = speed.table
  output report = speed.report
}}
"""
COUNT = """from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
print("counted", spark.sparkContext.parallelize(range(100), 4).count(), "with", spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1, "executors")
"""
cluster = None


class BenchmarkTest(unittest.TestCase):
    def measure(self, space, matrix, script=COUNT, patience="3m", quota=""):
        self.space = space
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("job.py", script)
        self.project.write("measured.sdl", PIPELINE.format(space=space, version=VERSION, image=image_name(VERSION), matrix=matrix, patience=patience, quota=quota))
        return self.project

    def run_it(self):
        return self.project.run("measured.sdl", KUBECONFIG=str(cluster.kubeconfig))

    def rows(self):
        with open(self.project.folder / "out/measured/table", newline="") as file:
            return list(csv.DictReader(file))

    def drivers(self):
        pods = cluster.get("pods", f"--namespace={self.space}", "--selector=spark-role=driver")["items"]
        return {pod["metadata"]["name"]: pod["status"].get("phase") for pod in pods if not pod["metadata"].get("deletionTimestamp")}

    def drivers_asked_for(self):
        return [event["objectRef"]["name"] if event["objectRef"].get("name") else event["requestObject"]["metadata"]["name"] for event in cluster.requests()
                if event["verb"] == "create" and event["requestURI"].startswith(f"/api/v1/namespaces/{self.space}/pods?")
                and event["responseStatus"]["code"] == 201 and "-driver" in str(event.get("requestObject", {}).get("metadata", {}).get("name"))]

    def test_killed_in_the_middle_no_run_is_done_twice(self):
        project = self.measure("killed", "executors: [1, 2], memory: [512MiB]")
        process = project.start("measured.sdl", KUBECONFIG=str(cluster.kubeconfig))
        while process.poll() is None and not ("Succeeded" in self.drivers().values() and len(self.drivers()) == 2):
            time.sleep(0.5)
        if process.poll() is not None:
            self.fail(f"it ended before its second run: {project.finish(process).text}")
        os.kill(project.engine_of(process), signal.SIGKILL)
        project.finish(process)
        done = self.run_it()
        self.assertEqual(done.code, 0, done.text)
        cluster.wait_for("both drivers' ends", lambda: list(self.drivers().values()) == ["Succeeded"] * 2)  # which the Pods tell later than their containers
        self.assertEqual(sorted(self.drivers_asked_for()), sorted(self.drivers()))
        rows = self.rows()
        self.assertEqual([(row["executors"], row["runs"], row["note"]) for row in rows], [("1", "1", "baseline"), ("2", "1", "")])
        for row in rows:
            self.assertGreater(float(row["median_s"]), 0)
            self.assertRegex(row["median_s"], r"^\d+\.\d{3}$")
        self.assertEqual(rows[0]["speed_up"], "1.00")
        log = project.run("log", "measured.sdl", "speed").text
        self.assertIn("takes over `sdl-", log)
        self.assertIn("(spark.benchmark on cluster, 1 executor x 1 core, 512MiB, run 1 of 1 at ", log)
        self.assertIn("counted 100 with 2 executors", log)
        self.assertIn("<svg", (project.folder / "out/measured/report").read_text())
        again = self.run_it()
        self.assertEqual(again.code, 0, again.text)
        self.assertEqual(len(self.drivers_asked_for()), 2, again.text)

    def test_what_does_not_fit_is_a_row(self):
        project = self.measure("full", "executors: [1], memory: [512MiB, 900GiB]", patience="60s")
        done = self.run_it()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual([(row["memory"], row["runs"], row["note"]) for row in self.rows()], [("512MiB", "1", "baseline"), ("900GiB", "0", "did not fit")])
        self.assertIn("1 executor x 1 core, 900GiB does not fit: an executor finds no place on a node", project.run("log", "measured.sdl", "speed").text)
        self.assertEqual(len(self.drivers()), 1, "what did not fit was not taken away")

    def test_with_fewer_executors_than_were_asked_for_nothing_is_measured(self):
        project = self.measure("quota", "executors: [1, 2], memory: [512MiB]", patience="40s", quota='"pods": "2"')
        done = self.run_it()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual([(row["executors"], row["runs"], row["note"]) for row in self.rows()], [("1", "1", "baseline"), ("2", "0", "did not fit")])
        self.assertIn("2 executors x 1 core, 512MiB does not fit: cannot make executors: exceeded quota: spark", project.run("log", "measured.sdl", "speed").text)

    def test_a_master_in_the_script_is_no_measurement(self):
        self.measure("alone", "executors: [1], memory: [512MiB]", COUNT.replace("builder.", "builder.master('local[1]')."))
        done = self.run_it()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("job.py ended well, but without a single executor", done.text)

    def test_a_run_that_fails_is_named(self):
        self.measure("failed", "executors: [1], memory: [512MiB]", "import sys\n\nint('none')\n")
        done = self.run_it()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("cluster, 1 executor x 1 core, 512MiB, run 1 of 1: job.py:3: ValueError: invalid literal for int()", done.text)


def tests(begun):
    global cluster
    cluster = begun
    try:
        cluster.load(spark_image(VERSION))
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        return 77
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
