"""What the tests of Compose share: a project beside an engine of its own, and the Compose that is asked for, v1 or v2.

v2 is the binary that SDLRUN_TEST_COMPOSE_V2 names, or the one that compose_v2/build has made, else the plugin that this machine has. Nothing else of the machine's PATH is
there, so that no other Compose is taken.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

from dockerd import CannotStart, program, run_tests
from root_systems import import_busybox

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from project import Project  # noqa: E402

IMAGE = "busybox:test"
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sdlrun-tests"
V2 = os.environ.get("SDLRUN_TEST_COMPOSE_V2") or next((str(path) for path in CACHE.glob("compose-v2-*/docker-compose")), None)


VERSION = sys.argv.pop(1) if sys.argv[1:2] in (["v1"], ["v2"]) else "v1"


class Setting:
    """One for all tests of a script."""
    docker = programs = None


def service(name, command, **keys):
    """A service of busybox, as a line of a compose file: what JSON is, YAML is too."""
    return f"  {name}: {json.dumps({'image': IMAGE, 'command': command, **keys})}\n"


def services(*lines):
    return "services:\n" + "".join(lines)


class ComposeCase(unittest.TestCase):
    def setUp(self):
        self.docker = Setting.docker
        self.addCleanup(self.docker.remove_all)
        self.project = Project()
        self.addCleanup(self.project.close)
        self.home = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-compose-home-"))
        self.addCleanup(shutil.rmtree, self.home, ignore_errors=True)

    def write(self, text, name="stack/compose.yaml"):
        self.project.write(name, text)

    def start_pipeline(self, text, *words, **variables):
        self.project.write("p.sdl", "pipeline p {\n" + text + "\n}\n")
        return self.project.start("p.sdl", *words, "--json", **self.variables(**variables))

    def variables(self, **variables):
        """One that is None is left out."""
        settings = {"XDG_CACHE_HOME": str(self.home / "cache"), "HOME": str(self.home), "PATH": str(Setting.programs), **self.docker.environment, **variables}
        return {name: value for name, value in settings.items() if value is not None}

    def run_pipeline(self, text, *words, **variables):
        done = self.project.finish(self.start_pipeline(text, *words, **variables))
        self.assertEqual(self.project.wait_for_no_processes(), [])
        return done

    def up(self, compose_file=None, extra="", tail="", project='project = "shop"', **variables):
        """Brings up the file, and gives the outputs of the step."""
        if compose_file is not None:
            self.write(compose_file)
        done = self.run_pipeline(self.up_step(extra, tail, project), **variables)
        self.assertEqual(done.code, 0, done.text)
        return next(event["outputs"] for event in done.events if event["event"] == "step_finished" and event["step"] == "up")

    def up_step(self, extra="", tail="", project='project = "shop"'):
        return f'step up = compose.up {{\n file = "stack/compose.yaml"\n {project}\n {extra}\n }} {tail}'

    def fails(self, compose_file, extra="", tail="", project='project = "shop"', **variables):
        """The error's parts, one below the other."""
        if compose_file is not None:
            self.write(compose_file)
        return self.error_of(self.run_pipeline(self.up_step(extra, tail, project), **variables))

    def error_of(self, done):
        self.assertEqual(done.code, 1, done.text)
        error = next(event["error"] for event in done.events if event.get("outcome") == "failed")
        return "\n".join([error["message"], error.get("hint", ""), error.get("detail", "")])

    def containers(self, project="shop"):
        """Service to container's id, of those that run."""
        lines = self.docker.run("ps", "--no-trunc", "--filter", f"label=com.docker.compose.project={project}", "--format",
                                '{{.Label "com.docker.compose.service"}} {{.ID}}').splitlines()
        return dict(line.split() for line in lines)

    def container(self, of_service, project="shop"):
        return self.containers(project)[of_service]


def programs_for(version, folder):
    """A PATH with `docker`, and no other Compose than the one asked for. None where that is not installed."""
    client = program("docker")
    folder.mkdir()
    if version == "v2":
        (folder / "docker").symlink_to(client)
        if V2:
            plugins = Setting.docker.folder / "config" / "cli-plugins"
            plugins.mkdir()
            (plugins / "docker-compose").symlink_to(V2)
        return folder if Setting.docker.run("compose", "version", check=False).returncode == 0 else None
    compose = shutil.which("docker-compose", path="/usr/bin:/bin")
    if compose is None or not subprocess.run([compose, "version", "--short"], capture_output=True, text=True, check=False).stdout.startswith("1."):
        return None
    (folder / "docker-compose").symlink_to(compose)
    # Where the machine has the plugin as well.
    (folder / "docker").write_text(f'#!/bin/sh\nif [ "$1" = compose ]; then exit 1; fi\nexec {client} "$@"\n')
    (folder / "docker").chmod(0o755)
    return folder


def main():
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT"):  # of whoever runs the tests
        os.environ.pop(name, None)

    def tests(docker):
        Setting.docker = docker
        Setting.programs = programs_for(VERSION, docker.folder / "bin")
        if Setting.programs is None:
            print(f"skipped: Compose {VERSION} is not installed" + (" (tests/containers/compose_v2/build makes it; SDLRUN_TEST_COMPOSE_V2 may name another)" if VERSION == "v2" else ": apt-get install docker-compose"))
            return 77
        try:
            import_busybox(docker, IMAGE)
        except CannotStart as reason:
            print(f"skipped: {reason}")
            return 77
        result = unittest.main(exit=False).result
        for test, reason in result.skipped:
            print(f"left out: {test.id().removeprefix('__main__.')}: {reason}")
        return 0 if result.wasSuccessful() else 1

    run_tests(tests)
