#!/usr/bin/env python3
"""pipelines/dev.sdl as a user starts it: in a container of a Docker engine of the test's own, and without Docker.

The base is a Debian with Java and Python that the test makes, as no registry is there to pull Spark's image from.
"""

import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "image"))
from dockerd import CannotStart, Dockerd  # noqa: E402
from jupyter import Jupyter  # noqa: E402
from ports import free_port  # noqa: E402
from project import Project  # noqa: E402
from root_systems import SPARK_PACKAGES, debian  # noqa: E402
from servers import Registry  # noqa: E402

NOTEBOOK = "imdb_sentiment_analysis_keras_spark.ipynb"


class DevStack:
    """What holds of both ways."""

    words = []

    def setUp(self):
        self.port = free_port()
        self.project = Project()
        self.addCleanup(self.project.close)
        self.notebooks = self.project.folder / "pipelines" / "imdb"

    def dev(self, *words, **variables):
        return self.project.run("pipelines/dev.sdl", f"port={self.port}", *self.words, *words, **variables)

    def down(self, **variables):
        """Without a word on how it was started."""
        return self.project.run("pipelines/dev.sdl", "down", **variables)

    def token(self):
        return (self.project.folder / ".sdl" / "secrets" / "dev.token").read_text().strip()

    def test_the_stack(self):
        self.addCleanup(self.down)
        up = self.dev()
        self.assertEqual(up.code, 0, up.text)
        self.assertIn("a secret, shown at a terminal only", up.text)
        self.assertNotIn(self.token(), up.text)
        jupyter = Jupyter(self.port, self.token())
        self.assertEqual(jupyter.status_without_token(), 403)

        with self.subTest("spark is there"), jupyter.kernel() as kernel:
            self.assertIn("10", kernel.run("spark.range(10).count()"))
            self.assertIn("45", kernel.run("sc.parallelize(range(10)).sum()"))
            self.assertEqual(kernel.run("spark._sc is sc"), "True")

        with self.subTest("the sample notebook runs as it is"):
            printed = jupyter.run_notebook(NOTEBOOK)
            self.assertIn("accuracy on 2000 held-out reviews", printed)

        with self.subTest("files go both ways"):
            self.assertEqual(self.notebooks.joinpath("imdb.npz").stat().st_uid, self.notebooks.stat().st_uid)
            (self.notebooks / "from_outside.txt").write_text("hello")
            self.assertEqual(jupyter.ask("/api/contents/from_outside.txt")["content"], "hello")

        with self.subTest("the page opens in a browser"):
            self.check_page()

        with self.subTest("a second run has nothing to start"):
            again = self.dev()
            self.assertEqual(again.code, 0, again.text)
            self.assertEqual(Jupyter(self.port, self.token()).status_without_token(), 403)

        self.check_what_kernels_left()

        down = self.down()
        self.assertEqual(down.code, 0, down.text)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", self.port), timeout=2)
        self.check_nothing_is_left()

    def check_page(self):
        chromium = shutil.which("chromium")
        if chromium is None:
            print("left out: the page in a browser, as chromium is not installed", file=sys.stderr)
            return
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            done = subprocess.run(
                [chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                 "--disable-component-update", "--disable-sync", f"--user-data-dir={folder}", "--timeout=240000", "--virtual-time-budget=60000", "--dump-dom",
                 f"http://127.0.0.1:{self.port}/lab?token={self.token()}"],
                stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=400, check=False)
        self.assertIn("jp-LabShell", done.stdout, done.stderr[-2000:])


class WithoutDocker(DevStack, unittest.TestCase):
    words = ["without_docker=true"]

    def check_what_kernels_left(self):
        """Python's own parent reaps here."""

    def check_nothing_is_left(self):
        self.assertEqual(self.project.wait_for_no_processes(), [])


class WithDocker(DevStack, unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        try:
            cls.docker = cls.enterClassContext(Dockerd())
            base = debian(SPARK_PACKAGES)
        except CannotStart as reason:
            raise unittest.SkipTest(f"with Docker: {reason}") from reason
        cls.registry = cls.enterClassContext(Registry())
        cls.name = f"127.0.0.1:{cls.registry.port}/debian-java:1"
        cls.docker.run("import", base, cls.name)
        cls.docker.run("push", cls.name)

    def setUp(self):
        super().setUp()
        self.words = [f"base={self.name}", "python_version=3.11"]

    def dev(self, *words, **variables):
        return super().dev(*words, **self.docker.environment, **variables)

    def down(self, **variables):
        return super().down(**self.docker.environment, **variables)

    def check_what_kernels_left(self):
        """Their JVMs end with them, and nothing of them stays, not even as a zombie."""
        with self.subTest("no JVM stays"):
            deadline = time.monotonic() + 180
            while (left := self.java_processes()) and time.monotonic() < deadline:
                time.sleep(0.2)
            self.assertEqual(left, [])

    def java_processes(self):
        """Their lines of /proc/PID/stat: number, name, state."""
        stats = self.docker.run("exec", self.docker.run("ps", "-q"), "sh", "-c", "cat /proc/[0-9]*/stat", check=False).stdout.splitlines()
        self.assertTrue(stats)
        return [" ".join(line.split()[:3]) for line in stats if "(java)" in line]

    def check_nothing_is_left(self):
        self.assertEqual(self.docker.run("ps", "-aq"), "")
        self.assertEqual(self.docker.run("network", "ls", "-q", "--filter", "type=custom"), "")


if __name__ == "__main__":
    unittest.main(verbosity=1)
