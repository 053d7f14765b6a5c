#!/usr/bin/env python3
"""spark.submit on a real Spark: Spark's own example, and what users see of scripts that fail."""

import json
import unittest

from project import Project

PIPELINE = """
pipeline broken {
  step python = python.venv { requirements = "pipelines/sparkpi/requirements.txt" }
  step cluster = spark.local {}
  step job = spark.submit { cluster = cluster.spark, python = python.env, app = "job.py" CONF } outputs { answer: int at "answer.json" }
}
"""
SESSION = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"


class SparkTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)

    def fail_with(self, script, conf=""):
        """The error of a job that fails, as people read it and as programs do."""
        self.project.write("job.py", script)
        self.project.write("broken.sdl", PIPELINE.replace("CONF", conf))
        done = self.project.run("broken.sdl", "--json")
        self.assertEqual(done.code, 1, done.text)
        self.assertEqual(self.project.wait_for_no_processes(), [])
        return next(event["error"] for event in done.events if event.get("outcome") == "failed")

    def test_spark_pi(self):
        done = self.project.run("pipelines/sparkpi.sdl", "--json", JAVA_HOME="")  # it finds the machine's own
        self.assertEqual(done.code, 0, done.text)
        published = {event["name"]: event["value"] for event in done.events if event["event"] == "output_published"}
        self.assertAlmostEqual(published["pi"], 3.14, delta=0.1)

    def test_a_job_gives_what_it_writes(self):
        self.project.write("job.py", SESSION + "import os\nopen(os.environ['SDL_OUTPUT_ANSWER'], 'w').write(str(spark.range(42).count()))\n")
        self.project.write("broken.sdl", PIPELINE.replace("CONF", ""))
        done = self.project.run("broken.sdl", "--json")
        self.assertEqual(done.code, 0, done.text)
        outputs = next(event["outputs"] for event in done.events if event.get("step") == "job" and event["event"] == "step_finished")
        self.assertEqual(outputs, {"answer": 42})

    def test_an_error_in_the_script_is_shown_with_its_line(self):
        error = self.fail_with(SESSION + "x = 1 / 0\n")
        self.assertIn("ZeroDivisionError: division by zero", error["message"])
        self.assertIn("job.py", error["message"] + error["detail"])
        self.assertNotIn("java", json.dumps(error).lower())

    def test_an_error_in_a_worker_is_shown_without_javas_lines(self):
        error = self.fail_with(SESSION + "def boom(x):\n    raise ValueError('boom in executor')\nspark.sparkContext.range(4).map(boom).collect()\n")
        self.assertEqual(error["message"], "job.py:5: ValueError in a worker: boom in executor")
        self.assertNotIn("\tat ", json.dumps(error))

    def test_what_a_failed_script_leaves_running_is_ended(self):
        script = SESSION + "import threading, time\nthreading.Thread(target=time.sleep, args=(3600,)).start()\nraise RuntimeError('after the server')\n"
        self.assertIn("after the server", self.fail_with(script)["message"])

    def test_a_property_that_beats_the_cluster_is_refused(self):
        error = self.fail_with("", ', conf = { "spark.master": "local[1]" }')
        self.assertIn("spark.master", error["message"])

    def test_an_output_that_is_not_there(self):
        error = self.fail_with(SESSION)
        self.assertIn("left no `answer.json`", error["message"])


if __name__ == "__main__":
    unittest.main()
