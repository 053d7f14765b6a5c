#!/usr/bin/env python3
"""image.load into real engines, and images of ours and Docker's that go from one to the other with the same digests."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

from dockerfile_cases import make_root
from fixture import ROOT, SKOPEO, ImageCase, blob, layout_of, manifest_of
from servers import Registry

sys.path.insert(0, str(ROOT / "tests" / "containers"))
from dockerd import CannotStart, run_tests  # noqa: E402
from podman import Podman  # noqa: E402

docker = None  # the engine of all tests here

SCRIPT = "#!/bin/sh\necho first $1\nsort /opt/data | wc -l\n"
IMAGE = """
  step image = image.build {
    files = { "/": dir("root"), "/opt/say.sh": file("say.sh"), "/opt/data": file("data") }
    env = { "PATH": "/bin" }
    entrypoint = ["/opt/say.sh"]
  }
  output layout = image.image.layout
"""


class LoadCase(ImageCase):
    name = "team/app:1"

    def setUp(self):
        super().setUp()
        make_root(self.project)
        self.project.write("say.sh", SCRIPT)
        (self.project.folder / "say.sh").chmod(0o755)
        self.project.write("data", "".join(f"{number}\n" for number in range(1000)))

    def load(self, into, more="", text=IMAGE, **variables):
        text += f'\n step loaded = image.load {{ image = image.image, into = "{into}", name = "{self.name}" {more} }}\n output name = loaded.name\n output id = loaded.id'
        return self.run_pipeline(text, **variables)

    def config_digest(self):
        return manifest_of(layout_of(self.project))[0]["config"]["digest"]


class DockerTest(LoadCase):
    def setUp(self):
        super().setUp()
        self.addCleanup(docker.run, "rmi", "--force", self.name, check=False)

    def test_the_image_gives_in_docker_what_its_script_gives_outside(self):
        done = self.good(self.load("docker", **docker.environment))
        self.assertEqual(docker.inspect(self.name)["Id"], self.config_digest())
        self.assertIn(f'"docker.io/{self.name}"', done.text)
        self.assertIn(self.config_digest(), done.text)
        outside = subprocess.run(["sh", "-c", f"echo first arg; sort {self.project.folder}/data | wc -l"], capture_output=True, text=True, check=True)
        self.assertEqual(docker.run("run", "--rm", self.name, "arg") + "\n", outside.stdout)

    def test_what_is_there_is_not_loaded_and_what_is_gone_is(self):
        self.good(self.load("docker", **docker.environment))
        self.assertEqual(self.load("docker", **docker.environment).outcomes(), {"image": "cached", "loaded": "cached"})
        shutil.rmtree(self.project.folder / ".sdl")
        done = self.load("docker", **docker.environment)
        self.assertIn("it is there already", done.text)
        docker.run("rmi", "--force", self.name)
        done = self.load("docker", **docker.environment)
        self.assertEqual(done.outcomes(), {"image": "cached", "loaded": "ran"})
        self.assertIn("Docker does not have it any more", done.text)
        docker.run("rmi", "--force", self.name)
        subprocess.run(["tar", "-C", self.project.folder, "-cf", self.project.folder / "other.tar", "data"], check=True)
        docker.run("import", self.project.folder / "other.tar", self.name)
        done = self.load("docker", **docker.environment)
        self.assertEqual(done.outcomes()["loaded"], "ran")
        self.assertIn("Docker has another image by its name", done.text)
        self.assertEqual(docker.inspect(self.name)["Id"], self.config_digest())

    def test_docker_does_not_answer(self):
        error = self.error_of(self.load("docker", DOCKER_HOST="unix:///tmp/nobody-listens.sock"))
        self.assertIn("the Docker engine at `unix:///tmp/nobody-listens.sock` does not answer", error)
        self.assertIn("DOCKER_HOST", error)

    def test_one_digest_in_the_registry_by_skopeo_and_in_docker(self):
        registry = self.enter(Registry())
        name = f"{registry.host}/team/app:1"
        self.good(self.run_pipeline(IMAGE + f'step pushed = image.push {{ image = image.image, repository = "{name}" }}'))
        _, digest = manifest_of(layout_of(self.project))
        self.assertEqual(registry.digest("team/app", "1"), digest)
        self.assertIn(f"Digest: {digest}", docker.run("pull", name))
        self.addCleanup(docker.run, "rmi", name)
        self.assertEqual(docker.inspect(name)["Id"], self.config_digest())
        self.assertEqual(docker.inspect(name)["RepoDigests"], [f"{registry.host}/team/app@{digest}"])
        self.assertEqual(docker.run("run", "--rm", name, "arg"), "first arg\n1000")
        if SKOPEO:
            done = subprocess.run([SKOPEO, "inspect", "--tls-verify=false", f"docker://{name}"], capture_output=True, text=True, check=True)
            self.assertEqual(json.loads(done.stdout)["Digest"], digest)

    def test_what_docker_has_is_a_base(self):
        self.good(self.load("docker", **docker.environment))
        text = f'step image = image.build {{ base = "docker-daemon:{self.name}", files = {{ "/opt/more": "say.sh" }} }}\n output layout = image.image.layout'
        self.good(self.run_pipeline(text, **docker.environment))
        manifest, digest = manifest_of(layout_of(self.project))
        config = json.loads(blob(layout_of(self.project), manifest["config"]["digest"]).read_bytes())
        self.assertEqual(config["rootfs"]["diff_ids"][:-1], docker.inspect(self.name)["RootFS"]["Layers"])
        self.assertEqual(config["config"]["Entrypoint"], ["/opt/say.sh"])
        self.assertEqual(self.run_pipeline(text, **docker.environment).outcomes(), {"image": "cached"})
        other = self.new_project()
        other.write("say.sh", SCRIPT)
        (other.folder / "say.sh").chmod(0o755)
        self.good(self.run_pipeline(text, project=other, **docker.environment))
        self.assertEqual(manifest_of(layout_of(other))[1], digest)
        done = self.run_pipeline(text, DOCKER_HOST="unix:///tmp/nobody-listens.sock")
        self.assertEqual(done.outcomes(), {"image": "cached"})
        self.assertIn(f"whether `{self.name}` is still the same image is not known: the Docker engine at", done.text)
        subprocess.run(["tar", "-C", self.project.folder, "-cf", self.project.folder / "other.tar", "data"], check=True)
        docker.run("import", self.project.folder / "other.tar", self.name)
        done = self.good(self.run_pipeline(text, **docker.environment))
        self.assertEqual(done.outcomes(), {"image": "ran"})
        self.assertIn(f"Docker has another image by the name `{self.name}`", done.text)
        docker.run("rmi", "--force", self.name)
        self.assertIn(f"Docker has no image `{self.name}`", self.error_of(self.run_pipeline(text, **docker.environment)))

    def test_an_archive_of_dockers_own_is_a_base(self):
        self.good(self.load("docker", **docker.environment))
        docker.run("save", "--output", self.project.folder / "saved.tar", self.name)
        self.good(self.run_pipeline('step image = image.build { base = file("saved.tar"), files = { "/opt/more": "say.sh" } }\n output layout = image.image.layout'))
        manifest, _ = manifest_of(layout_of(self.project))
        config = json.loads(blob(layout_of(self.project), manifest["config"]["digest"]).read_bytes())
        self.assertEqual(config["rootfs"]["diff_ids"][:-1], docker.inspect(self.name)["RootFS"]["Layers"])


class PodmanTest(LoadCase):
    def contents_of_layers(self):
        manifest, _ = manifest_of(layout_of(self.project))
        return json.loads(blob(layout_of(self.project), manifest["config"]["digest"]).read_bytes())["rootfs"]["diff_ids"]

    def test_podman_has_it(self):
        try:
            podman = self.enter(Podman())
        except CannotStart as reason:
            self.skipTest(str(reason))
        self.good(self.load("podman", **podman.environment))
        self.assertEqual("sha256:" + podman.run("image", "inspect", "--format", "{{.Id}}", self.name), self.config_digest())
        self.assertEqual(podman.run("run", "--rm", "--network", "none", self.name, "arg"), "first arg\n1000")
        self.assertEqual(self.load("podman", **podman.environment).outcomes()["loaded"], "cached")
        text = f'step above = image.build {{ base = "containers-storage:docker.io/{self.name}", files = {{ "/opt/more": "say.sh" }} }}\n output layout = above.image.layout'
        # Podman compresses layers anew: what is in them is the same.
        contents = self.contents_of_layers()
        self.good(self.run_pipeline(text, **podman.environment))
        self.assertEqual(self.contents_of_layers()[:-1], contents)
        self.assertEqual(self.run_pipeline(text, **podman.environment).outcomes(), {"above": "cached"})
        podman.run("rmi", self.name)
        self.assertIn(f"Podman has no image `docker.io/{self.name}`", self.error_of(self.run_pipeline(text, **podman.environment)))
        self.assertEqual(self.load("podman", **podman.environment).outcomes()["loaded"], "ran")


class Containerd:
    """One of the test's own."""

    def __enter__(self):
        if shutil.which("containerd") is None or shutil.which("ctr") is None:
            raise CannotStart("containerd is not installed: apt-get install containerd")
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-ctd-", dir="/tmp"))
        self.socket = self.folder / "sock"
        (self.folder / "config.toml").write_text('version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
                                                 f'[plugins."io.containerd.internal.v1.opt"]\n  path = "{self.folder}/opt"\n')
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(["containerd", "--config", self.folder / "config.toml", "--root", self.folder / "root", "--state", self.folder / "state", "--address", self.socket],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        deadline = time.monotonic() + 300
        while self.ctr("version", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                text = (self.folder / "log").read_text()
                self.__exit__()
                raise CannotStart("containerd cannot start here: " + text[-300:])
            time.sleep(0.05)
        return self

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=60)
        shutil.rmtree(self.folder, ignore_errors=True)

    def ctr(self, *words, check=True):
        return subprocess.run(["ctr", "--address", self.socket, *words], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=check)


class ContainerdTest(LoadCase):
    def test_containerd_has_it(self):
        try:
            containerd = self.enter(Containerd())
        except CannotStart as reason:
            self.skipTest(str(reason))
        address = {"CONTAINERD_ADDRESS": str(containerd.socket)}
        self.good(self.load("containerd", **address))
        _, digest = manifest_of(layout_of(self.project))
        listed = containerd.ctr("-n", "k8s.io", "images", "ls").stdout
        self.assertIn(f"docker.io/{self.name}", listed)
        self.assertIn(digest, listed)
        self.assertRegex(containerd.ctr("-n", "k8s.io", "images", "check").stdout, rf"docker.io/{self.name} .* complete ")
        self.assertEqual(self.load("containerd", **address).outcomes()["loaded"], "cached")
        containerd.ctr("-n", "k8s.io", "images", "rm", f"docker.io/{self.name}")
        self.assertEqual(self.load("containerd", **address).outcomes()["loaded"], "ran")
        self.good(self.load("containerd", ', namespace = "other"', **address))
        self.assertIn(digest, containerd.ctr("-n", "other", "images", "ls").stdout)

    def test_nobody_listens(self):
        if shutil.which("ctr") is None:
            self.skipTest("containerd is not installed")
        error = self.error_of(self.load("containerd", CONTAINERD_ADDRESS="/tmp/nobody-listens.sock"))
        self.assertIn("containerd does not answer", error)
        self.assertIn("CONTAINERD_ADDRESS", error)


def tests(engine):
    global docker
    docker = engine
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
