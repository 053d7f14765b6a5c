#!/usr/bin/env python3
"""image.dockerfile with a real dockerd: its classic builder and BuildKit."""

import os
import pathlib
import re
import shutil
import sys
import tempfile
import unittest

from dockerfile_cases import BASE, SECRET, DockerfileCases
from fixture import ROOT, ImageCase

sys.path.insert(0, str(ROOT / "tests" / "containers"))
from dockerd import run_tests  # noqa: E402

LAST_CLIENT_WITH_BUILDKIT = 22
docker = None  # the engine of all tests here


def client_with_buildkit():
    """Debian's own client speaks to BuildKit; a newer one may stand before it on the PATH, and want a plugin for that."""
    folders = [*os.environ["PATH"].split(":"), "/usr/bin"]
    for client in (shutil.which("docker", path=folder) for folder in folders):
        version = re.search(r"version (\d+)", os.popen(f"'{client}' --version").read()) if client else None
        if version and int(version.group(1)) <= LAST_CLIENT_WITH_BUILDKIT:
            return client
    return None


class DockerCase(DockerfileCases):
    def images_of_ours(self):
        return docker.run("image", "ls", "-q", "sdlrun-build").split()

    def containers(self):
        return docker.run("ps", "-aq").split()

    def variables(self):
        return docker.environment


class ClassicTest(DockerCase, ImageCase):
    options = 'env = { "DOCKER_BUILDKIT": "0" }'
    title = "Docker "
    has_secrets = False

    def test_secrets_are_refused(self):
        error = self.error(f"FROM {BASE}\nRUN true\n", ', secrets = { "token": token }', more='secret token = env("TOKEN")', TOKEN=SECRET)
        self.assertIn("Docker's classic builder has no build secrets", error)
        self.assertIn("buildx", error)
        error = self.error(f"FROM {BASE}\nRUN --mount=type=secret,id=token cat /run/secrets/token\n")
        self.assertIn("`--mount` wants BuildKit", error)

    def test_its_log_says_how_it_is_built(self):
        self.good(self.run_step(f"FROM {BASE}\nRUN true\n"))
        self.assertRegex(self.log_of("made"), r"built with Docker \d\S* with its classic builder")


class BuildKitTest(DockerCase, ImageCase):
    tells_unused_arguments = False

    def setUp(self):
        client = client_with_buildkit()
        if client is None:
            self.skipTest("no client here speaks to BuildKit: apt-get install docker.io")
        folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-docker-client-"))
        self.addCleanup(shutil.rmtree, folder)
        self.arguments = folder / "arguments"
        (folder / "docker").write_text(f"#!/bin/sh\necho \"$*\" >> {self.arguments}\nexec {client} \"$@\"\n")
        (folder / "docker").chmod(0o755)
        self.path = f"{folder}:{os.environ['PATH']}"
        super().setUp()

    def variables(self):
        return {**docker.environment, "PATH": self.path}

    def test_its_log_says_how_it_is_built(self):
        self.good(self.run_step(f"FROM {BASE}\nRUN true\n"))
        self.assertRegex(self.log_of("made"), r"built with Docker \d\S* with BuildKit")

    def test_no_argument_holds_a_secret(self):
        self.good(self.run_step(f"FROM {BASE}\nRUN true\n", ', secrets = { "token": token }', more='secret token = env("TOKEN")', TOKEN=SECRET))
        arguments = self.arguments.read_text()
        self.assertIn("--secret id=token,env=", arguments)
        self.assertNotIn(SECRET, arguments)


class BuildxTest(DockerCase, ImageCase):
    """The plugin that newer clients want: Debian 12 has none, and SDLRUN_TEST_BUILDX names its binary."""

    tells_unused_arguments = False

    def setUp(self):
        self.plugin = os.environ.get("SDLRUN_TEST_BUILDX") or next((str(path) for path in pathlib.Path("/usr").glob("*/docker/cli-plugins/docker-buildx")), None)
        if self.plugin is None:
            self.skipTest("buildx is not installed")
        self.config = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-docker-config-"))
        self.addCleanup(shutil.rmtree, self.config)
        (self.config / "cli-plugins").mkdir()
        (self.config / "cli-plugins" / "docker-buildx").symlink_to(self.plugin)
        super().setUp()

    def variables(self):
        return {**docker.environment, "DOCKER_CONFIG": str(self.config)}


def tests(engine):
    global docker
    docker = engine
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
