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
from pyspark_versions import spark_home
from spark_image import image_name, spark_image

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from java_pi import make_jar  # noqa: E402
from project import Project  # noqa: E402

VERSION = "4.0.0"
PIPELINE = """pipeline measured {{
  step kube = kubernetes.cluster {{}}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", memory = 512MiB, driver_memory = 512MiB, version = "{version}", quota = {{ {quota} }} }}
  step speed = spark.benchmark {{
    clusters = {{ "cluster": cluster.spark }}
    image = "{image}"
    {application}
    matrix = {{ {matrix} }}
    warm_up = 0
    repetitions = 1
    start_timeout = {patience}
    conf = {{
      "spark.kubernetes.driver.request.cores": "100m"
      "spark.kubernetes.executor.request.cores": "100m"
      "spark.kubernetes.driver.connectionTimeout": "60000"
      "spark.kubernetes.driver.requestTimeout": "60000"
      {conf}
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


class Benchmark:
    """A pipeline that measures in a namespace of its own."""

    def __init__(self, add_cleanup, space, matrix, script=COUNT, patience="3m", quota="", application='app = "job.py"', conf=""):
        self.space = space
        self.project = Project()
        add_cleanup(self.project.close)
        self.project.write("job.py", script)
        self.project.write("measured.sdl", PIPELINE.format(space=space, version=VERSION, image=image_name(VERSION), matrix=matrix, patience=patience, quota=quota, application=application,
                                                              conf=conf))

    def start(self):
        self.process = self.project.start("measured.sdl", KUBECONFIG=str(cluster.kubeconfig))
        return self

    def end(self):
        return self.project.finish(self.process)

    def run(self):
        return self.start().end()

    def rows(self):
        with open(self.project.folder / "out/measured/table", newline="") as file:
            return list(csv.DictReader(file))

    def log(self):
        return self.project.run("log", "measured.sdl", "speed").text

    def drivers(self):
        pods = cluster.get("pods", f"--namespace={self.space}", "--selector=spark-role=driver")["items"]
        return {pod["metadata"]["name"]: pod["status"].get("phase") for pod in pods if not pod["metadata"].get("deletionTimestamp")}

    def drivers_asked_for(self):
        return [event["objectRef"]["name"] if event["objectRef"].get("name") else event["requestObject"]["metadata"]["name"] for event in cluster.requests()
                if event["verb"] == "create" and event["requestURI"].startswith(f"/api/v1/namespaces/{self.space}/pods?")
                and event["responseStatus"]["code"] == 201 and "-driver" in str(event.get("requestObject", {}).get("metadata", {}).get("name"))]


class BenchmarkTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """What does not fit is waited for: it is begun before all others, and asked about last."""
        cls.full = Benchmark(cls.addClassCleanup, "full", "executors: [1], memory: [512MiB, 900GiB]", patience="60s").start()
        cls.quota = Benchmark(cls.addClassCleanup, "quota", "executors: [1, 2], memory: [512MiB]", patience="60s", quota='"pods": "2"').start()

    def test_killed_in_the_middle_no_run_is_done_twice(self):
        benchmark = Benchmark(self.addCleanup, "killed", "executors: [1, 2], memory: [512MiB]").start()
        while benchmark.process.poll() is None and not ("Succeeded" in benchmark.drivers().values() and len(benchmark.drivers()) == 2):
            time.sleep(0.5)
        if benchmark.process.poll() is not None:
            self.fail(f"it ended before its second run: {benchmark.end().text}")
        os.kill(benchmark.project.engine_of(benchmark.process), signal.SIGKILL)
        benchmark.end()
        done = benchmark.run()
        self.assertEqual(done.code, 0, done.text)
        cluster.wait_for("both drivers' ends", lambda: list(benchmark.drivers().values()) == ["Succeeded"] * 2)  # which the Pods tell later than their containers
        self.assertEqual(sorted(benchmark.drivers_asked_for()), sorted(benchmark.drivers()))
        rows = benchmark.rows()
        self.assertEqual([(row["executors"], row["runs"], row["note"]) for row in rows], [("1", "1", "baseline"), ("2", "1", "")])
        for row in rows:
            self.assertGreater(float(row["median_s"]), 0)
            self.assertRegex(row["median_s"], r"^\d+\.\d{3}$")
        self.assertEqual(rows[0]["speed_up"], "1.00")
        log = benchmark.log()
        self.assertIn("takes over `sdl-", log)
        self.assertIn("(spark.benchmark on cluster, 1 executor x 1 core, 512MiB, run 1 of 1 at ", log)
        self.assertIn("counted 100 with 2 executors", log)
        self.assertIn("<svg", (benchmark.project.folder / "out/measured/report").read_text())
        again = benchmark.run()
        self.assertEqual(again.code, 0, again.text)
        self.assertEqual(len(benchmark.drivers_asked_for()), 2, again.text)

    def test_an_application_of_java(self):
        """Its jar is on the node, as it would be in the image; its time is the container's, in whole seconds."""
        jars = cluster.folder / "jars"
        jars.mkdir()
        make_jar(jars / "pi.jar", spark_home(VERSION) / "jars")
        conf = "\n".join(f'"spark.kubernetes.{who}.volumes.hostPath.jars.{setting}": "{value}"' for who in ("driver", "executor") for setting, value in (("mount.path", "/opt/app"), ("options.path", jars)))
        benchmark = Benchmark(self.addCleanup, "java", "executors: [1], memory: [512MiB]", application='class = "SparkPi"\n    jars_in_image = ["/opt/app/pi.jar"]\n    args = ["2"]', conf=conf)
        done = benchmark.run()
        self.assertEqual(done.code, 0, done.text)
        [row] = benchmark.rows()
        self.assertEqual((row["executors"], row["runs"], row["note"]), ("1", "1", "baseline"))
        self.assertEqual(float(row["median_s"]), int(float(row["median_s"])))
        self.assertIn("Pi is roughly 3.", benchmark.log())

    def test_what_does_not_fit_is_a_row(self):
        done = self.full.end()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual([(row["memory"], row["runs"], row["note"]) for row in self.full.rows()], [("512MiB", "1", "baseline"), ("900GiB", "0", "did not fit")])
        self.assertIn("1 executor x 1 core, 900GiB does not fit: an executor finds no place on a node", self.full.log())
        self.assertEqual(len(self.full.drivers()), 1, "what did not fit was not taken away")

    def test_with_fewer_executors_than_were_asked_for_nothing_is_measured(self):
        done = self.quota.end()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual([(row["executors"], row["runs"], row["note"]) for row in self.quota.rows()], [("1", "1", "baseline"), ("2", "0", "did not fit")])
        self.assertIn("2 executors x 1 core, 512MiB does not fit: cannot make executors: exceeded quota: spark", self.quota.log())

    def test_a_master_in_the_script_is_no_measurement(self):
        done = Benchmark(self.addCleanup, "alone", "executors: [1], memory: [512MiB]", COUNT.replace("builder.", "builder.master('local[1]').")).run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("job.py ended well, but without a single executor", done.text)

    def test_a_run_that_fails_is_named(self):
        done = Benchmark(self.addCleanup, "failed", "executors: [1], memory: [512MiB]", "import sys\n\nint('none')\n").run()
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
