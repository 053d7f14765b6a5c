"""What tests of clusters' providers share: a project, a home and a PATH of its own, and an API server's stub."""

import os
import pathlib
import shutil
import stat
import sys
import tempfile
import unittest

from api_stub import ApiStub

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from project import Project  # noqa: E402


class ProviderCase(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-providers-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        (self.home / "bin").mkdir()
        self.variables = {"XDG_CACHE_HOME": str(self.home / "cache"), "HOME": str(self.home), "PATH": f"{self.home}/bin:/usr/bin:/bin"}
        self.api = ApiStub()
        self.api.__enter__()
        self.addCleanup(self.api.__exit__, None, None, None)

    def run_pipeline(self, text, *words, **variables):
        """`text` is what stands in the pipeline `demo`."""
        self.project.write("demo.sdl", "pipeline demo {\n" + text + "\n}\n")
        return self.project.run("demo.sdl", *words, "--json", **{**self.variables, **variables})

    def plan(self, text, **variables):
        self.project.write("demo.sdl", "pipeline demo {\n" + text + "\n}\n")
        return self.project.run("plan", "demo.sdl", **{**self.variables, **variables})

    def good(self, done):
        self.assertEqual(done.code, 0, done.text)
        return done

    def error_of(self, done):
        """Message, hint and detail."""
        self.assertEqual(done.code, 1, done.text)
        error = next(event["error"] for event in done.events if event.get("outcome") == "failed")
        return "\n".join(error.get(part, "") for part in ("message", "hint", "detail"))

    def warnings_of(self, done):
        return [warning for event in done.events for warning in event.get("warnings", [])]

    def clusters_folder(self):
        return self.home / "cache" / "sdlrun" / "clusters"

    def assert_private(self, path):
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600, path)
