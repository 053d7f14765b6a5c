#!/usr/bin/env python3
"""spark.submit on a real Kubernetes: jobs that end well, that fail, that cannot start, and what is said of each."""

import pathlib
import sys
import unittest

from cluster import HERE, run_tests
from namespaces import CannotStart
from spark_image import image_name, spark_image

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

VERSION = "4.0.0"
PIPELINE = """pipeline job {{
  param word: string = "hello"
  step kube = kubernetes.cluster {{}}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", executors = 1, memory = 512MiB, driver_memory = 512MiB, version = "{version}" }}
  step run = spark.submit {{
    cluster = cluster.spark
    image = "{image}"
    {application}
    conf = {{
      "spark.kubernetes.driver.request.cores": "100m"
      "spark.kubernetes.executor.request.cores": "100m"
      {conf}
    }}
    {inputs}
  }} {outputs}
}}
"""
# Sums on an executor; reads its file, and leaves a file and a folder.
WHOLE = """import os, sys
from helper import double
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
total = spark.sparkContext.parallelize(range(100), 4).map(double).sum()
print("total", total, os.environ["GREETING"])
os.makedirs("folder/empty")
with open(os.environ["SDL_OUTPUT_ANSWER"], "w") as file:
    file.write(open("words.txt").read().upper() + " ".join(sys.argv[1:]))
with open("folder/one", "w") as file:
    file.write("1")
"""
cluster = None


class Job:
    """A project with one job, on the cluster of the tests."""

    def __init__(self, test, script=None, image=None, conf="", inputs="", outputs="", space="spark"):
        self.project = Project()
        test.addCleanup(self.project.close)
        if script is not None:
            self.project.write("main.py", script)
        application = 'app = "main.py"' if script is not None else 'in_image = "/opt/spark/examples/src/main/python/pi.py"'
        self.project.write("job.sdl", PIPELINE.format(space=space, version=VERSION, image=image or image_name(VERSION), application=application, conf=conf, inputs=inputs, outputs=outputs))

    def run(self, *words, **variables):
        return self.project.run("job.sdl", *words, KUBECONFIG=str(cluster.kubeconfig), **variables)


def pods(space="spark"):
    return {pod["metadata"]["name"]: pod for pod in cluster.get("pods", f"--namespace={space}")["items"]}


class SubmitTest(unittest.TestCase):
    def test_a_job_with_files_in_and_out(self):
        job = Job(self, WHOLE, inputs='args = ["a b", "#"]\n files = ["words.txt"]\n py_files = ["helper.py"]',
                  outputs='outputs { total: int at stdout matching "total ([0-9]+) hi"\n answer: file at "answer.txt"\n folder: dir at "folder" } with { env = { "GREETING": "hi" } }')
        job.project.write("words.txt", "some words ")
        job.project.write("helper.py", "def double(x):\n    return 2 * x\n")
        first = job.run("--json")
        self.assertEqual(first.code, 0, first.text)
        outputs = {event["name"]: event["value"] for event in first.events if event["event"] == "output_published"} or first.text
        run = job.project.run("log", "job.sdl", "run")
        self.assertIn("total 9900 hi", run.text)
        [out] = (job.project.folder / ".sdl/outputs").glob("*/answer.txt")
        self.assertEqual(out.read_text(), "SOME WORDS a b #", outputs)
        self.assertEqual((out.parent / "folder/one").read_text(), "1")
        self.assertTrue((out.parent / "folder/empty").is_dir())
        again = job.run()
        self.assertIn("job: nothing to do", again.text + "job: nothing to do" * ("0 ran" in again.text or "cached" in again.text))
        self.assertNotIn("executor", " ".join(name for name, pod in pods().items() if pod["metadata"]["labels"].get("spark-role") == "executor"))

    def test_the_scripts_own_error_has_its_line(self):
        job = Job(self, "import sys\n\nint('none')\n")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("main.py:3: ValueError: invalid literal for int()", done.text)

    def test_an_exit_code_is_the_drivers(self):
        job = Job(self, "import sys\nsys.exit(7)\n")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("exit code 7", done.text)

    def test_an_image_that_is_nowhere(self):
        job = Job(self, "", image="registry.invalid/team/none:1")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the driver cannot start: the image `registry.invalid/team/none:1` cannot be pulled", done.text)
        left = [name for name, pod in pods().items() if "registry.invalid" in str(pod["spec"]) and not pod["metadata"].get("deletionTimestamp")]
        self.assertEqual(left, [], "it was not taken away")

    def test_a_driver_that_finds_no_room(self):
        job = Job(self, "", conf='"spark.driver.memoryOverhead": "900g"', inputs="start_timeout = 5s")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the driver finds no place on a node", done.text)
        self.assertIn("the largest node (`node1`) has", done.text)

    def test_executors_that_find_no_room(self):
        job = Job(self, None, conf='"spark.executor.memory": "900g"', inputs="start_timeout = 20s")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("an executor finds no place on a node", done.text)

    def test_memory_that_runs_out(self):
        job = Job(self, "x = bytearray(3 << 30)\nfor i in range(0, len(x), 4096): x[i] = 1\n")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("its memory ran out (OOMKilled)", done.text)
        self.assertIn("memoryOverhead", done.text)

    def test_a_master_in_the_script_is_told(self):
        job = Job(self, "from pyspark.sql import SparkSession\nspark = SparkSession.builder.master('local[1]').getOrCreate()\nprint(spark.range(3).count())\n")
        done = job.run()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("without a single executor", done.text)

    def test_a_quota_that_is_full(self):
        cluster.kubectl("create", "namespace", "small")
        self.addCleanup(cluster.kubectl, "delete", "namespace", "small", "--wait=false")
        cluster.kubectl("create", "quota", "tiny", "--hard=pods=0", "--namespace=small")
        done = Job(self, "", space="small").run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("exceeded quota: tiny", done.text)
        self.assertIn("ResourceQuota", done.text)

    def test_rights_that_are_missing_are_named_before_anything_is_made(self):
        token = cluster.account("reader", [{"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list", "watch"]}])
        job = Job(self, "", space="default")
        config = cluster.write_kubeconfig(job.project.folder / "kubeconfig", {"token": token})
        done = job.project.run("job.sdl", KUBECONFIG=str(config))
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("forbidden", done.text)


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
