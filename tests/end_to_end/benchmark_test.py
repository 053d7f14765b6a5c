#!/usr/bin/env python3
"""spark.benchmark on a real Spark of this machine: executors of their own, what did not fit, and which run it was that failed."""

import csv
import html.parser
import json
import unittest

from java_pi import make_jar
from project import CACHE, Project

PIPELINE = """
pipeline measured {
  step python = python.venv { requirements = "pipelines/sparkpi/requirements.txt" }
  step cluster = spark.local { cores = 2, memory = 512MiB }
  step speed = spark.benchmark {
    clusters = { "here": cluster.spark }
    python = python.env
    app = "job.py"
    matrix = { executors: [1], memory: [512MiB] }
    warm_up = 0
    repetitions = 2
  }
}
"""
SESSION = "from pyspark.sql import SparkSession\nspark = SparkSession.builder.getOrCreate()\n"


class Page(html.parser.HTMLParser):
    """Elements that are opened and closed, and where a page would get something from."""

    def __init__(self, text):
        super().__init__()
        self.open, self.elements, self.addresses = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.elements.append(tag)
        self.addresses += [value for name, value in attributes if name in ("src", "href")]
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, tag


class BenchmarkTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)

    def measure(self, script):
        self.project.write("job.py", SESSION + script)
        self.project.write("measured.sdl", PIPELINE)
        done = self.project.run("measured.sdl", "--json")
        self.assertEqual(self.project.wait_for_no_processes(), [])
        return done

    def test_the_pipeline_that_ships(self):
        words = ("executors=[1,2,4]", "memory=[512MiB]", "warm_up=1", "repetitions=1", "partitions=2", "core_price=0.04", "gib_price=0.005", "--json")
        done = self.project.run("pipelines/benchmark.sdl", *words)
        self.assertEqual(done.code, 0, done.text)
        with open(self.project.folder / "out/benchmark/table", newline="") as file:
            rows = list(csv.DictReader(file))
        self.assertEqual([(row["executors"], row["cores"], row["memory"], row["runs"]) for row in rows],
                         [("1", "1", "512MiB", "1"), ("2", "1", "512MiB", "1"), ("4", "1", "512MiB", "0")])
        self.assertEqual([row["note"] for row in rows], ["baseline", "", "did not fit"])
        self.assertEqual(rows[0]["speed_up"], "1.00")
        for row in rows[:2]:
            self.assertGreater(float(row["median_s"]), 0)
            self.assertGreater(float(row["start_s"]), 0)
            self.assertGreater(float(row["cost"]), 0)
        page = Page((self.project.folder / "out/benchmark/report").read_text())
        self.assertEqual(page.open, [])
        self.assertEqual(page.elements.count("svg"), 4)
        self.assertEqual(page.addresses, [])
        self.assertNotIn("script", page.elements)
        published = {event["name"]: event["value"] for event in done.events if event["event"] == "output_published"}
        self.assertIn(published["fastest"]["executors"], (1, 2))
        log = self.project.run("log", "pipelines/benchmark.sdl", "speed").text
        self.assertIn("this machine, 1 executor x 1 core, 512MiB, warm-up 1 of 1: ", log)
        self.assertIn("this machine, 2 executors x 1 core, 512MiB, run 1 of 1: ", log)
        self.assertIn("4 executors x 1 core, 512MiB does not fit: it takes 4 cores, and `spark.local` has 2", log)
        again = self.project.run("pipelines/benchmark.sdl", *words)
        self.assertNotIn("ran", again.outcomes().values(), again.text)

    def test_executors_are_processes_of_their_own_and_each_run_has_an_empty_folder(self):
        done = self.measure("import os\nassert sorted(os.listdir()) == ['job.py'], os.listdir()\nopen('left', 'w').close()\n"
                            "spark.range(3).count()  # work waits for all of them, and what stands before it does not\n"
                            "print('executors', spark.sparkContext._jsc.sc().getExecutorMemoryStatus().size() - 1, spark.sparkContext.master)\n")
        self.assertEqual(done.code, 0, done.text)
        log = self.project.run("log", "measured.sdl", "speed").text
        self.assertEqual(log.count("executors 1 local-cluster[1,1,512]"), 2, log)

    def test_an_application_of_java(self):
        application = 'class = "SparkPi"\n    jars = ["pi.jar"]\n    args = ["2"]'
        self.project.write("measured.sdl", PIPELINE.replace('app = "job.py"', application).replace("\n}\n", "\n  output table = speed.table\n}\n"))
        self.project.write("pi.jar", "")  # the environment comes first
        done = self.project.run("measured.sdl", "python")
        self.assertEqual(done.code, 0, done.text)
        make_jar(self.project.folder / "pi.jar", next(CACHE.glob("**/site-packages/pyspark/jars")))
        done = self.project.run("measured.sdl")
        self.assertEqual(done.code, 0, done.text)
        with open(self.project.folder / "out/measured/table", newline="") as file:
            [row] = csv.DictReader(file)
        self.assertEqual((row["executors"], row["runs"]), ("1", "2"))
        self.assertGreater(float(row["median_s"]), 0)
        self.assertEqual(self.project.run("log", "measured.sdl", "speed").text.count("Pi is roughly 3."), 2)

    def test_a_run_that_fails_is_named(self):
        done = self.measure("print(spark.range(3).count())\nraise ValueError('no such luck')\n")
        self.assertEqual(done.code, 1, done.text)
        error = next(event["error"] for event in done.events if event.get("outcome") == "failed")
        self.assertEqual(error["message"], "here, 1 executor x 1 core, 512MiB, run 1 of 2: job.py:4: ValueError: no such luck")
        self.assertNotIn("java", json.dumps(error).lower())

    def test_a_benchmark_of_which_nothing_fits(self):
        self.project.write("job.py", SESSION)
        self.project.write("measured.sdl", PIPELINE.replace("executors: [1]", "executors: [3, 4]"))
        done = self.project.run("measured.sdl")
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("no combination of `matrix` fits: here, 3 executors x 1 core, 512MiB: it takes 3 cores, and `spark.local` has 2", done.text)

    def test_a_master_in_the_script_is_no_measurement(self):
        self.project.write("job.py", "from pyspark.sql import SparkSession\nspark = SparkSession.builder.master('local[1]').getOrCreate()\nprint(spark.range(3).count())\n")
        self.project.write("measured.sdl", PIPELINE)
        done = self.project.run("measured.sdl")
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("without a single executor", done.text)


if __name__ == "__main__":
    unittest.main()
