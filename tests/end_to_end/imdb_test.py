#!/usr/bin/env python3
"""The main job for real: pipelines/imdb.sdl trains a notebook's Keras model on Spark with Elephas."""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

from project import CACHE, Project

# Predicts with what a run has left, in a Python that knows nothing of the run.
USE_MODEL = """
import sys, numpy, keras
model = keras.models.load_model(sys.argv[1])
print(model.predict(numpy.ones((3, 200), dtype="int32"), verbose=0).shape)
"""


class ImdbTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.project = Project()
        cls.addClassCleanup(cls.project.close)
        cls.first = cls.project.run("pipelines/imdb.sdl", "--json")
        # Now, as there will be others: of the tests that give other params.
        cls.script = next(cls.project.folder.glob(".sdl/outputs/**/imdb_sentiment_analysis_keras_spark.py"), None)

    def out(self, name):
        return self.project.folder / "out" / "imdb" / name

    def test_a_model_is_trained_by_more_than_one_worker(self):
        self.assertEqual(self.first.code, 0, self.first.text)
        published = {event["name"]: event["value"] for event in self.first.events if event["event"] == "output_published"}
        self.assertGreaterEqual(published["accuracy"], 0.75)
        self.assertEqual(len(published["rows_trained"]), 2)
        self.assertGreater(min(published["rows_trained"]), 1000)
        self.assertTrue(self.out("history").read_bytes().startswith(b"\x89PNG"))

    def test_spark_tells_how_far_it_is(self):
        told = [event["text"] for event in self.first.events if event["event"] == "step_progressed" and event["step"] == "train"]
        self.assertTrue([text for text in told if re.search(r"\d+ of \d+ tasks", text)], told[-20:])

    def test_a_fresh_python_uses_the_model(self):
        done = subprocess.run([self.environment_python(), "-c", USE_MODEL, self.out("model").resolve()], capture_output=True, text=True, check=False)
        self.assertIn("(3, 1)", done.stdout, done.stderr)

    def environment_python(self):
        # Packages for the Python of another machine lie there too, without a Python of their own.
        for marker in CACHE.glob("sdlrun/python/*/.sdlrun-complete"):
            python = marker.parent / "bin" / "python"
            if python.exists() and list(marker.parent.glob("lib/python*/site-packages/keras")):
                return python
        self.fail("there is no environment with Keras in the cache")

    def test_its_script_runs_by_spark_submit_as_it_is(self):
        """By Spark's own program and without us, in a folder like the notebook's; what it makes lies beside it."""
        self.assertIsNotNone(self.script, self.first.text)
        python = self.environment_python()
        settings = {**os.environ, "PATH": f"{python.parent}:{os.environ['PATH']}", "PYSPARK_PYTHON": str(python)}
        with tempfile.TemporaryDirectory() as folder:
            shutil.copy(self.project.folder / "pipelines" / "imdb" / "make_sample.py", folder)
            done = subprocess.run([python.parent / "spark-submit", "--master", "local[2]", self.script], cwd=folder, env=settings,
                                  stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout[-3000:] + done.stderr[-3000:])  # what Python says is in the first
            self.assertIn("held-out reviews", done.stdout)
            self.assertEqual(json.loads(pathlib.Path(folder, "metrics.json").read_text())["workers"], 2)

    def test_the_second_run_finds_nothing_to_do(self):
        second = self.project.run("pipelines/imdb.sdl")
        self.assertEqual(second.code, 0, second.text)
        self.assertIn("imdb: nothing to do", second.text)

    def test_a_changed_param_trains_again_and_makes_nothing_else(self):
        plan = json.loads(self.project.run("plan", "pipelines/imdb.sdl", "epochs=6", "--json").text)
        decisions = {step["step"]: step["decision"] for step in plan["steps"]}
        self.assertEqual((decisions["python"], decisions["reviews"], decisions["script"]), ("cached", "cached", "run"))
        self.assertEqual(decisions["train"], "later")

    def test_a_run_killed_in_the_middle_of_training_goes_on_where_it_was(self):
        process = self.project.start("pipelines/imdb.sdl", "epochs=7", "--json")
        begun = self.project.start_until(process, lambda event: event["event"] == "step_printed" and event["step"] == "train")
        time.sleep(1)
        os.kill(self.project.engine_of(process), signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.project.wait_for_no_processes(), [], "processes were left behind")
        self.assertIn("script", {event.get("step") for event in begun if event["event"] == "step_finished"})
        again = self.project.run("pipelines/imdb.sdl", "epochs=7", "--json")
        self.assertEqual(again.code, 0, again.text)
        self.assertEqual(again.outcomes(), {"python": "cached", "reviews": "cached", "script": "cached", "cluster": "cached", "train": "ran"})

    def test_ctrl_c_in_the_middle_of_training_leaves_nothing_running(self):
        process = self.project.start("pipelines/imdb.sdl", "epochs=8", "--json")
        self.project.start_until(process, lambda event: event["event"] == "step_printed" and event["step"] == "train")
        process.send_signal(signal.SIGINT)
        rest = self.project.finish(process)
        self.assertEqual(rest.code, 130, rest.text)
        self.assertEqual(rest.outcomes()["train"], "stopped")
        self.assertEqual(self.project.wait_for_no_processes(), [])

    def test_a_worker_that_trained_on_nothing_fails_the_run(self):
        failed = self.project.run("pipelines/imdb.sdl", "batch_size=20000", "--json")
        self.assertEqual(failed.code, 1, failed.text)
        error = next(event["error"] for event in failed.events if event.get("outcome") == "failed")
        self.assertIn("trained on nothing", error["message"])
        self.assertNotIn("Py4J", json.dumps(error))

    def test_synchronous_training_works_too(self):
        done = self.project.run("pipelines/imdb.sdl", "mode=synchronous", "epochs=3", "--json")
        self.assertEqual(done.code, 0, done.text)


if __name__ == "__main__":
    unittest.main()
