#!/usr/bin/env python3
"""python.venv with the real installers and the real index: what it makes, and what it says where it cannot."""

import os
import subprocess
import tempfile
import unittest

from project import Project

PIPELINE = """
pipeline environment {
  step python = python.venv { requirements = "requirements.txt" VERSION }
  step look = python.run { python = python.env, script = "look.py" } outputs { six: string at stdout }
  output six = look.six
}
"""
CLOSED = "http://127.0.0.1:9/simple"  # where nobody listens


class PythonTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("look.py", "import six\nprint(six.__version__)\n")

    def run_with(self, requirements, version="", **variables):
        self.project.write("requirements.txt", requirements)
        self.project.write("environment.sdl", PIPELINE.replace("VERSION", version))
        return self.project.run("environment.sdl", "--json", **variables)

    def error_of(self, requirements, version="", **variables):
        done = self.run_with(requirements, version, **variables)
        self.assertEqual(done.code, 1, done.text)
        return next(event["error"] for event in done.events if event.get("outcome") == "failed")

    def test_the_pinned_version_is_installed_and_shared(self):
        done = self.run_with("# comment\nsix==1.16.0\n")
        self.assertEqual(done.code, 0, done.text)
        self.assertIn('"value":"1.16.0"', done.text.replace(" ", ""))
        other = Project()
        self.addCleanup(other.close)
        other.write("requirements.txt", "six==1.16.0\n")
        other.write("look.py", "import six\nprint(six.__version__)\n")
        other.write("environment.sdl", PIPELINE.replace("VERSION", ""))
        shared = other.run("environment.sdl", "-v", UV_INDEX_URL=CLOSED, PIP_INDEX_URL=CLOSED)
        self.assertEqual(shared.code, 0, shared.text)

    def test_a_missing_package_of_the_lock_is_warned_of(self):
        done = self.run_with("six==1.16.0\npython-dateutil==2.9.0.post0\n")
        self.assertEqual(done.code, 0, done.text)
        lacking = self.run_with("python-dateutil==2.8.2\npackaging==24.2\n")
        self.assertIn("does not pin `six`, which `python-dateutil` asks for", lacking.text)

    def test_no_packages_at_all(self):
        """The script that imports six fails; one that needs only what Python has does not."""
        lacking = self.run_with("# none\n", UV_INDEX_URL=CLOSED, PIP_INDEX_URL=CLOSED)
        self.assertIn("No module named 'six'", lacking.text)
        self.project.write("look.py", "import json\nprint('1.0')\n")
        done = self.run_with("# none\n", UV_INDEX_URL=CLOSED, PIP_INDEX_URL=CLOSED)
        self.assertEqual(done.code, 0, done.text)

    def test_a_line_without_a_version_is_named(self):
        error = self.error_of("six==1.16.0\nrequests\n")
        self.assertIn("requirements.txt:2: `requests` pins no version", error["message"])

    def test_a_version_that_does_not_exist_is_named_with_its_line(self):
        error = self.error_of("six==99.0\n")
        self.assertIn("requirements.txt:1: `six==99.0`", error["message"])
        self.assertEqual(error["hint"], "pin another version")

    def test_another_python_than_there_is(self):
        error = self.error_of("six==1.16.0\n", ', version = "3.4"')
        self.assertIn("wants Python 3.4, and this machine has 3.", error["message"])

    def test_without_a_network(self):
        for variables in ({"UV_OFFLINE": "1", "UV_NO_CACHE": "1"}, {"UV_INDEX_URL": CLOSED, "UV_DEFAULT_INDEX": CLOSED, "UV_NO_CACHE": "1"}):
            error = self.error_of("six==1.12.0\n", PIP_INDEX_URL=CLOSED, **variables)
            self.assertIn("the package index cannot be reached", error["message"], error["detail"])

    def test_without_space(self):
        small = tempfile.mkdtemp()
        self.addCleanup(os.rmdir, small)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", small], check=False).returncode != 0:
            self.skipTest("mounting needs root")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=False)
        error = self.error_of("numpy==1.26.4\n", XDG_CACHE_HOME=small)
        self.assertIn("no space is left", error["message"])


if __name__ == "__main__":
    unittest.main()
