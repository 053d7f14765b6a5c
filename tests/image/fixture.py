"""What the tests of images share: a project with a cache and a home of its own."""

import json
import os
import pathlib
import shutil
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from project import ROOT, SDLRUN, Project  # noqa: E402, F401
from servers import PROGRAM  # noqa: E402


SKOPEO = shutil.which("skopeo")


class ImageCase(unittest.TestCase):
    def setUp(self):
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-image-home-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)
        self.project = self.new_project()

    def new_project(self):
        project = Project()
        self.addCleanup(project.close)
        return project

    def enter(self, context):
        self.addCleanup(context.__exit__, None, None, None)
        return context.__enter__()

    def run_pipeline(self, text, *words, project=None, **variables):
        return self.finish(self.start_pipeline(text, *words, project=project, **variables), project)

    def start_pipeline(self, text, *words, project=None, **variables):
        project = project or self.project
        project.write("p.sdl", "pipeline p {\n" + text + "\n}\n")
        settings = {"XDG_CACHE_HOME": str(self.home / "cache"), "HOME": str(self.home), "DOCKER_CONFIG": str(self.home / "docker"), **variables}
        return project.start("p.sdl", *words, "--json", **settings)

    def finish(self, process, project=None):
        done = (project or self.project).finish(process)
        self.assertEqual((project or self.project).wait_for_no_processes(), [])
        return done

    def error_of(self, done):
        self.assertEqual(done.code, 1, done.text)
        error = next(event["error"] for event in done.events if event.get("outcome") == "failed")
        return error["message"] + "\n" + error.get("hint", "") + "\n" + error.get("detail", "")

    def good(self, done):
        self.assertEqual(done.code, 0, done.text)
        return done


def layout_of(project, name="layout"):
    return project.folder / "out" / "p" / name


def manifest_of(layout):
    index = json.loads((layout / "index.json").read_text())
    digest = index["manifests"][0]["digest"]
    return json.loads(blob(layout, digest).read_bytes()), digest


def blob(layout, digest):
    return layout / "blobs" / "sha256" / digest.removeprefix("sha256:")


def main():
    if PROGRAM is None:
        print("docker-registry is not installed: apt-get install docker-registry")
        sys.exit(77)
    os.environ.pop("DOCKER_CONFIG", None)
    unittest.main()
