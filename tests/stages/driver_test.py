#!/usr/bin/env python3
"""The driver of spark.submit, run by plain Python: how scripts end, and what is reported of those that fail."""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import textwrap
import unittest

DRIVER = pathlib.Path(__file__).resolve().parents[2] / "stages" / "spark" / "driver.py"
LONGEST_SECONDS = 60  # a driver that waits for what never ends would be stopped here, and fail the test


class DriverTest(unittest.TestCase):
    def run_script(self, text, *arguments):
        """The finished process, and the report that the driver has left, if any."""
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        script = pathlib.Path(folder.name) / "script.py"
        script.write_text(textwrap.dedent(text), encoding="utf-8")
        report = pathlib.Path(folder.name) / "report.json"
        command = [sys.executable, DRIVER, report, "script.py", *arguments]
        environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
        done = subprocess.run(
            command, cwd=folder.name, env=environment, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
        return done, json.loads(report.read_text()) if report.exists() else None

    def test_a_script_runs_as_main_with_its_arguments(self):
        done, report = self.run_script(
            """
            import sys
            import pickle
            class Mine: pass
            print(__name__, sys.argv, pickle.loads(pickle.dumps(Mine())).__class__ is Mine)
            """,
            "--epochs",
            "3",
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(done.stdout.startswith("__main__ ["), done.stdout)
        self.assertIn("script.py', '--epochs', '3'] True", done.stdout)
        self.assertEqual(set(report), {"began", "seconds"})

    def test_an_error_is_reported_with_the_line_and_the_cell_of_the_script(self):
        done, report = self.run_script(
            """\
            # In[1]:

            def divide(a):
                return a / 0

            # In[2]:

            divide(1)
            """
        )
        self.assertEqual(done.returncode, 1)
        self.assertEqual((report["type"], report["message"]), ("ZeroDivisionError", "division by zero"))
        self.assertEqual((report["line"], report["cell"], report["in_worker"]), (4, 1, False))
        self.assertIn('File "script.py", line 8, in <module>', report["traceback"])
        self.assertNotIn("driver.py", report["traceback"])
        self.assertIn("ZeroDivisionError", done.stderr)

    def test_an_error_is_found_after_the_script_has_changed_its_folder(self):
        _, report = self.run_script("import os\nos.chdir('/')\nraise ValueError('here')\n")
        self.assertEqual((report["line"], report["message"]), (3, "here"))
        self.assertIn('File "script.py", line 3', report["traceback"])

    def test_what_caused_an_error_is_shown_before_it(self):
        _, report = self.run_script(
            """\
            try:
                {}["key"]
            except KeyError as error:
                raise RuntimeError("no such setting") from error
            """
        )
        self.assertLess(report["traceback"].index("KeyError"), report["traceback"].index("RuntimeError"))

    def test_a_syntax_error_has_its_line(self):
        done, report = self.run_script("x = 1\ny = = 2\n")
        self.assertEqual(done.returncode, 1)
        self.assertEqual((report["type"], report["line"]), ("SyntaxError", 2))
        self.assertIn("y = = 2", report["traceback"])

    def test_exit_codes_are_the_scripts_own(self):
        for text, code in (("raise SystemExit", 0), ("import sys; sys.exit(7)", 7), ("import sys; sys.exit('why')", 1)):
            done, report = self.run_script(text)
            self.assertEqual(done.returncode, code, text)
            self.assertNotIn("type", report or {})  # no error to tell of
        self.assertIn("why", done.stderr)

    def test_a_failed_script_ends_though_a_thread_of_it_goes_on(self):
        done, report = self.run_script(
            """
            import threading
            threading.Thread(target=threading.Event().wait, name="server").start()
            raise ValueError("training failed")
            """
        )
        self.assertEqual((done.returncode, report["message"]), (1, "training failed"))
        self.assertIn("ended what the script left running: thread server", done.stderr)

    def test_a_failed_script_ends_though_a_process_of_it_goes_on(self):
        done, report = self.run_script(
            """
            import multiprocessing, time
            child = multiprocessing.Process(target=time.sleep, args=(1000,), name="parameters")
            child.start()
            print(child.pid, flush=True)
            raise ValueError("training failed")
            """
        )
        self.assertEqual((done.returncode, report["message"]), (1, "training failed"))
        self.assertIn("process parameters", done.stderr)
        self.assertFalse(is_running(int(done.stdout)))

    def test_a_script_that_succeeds_ends_though_a_thread_of_it_goes_on(self):
        done, report = self.run_script(
            """
            import atexit, threading
            atexit.register(print, "tidied up")
            threading.Thread(target=threading.Event().wait, name="server").start()
            print("done")
            """
        )
        self.assertEqual((done.returncode, set(report)), (0, {"began", "seconds"}))
        self.assertEqual(done.stdout, "done\ntidied up\n")
        self.assertIn("thread server", done.stderr)

    def test_the_error_of_a_worker_is_told_apart_from_javas_noise(self):
        _, report = self.run_script(
            '''\
            class Py4JJavaError(Exception):
                pass

            text = """An error occurred while calling z:org.apache.spark.api.python.PythonRDD.collectAndServe.
            : org.apache.spark.SparkException: Job aborted due to stage failure: Task 0 in stage 0.0 failed 1 times, most recent failure: Lost task 0.0
            Traceback (most recent call last):
              File "/venv/lib/python3.11/site-packages/pyspark/python/lib/pyspark.zip/pyspark/worker.py", line 2044, in main
                process()
              File "/work/train.py", line 12, in learn
                raise ValueError("boom: in a worker")
            ValueError: boom: in a worker

            \tat org.apache.spark.api.python.BasePythonRunner.handlePythonException(PythonRunner.scala:581)
            Caused by: java.lang.Exception: something of Java
            """.replace("            ", "")
            raise Py4JJavaError(text)
            '''
        )
        self.assertEqual((report["type"], report["message"], report["in_worker"]), ("ValueError", "boom: in a worker", True))
        self.assertIn('File "/work/train.py", line 12, in learn', report["traceback"])
        for noise in ("pyspark.zip", "org.apache", "java.lang"):
            self.assertNotIn(noise, report["traceback"])

    def test_of_an_error_of_java_the_innermost_cause_is_told(self):
        _, report = self.run_script(
            '''\
            class Py4JJavaError(Exception):
                pass

            text = """An error occurred while calling o12.start.
            : org.apache.spark.SparkException: outer
            \tat org.apache.spark.Something(Something.scala:1)
            Caused by: java.lang.IllegalArgumentException: spark.sql.shuffle.partitions should be int, but was many
            \tat org.apache.spark.Other(Other.scala:2)
            """.replace("            ", "")
            raise Py4JJavaError(text)
            '''
        )
        self.assertEqual(report["type"], "IllegalArgumentException")
        self.assertEqual(report["message"], "spark.sql.shuffle.partitions should be int, but was many")
        self.assertNotIn("\tat ", report["traceback"])


def is_running(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return pathlib.Path(f"/proc/{process}/stat").read_text().split(") ")[1][0] != "Z"


if __name__ == "__main__":
    unittest.main()
