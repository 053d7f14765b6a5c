#!/usr/bin/env python3
"""image.dockerfile with real Podman and Buildah."""

import os
import shutil
import sys
import time
import unittest

from dockerfile_cases import BASE, DockerfileCases
from fixture import ROOT, ImageCase, layout_of, manifest_of
from servers import Registry

sys.path.insert(0, str(ROOT / "tests" / "containers"))
from dockerd import CannotStart  # noqa: E402
from podman import Podman  # noqa: E402

podman = None  # the store of all tests here


class StoreCase(DockerfileCases):
    def images_of_ours(self):
        return [name for name in podman.run("images", "--format", "{{.Repository}}").split() if "sdlrun-build" in name]

    def variables(self):
        return podman.environment

    def containers(self):
        return podman.run("containers", "--quiet", program="buildah").split()

    def remove_containers(self):
        podman.run("rm", "--all", program="buildah")

    def trust(self, registry):
        podman.trust(registry)

    def test_a_registry_without_tls(self):
        registry = self.enter(Registry())
        error = self.error(f"FROM {registry.host}/team/none:1\nRUN true\n")
        self.assertIn(f"`Dockerfile`, line 1, `FROM {registry.host}/team/none:1`: the registry {registry.host} has no TLS", error)

    def test_the_same_digest_again_without_what_the_engine_has_kept(self):
        dockerfile = f"FROM {BASE}\nCOPY say.sh /say.sh\nRUN echo made > /made\n"
        more = "output layout = made.image.layout"
        self.good(self.run_step(dockerfile, more=more))
        _, digest = manifest_of(layout_of(self.project))
        podman.run("rmi", "--all", "--force")
        os.utime(self.project.folder / "ctx" / "say.sh", (1_000_000_000, 1_000_000_000))
        shutil.rmtree(self.project.folder / ".sdl")
        self.good(self.run_step(dockerfile, more=more))
        self.assertEqual(manifest_of(layout_of(self.project))[1], digest)


class PodmanTest(StoreCase, ImageCase):
    engine = "podman"
    title = "Podman"


class BuildahTest(StoreCase, ImageCase):
    engine = "buildah"
    title = "Buildah"


class ScratchTest(ImageCase):
    """Without a base: nothing but the step is in the pipeline."""

    STEP = 'step made = image.dockerfile { context = dir("ctx") }'

    def setUp(self):
        super().setUp()
        self.project.write("ctx/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")

    def test_what_is_ignored_is_not_even_looked_at(self):
        """A run with nothing to do leaves a note of what it has looked at; the next one is over where that is unchanged."""
        self.project.write("ctx/.dockerignore", "*.md\nnode_modules\n")
        self.project.write("ctx/a.txt", "1\n")
        step = 'step made = image.dockerfile { context = dir("ctx"), engine = "buildah" }'
        outcomes = []
        for _ in range(3):
            outcomes.append(self.run_pipeline(step, **podman.environment).outcomes()["made"])
            time.sleep(0.1)  # what has changed within a tick of the clock is not believed
        self.assertEqual(outcomes, ["ran", "cached", "cached"])
        self.assertTrue(list((self.project.folder / ".sdl" / "unchanged").iterdir()))
        self.project.write("ctx/README.md", "1\n")
        self.project.write("ctx/node_modules/a.js", "1\n")
        outcomes = [self.run_pipeline(step, **podman.environment).outcomes()["made"] for _ in range(3)]
        self.assertEqual(outcomes, ["cached", "cached", "cached"])
        self.project.write("ctx/node_modules/b.js", "1\n")
        self.project.write("ctx/a.txt", "2\n")
        self.assertEqual(self.run_pipeline(step, **podman.environment).outcomes()["made"], "ran")
        self.run_pipeline(step, **podman.environment)
        self.project.write("ctx/.dockerignore", "*.md\n")
        done = self.run_pipeline(step, **podman.environment)
        self.assertEqual(done.outcomes()["made"], "ran")
        self.assertIn("folder ctx changed", done.text)

    @unittest.skipUnless(shutil.which("docker"), "there is no docker")
    def test_without_docker_it_is_podman(self):
        done = self.good(self.run_pipeline(self.STEP, DOCKER_HOST="unix:///tmp/nobody-listens.sock", **podman.environment))
        self.assertEqual(done.outcomes(), {"made": "ran"})
        lines = [event["line"] for event in done.events if event["event"] == "step_printed"]
        self.assertTrue(any(line.startswith("built with Podman") for line in lines), lines)


def main():
    global podman
    try:
        with Podman() as podman:
            status = not unittest.main(exit=False).result.wasSuccessful()
    except CannotStart as reason:
        print(f"skipped: Podman and Buildah cannot run here: {reason}")
        status = 77
    sys.exit(status)


if __name__ == "__main__":
    main()
