#!/usr/bin/env python3
"""spark.submit on a real Kubernetes: jobs that end well, that fail, that cannot start, and what is said of each."""

import hashlib
import os
import signal
import unittest

from cluster import run_tests
from namespaces import CannotStart
from spark_image import image_name, spark_image
from spark_job import SMALL, VERSION, Job, Project, pods, small_image
from spark_submit import DRIVER_RULES, spark_submit, words

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
        digest = hashlib.sha256(b"some words ").hexdigest()
        sent = [event for event in cluster.requests() if event["verb"] == "update" and event["requestURI"].endswith(f"/proxy/blobs/{digest}") and "/namespaces/spark/" in event["requestURI"]]
        self.assertEqual(len(sent), 1, "a content is sent once, for all jobs of the namespace")
        again = job.run()
        self.assertIn("job: nothing to do", again.text + "job: nothing to do" * ("0 ran" in again.text or "cached" in again.text))
        self.assertNotIn("executor", " ".join(name for name, pod in pods().items() if pod["metadata"]["labels"].get("spark-role") == "executor"))

    def test_sparks_own_example(self):
        """By the pipeline that ships."""
        project = Project()
        self.addCleanup(project.close)
        done = project.run("pipelines/sparkpi.sdl", "target=kubernetes", f"image={image_name(VERSION)}", "namespace=sparkpi", "cores=1", "cpu=100m", "partitions=4", "--json", KUBECONFIG=str(cluster.kubeconfig))
        self.assertEqual(done.code, 0, done.text)
        [pi] = [event["value"] for event in done.events if event["event"] == "output_published"]
        self.assertAlmostEqual(pi, 3.14, delta=0.05)
        told = [event["text"] for event in done.events if event["event"] == "step_progressed"]
        self.assertTrue([text for text in told if text.startswith("driver Running, 1 of 1 executors")], told)

    def test_the_scripts_own_error_has_its_line(self):
        job = Job(self, "import sys\n\nint('none')\n")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("main.py:3: ValueError: invalid literal for int()", done.text)
        done = job.project.run("report", "job.sdl", "--html", "report.html")
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("ValueError: invalid literal for int()", (job.project.folder / "report.html").read_text(), "the driver's log is in the report")

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

    def test_a_script_that_the_image_lacks(self):
        done = Job(self, application='in_image = "/opt/none.py"').run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("can't open file '/opt/none.py'", done.text)
        self.assertIn("the image does not have it: `app` brings a script of this machine", done.text)

    def test_a_driver_that_finds_no_room(self):
        job = Job(self, "", conf='"spark.driver.memoryOverhead": "900g"', inputs="start_timeout = 20s")
        done = job.run()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("the driver finds no place on a node", done.text)
        self.assertIn("the largest node (`node1`) has", done.text)

    def test_executors_that_find_no_room(self):
        job = Job(self, None, conf='"spark.executor.memory": "900g"', inputs="start_timeout = 40s")
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
        cluster.make_namespace("small", quota="tiny", pods=0)
        self.addCleanup(cluster.kubectl, "delete", "namespace", "small", "--wait=false")
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


class BySparkSubmitTest(unittest.TestCase):
    """The same with the original spark-submit in place of ours; beside each other, as each takes its time."""

    def job(self, script=None, inputs="", **options):
        steps = 'step python = python.venv { requirements = "pipelines/sparkpi/requirements.txt", version = "3.11" }'
        return Job(self, script, steps=steps, inputs=f'python = python.env\n via = "spark_submit"\n {inputs}', **options)

    def test_jobs(self):
        whole = self.job(WHOLE.replace("from helper import double", "double = (2).__mul__"), inputs='args = ["a b", "#"]\n files = ["words.txt"]',
                         outputs='outputs { total: int at stdout matching "total ([0-9]+) hi"\n answer: file at "answer.txt"\n folder: dir at "folder" } with { env = { "GREETING": "hi" } }')
        whole.project.write("words.txt", "some words ")
        failing = self.job("import sys\n\nint('none')\n")
        pi = self.job(inputs='args = ["4"]',
                      outputs='outputs { pi: float at stdout matching "Pi is roughly ([0-9.]+)" }')
        template = cluster.folder / "template.json"
        template.write_text('{"apiVersion": "v1", "kind": "Pod", "metadata": {"annotations": {"example.com/from": "a template"}}, "spec": {}}')
        java = self.job(image="localhost/small:1", application=SMALL, conf=f'"spark.kubernetes.driver.podTemplateFile": "{template}"', space="templates", outputs='outputs { did: string at stdout matching "the job has (run)" }')
        jobs = (whole, failing, pi, java)
        processes = [job.start("--json") for job in jobs]
        whole_done, failing_done, pi_done, java_done = (job.project.finish(process) for job, process in zip(jobs, processes))
        self.assertEqual(whole_done.code, 0, whole_done.text)
        [out] = (whole.project.folder / ".sdl/outputs").glob("*/answer.txt")
        self.assertEqual(out.read_text(), "SOME WORDS a b #")
        self.assertEqual(failing_done.code, 1, failing_done.text)
        self.assertIn("main.py:3: ValueError: invalid literal for int()", failing_done.text)
        self.assertEqual(pi_done.code, 0, pi_done.text)
        self.assertIn("spark-submit starts the driver", pi_done.text)
        self.assertEqual(java_done.code, 0, java_done.text)
        [driver] = pods("templates").values()
        self.assertEqual(driver["metadata"]["annotations"]["example.com/from"], "a template")
        left = [path for job in jobs for path in job.project.folder.rglob("kubeconfig")]
        self.assertEqual(left, [], "credentials were left")

    def test_its_own_exit_code_is_0_for_a_job_that_failed(self):
        """Ours is the driver's, whoever submits: see the others."""
        cluster.account("spark", DRIVER_RULES)
        settings = {"spark.kubernetes.container.image": image_name(VERSION), "spark.kubernetes.driver.pod.name": "failing", "spark.kubernetes.authenticate.driver.serviceAccountName": "spark",
                    "spark.driver.memory": "512m", "spark.executor.memory": "512m", "spark.kubernetes.driver.request.cores": "100m", "spark.kubernetes.executor.request.cores": "100m"}
        done = spark_submit(VERSION, cluster.kubeconfig, words(cluster.address, settings, "--name", "failing", "local:///opt/spark/examples/src/main/python/pi.py", "no number"))
        self.assertEqual(done.returncode, 0, done.stdout)
        [status] = cluster.get("pod", "failing")["status"]["containerStatuses"]
        self.assertEqual(status["state"]["terminated"]["exitCode"], 1)

    def test_one_that_is_killed_is_taken_up(self):
        job = self.job("import os, time\nwhile not os.path.exists('/tmp/go'): time.sleep(0.1)\nprint('slept')\n", space="taken")
        process = job.start("--json")
        job.project.start_until_progress(process, "driver Running")
        os.kill(job.project.engine_of(process), signal.SIGKILL)
        job.project.finish(process)
        process = job.start("--json")
        job.project.start_until_progress(process, "driver Running")
        [driver] = [name for name in pods("taken") if name.endswith("-driver")]
        cluster.kubectl("exec", "--namespace=taken", driver, "--", "touch", "/tmp/go")
        again = job.project.finish(process)
        self.assertEqual(again.code, 0, again.text)
        self.assertEqual(len([name for name in pods("taken") if name.endswith("-driver")]), 1)
        self.assertIn("slept", job.project.run("log", "job.sdl", "run").text)

    def test_what_it_cannot(self):
        files = self.job("import helper\n", inputs='py_files = ["helper.py"]')
        files.project.write("helper.py", "")
        self.assertIn("by spark-submit `py_files` come in the image", files.run().text)
        alone = Job(self, "", inputs='via = "spark_submit"').run()
        self.assertIn('`via = "spark_submit"` needs `python`', alone.text)
        ours = Job(self, "", conf='"spark.kubernetes.driver.podTemplateFile": "/tmp/template.yaml"').run()
        self.assertIn("only spark-submit itself reads templates", ours.text)


def tests(begun):
    global cluster
    cluster = Job.cluster = begun
    try:
        for layout in (spark_image(VERSION), small_image(cluster)):
            cluster.load(layout)
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        return 77
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
