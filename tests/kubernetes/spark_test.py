#!/usr/bin/env python3
"""A real job of Spark on a real Kubernetes, by Spark's own spark-submit: its image and its rights are good for that."""

import sys
import unittest

from cluster import HERE, run_tests
from namespaces import CannotStart
from spark_image import image_name, spark_image
from spark_submit import DRIVER_RULES, spark_submit, words

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

VERSION = "4.0.0"
PI = "local:///opt/spark/examples/src/main/python/pi.py"
SETTINGS = {"spark.kubernetes.container.image": image_name(VERSION), "spark.kubernetes.container.image.pullPolicy": "Never",
            "spark.kubernetes.authenticate.driver.serviceAccountName": "spark", "spark.executor.instances": 2,
            "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.kubernetes.driver.request.cores": "100m",
            "spark.kubernetes.executor.request.cores": "100m", "spark.scheduler.minRegisteredResourcesRatio": 1}
cluster = None


def run_job(name, application, *arguments, **settings):
    """The driver's pod as it ended, and its log."""
    all_settings = {**SETTINGS, "spark.kubernetes.driver.pod.name": name, **settings}
    done = spark_submit(VERSION, cluster.kubeconfig, words(cluster.address, all_settings, "--name", name, application, *arguments))
    if done.returncode != 0:
        raise AssertionError(done.stdout)
    return cluster.get("pod", name), cluster.kubectl("logs", name)


class SparkTest(unittest.TestCase):
    def check_end(self, pod, code):
        [status] = pod["status"]["containerStatuses"]
        self.assertEqual(status["state"]["terminated"]["exitCode"], code)

    def test_pi_by_two_executors(self):
        pod, log = run_job("pi", PI, "4")
        self.check_end(pod, 0)
        self.assertRegex(log, r"Pi is roughly 3\.1")
        for executor in (1, 2):
            self.assertRegex(log, rf"Registered executor .* with ID {executor}\b")
        self.assertEqual(cluster.get("pods", "--selector=spark-role=executor")["items"], [])

    def test_a_job_that_fails(self):
        pod, log = run_job("failing", PI, "no number")
        self.check_end(pod, 1)
        self.assertIn("ValueError", log)

    def test_on_an_image_of_sdlrun(self):
        """The layout is a base for image.build, and what comes of it goes to the node by image.load."""
        project = Project()
        self.addCleanup(project.close)
        project.write("main.py", "import sys\nfrom pyspark.sql import SparkSession\n\nspark = SparkSession.builder.getOrCreate()\n"
                                 "print('sum', spark.sparkContext.range(int(sys.argv[1])).sum(), spark.version)\n")
        project.write("p.sdl", f"""pipeline p {{
  step image = image.build {{ base = dir("{spark_image(VERSION)}"), files = {{ "/opt/app/main.py": file("main.py") }} }}
  step loaded = image.load {{ image = image.image, into = "containerd", name = "localhost/sum:1" }}
}}
""")
        done = project.run("p.sdl", CONTAINERD_ADDRESS=str(cluster.containerd), XDG_CACHE_HOME=str(project.folder / "cache"))
        self.assertEqual(done.code, 0, done.text)
        pod, log = run_job("sum", "local:///opt/app/main.py", "1000", **{"spark.kubernetes.container.image": "localhost/sum:1"})
        self.check_end(pod, 0)
        self.assertIn(f"sum 499500 {VERSION}", log)


def tests(begun):
    global cluster
    cluster = begun
    try:
        cluster.load(spark_image(VERSION))
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        return 77
    cluster.account("spark", DRIVER_RULES)
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
