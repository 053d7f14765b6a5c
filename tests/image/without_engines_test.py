#!/usr/bin/env python3
"""What image.dockerfile and image.load do where no engine is there, or where programs stand for those that cannot run here."""

import json
import os
import pathlib
import shutil
import tempfile
import textwrap
import unittest

from fixture import ImageCase, layout_of, manifest_of

IMAGE = 'step image = image.build { files = { "/opt/data": file("data") } }\n output layout = image.image.layout'


class WithTools(ImageCase):
    def setUp(self):
        super().setUp()
        self.tools = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-tools-"))
        self.addCleanup(shutil.rmtree, self.tools)


class DockerfileTest(WithTools):
    def setUp(self):
        super().setUp()
        self.project.write("ctx/Dockerfile", "FROM scratch\nCOPY Dockerfile /\n")

    def build(self, engine="any", **variables):
        return self.error_of(self.run_pipeline(f'step made = image.dockerfile {{ context = dir("ctx"), engine = "{engine}" }}', PATH=str(self.tools), **variables))

    def test_no_engine_is_there(self):
        error = self.build()
        self.assertIn("no container engine is here that could build a Dockerfile", error)
        for package in ("docker.io", "podman", "buildah"):
            self.assertIn(f"apt-get install {package}", error)
        for engine, package in (("docker", "docker.io"), ("podman", "podman"), ("buildah", "buildah")):
            error = self.build(engine)
            self.assertIn(f"is not installed: there is no `{engine}` on the PATH", error)
            self.assertIn(f"apt-get install {package}", error)

    @unittest.skipUnless(shutil.which("docker"), "there is no client `docker`")
    def test_docker_does_not_answer(self):
        (self.tools / "docker").symlink_to(shutil.which("docker"))
        error = self.build(DOCKER_HOST="unix:///tmp/nobody-listens.sock")
        self.assertIn("the Docker engine at `unix:///tmp/nobody-listens.sock` does not answer", error)
        self.assertIn("Podman is not installed", error)
        error = self.build("docker", DOCKER_HOST="unix:///tmp/nobody-listens.sock")
        self.assertIn("the Docker engine at `unix:///tmp/nobody-listens.sock` does not answer", error)
        self.assertNotIn("Podman", error)


class ClusterTest(WithTools):
    """minikube and kind, by a program that stands for them: it keeps what it is asked, and answers as they do. What they do
    themselves is not tested here."""

    name = "team/app:1"

    def setUp(self):
        super().setUp()
        self.project.write("data", "1\n")

    def load(self, into, more="", **variables):
        text = IMAGE + f'\n step loaded = image.load {{ image = image.image, into = "{into}", name = "{self.name}" {more} }}'
        return self.run_pipeline(text, **variables)

    def config_digest(self):
        return manifest_of(layout_of(self.project))[0]["config"]["digest"]

    def tool(self, name, answers):
        """`answers` is the body of a shell script, with the arguments in $* and {tools} for its folder."""
        path = self.tools / name
        path.write_text(f"#!/bin/sh\necho \"{name} $*\" >> {self.tools}/asked\n" + textwrap.dedent(answers).replace("{tools}", str(self.tools)))
        path.chmod(0o755)

    def asked(self):
        lines = (self.tools / "asked").read_text().splitlines()
        (self.tools / "asked").unlink()
        return [" ".join("ARCHIVE" if word.endswith("/image.tar") else word for word in line.split()) for line in lines]

    def load_there(self, into, more=""):
        return self.load(into, more, PATH=f"{self.tools}:{os.environ['PATH']}")

    MINIKUBE = """
        case "$*" in
          *"image ls --format json"*) cat {tools}/list 2> /dev/null || echo '[]' ;;
        esac
    """

    def test_minikube(self):
        self.tool("minikube", self.MINIKUBE)
        self.good(self.run_pipeline(IMAGE))
        entry = [{"id": self.config_digest().removeprefix("sha256:"), "repoDigests": [], "repoTags": [f"docker.io/{self.name}"], "size": "1980000"}]
        # It says that all is well whatever became of it: https://github.com/kubernetes/minikube/issues/21393.
        self.assertIn("reports no failure, and minikube's profile `dev` does not have the image", self.error_of(self.load_there("minikube", ', cluster = "dev"')))
        self.assertEqual(self.asked(), ["minikube -p dev image ls --format json", "minikube -p dev image load ARCHIVE", "minikube -p dev image ls --format json"])
        (self.tools / "list").write_text(json.dumps(entry).replace(entry[0]["id"], "0" * 64))
        done = self.good(self.load_there("minikube", ', cluster = "dev"'))
        self.assertIn("minikube's profile `dev` shows `docker.io/team/app:1` with another id than the image has", done.text)
        self.asked()
        (self.tools / "list").write_text(json.dumps(entry))
        done = self.good(self.load_there("minikube", ', cluster = "dev"'))
        self.assertEqual(done.outcomes()["loaded"], "cached")
        self.assertEqual(self.asked(), ["minikube -p dev image ls --format json"])
        self.good(self.load_there("minikube"))
        self.assertEqual(self.asked(), ["minikube image ls --format json"])

    def test_a_profile_that_minikube_does_not_know(self):
        self.tool("minikube", """
            echo '🤷  Profile "dev" not found. Run "minikube profile list" to view all profiles.'
            echo '👉  To start a cluster, run: "minikube start -p dev"'
            exit 85
        """)
        error = self.error_of(self.load_there("minikube", ', cluster = "dev"'))
        self.assertIn('minikube\'s profile `dev` does not take the image: 🤷  Profile "dev" not found.', error)
        self.assertIn("`minikube profile list` shows", error)

    def test_kind(self):
        self.tool("kind", """
            case "$*" in
              "get nodes "*) printf 'dev-control-plane\\ndev-worker\\n' ;;
              "load image-archive "*) touch {tools}/loaded ;;
            esac
        """)
        self.good(self.run_pipeline(IMAGE))
        _, digest = manifest_of(layout_of(self.project))
        self.tool("docker", f"""
            echo 'REF TYPE DIGEST SIZE PLATFORMS LABELS'
            [ ! -e {{tools}}/loaded ] || echo 'docker.io/{self.name} application/vnd.oci.image.manifest.v1+json {digest} 1.9 MiB linux/amd64 -'
        """)
        self.good(self.load_there("kind", ', cluster = "dev"'))
        question = f"ctr --namespace=k8s.io images ls name==docker.io/{self.name}"
        asked = ["kind get nodes --name dev", f"docker exec dev-control-plane {question}", f"docker exec dev-worker {question}"]
        self.assertEqual(self.asked(), [*asked[:2], "kind load image-archive ARCHIVE --name dev", *asked])
        self.assertEqual(self.load_there("kind", ', cluster = "dev"').outcomes()["loaded"], "cached")

    def test_a_cluster_that_kind_does_not_know(self):
        self.tool("kind", """
            [ "$1" = get ] && echo 'No kind nodes found for cluster "kind".' && exit 0
            echo 'ERROR: no nodes found for cluster "kind"' && exit 1
        """)
        self.tool("docker", "exit 1")
        error = self.error_of(self.load_there("kind"))
        self.assertIn('kind\'s cluster `kind` does not take the image: ERROR: no nodes found for cluster "kind"', error)
        self.assertIn("`kind get clusters`", error)

    def test_a_base_of_an_engine_that_is_not_there(self):
        for transport, package in (("docker-daemon", "docker.io"), ("containers-storage", "podman")):
            error = self.error_of(self.run_pipeline(f'step image = image.build {{ base = "{transport}:a:1", files = {{ "/x": file("data") }} }}', PATH=str(self.tools)))
            self.assertIn("is not installed: there is no `", error)
            self.assertIn(f"apt-get install {package}", error)
            self.assertIn("is no name of an image", self.error_of(self.run_pipeline(f'step image = image.build {{ base = "{transport}:", files = {{ "/x": file("data") }} }}', PATH=str(self.tools))))

    def test_tools_that_are_missing(self):
        for into, program in (("docker", "docker"), ("podman", "podman"), ("containerd", "ctr"), ("minikube", "minikube"), ("kind", "kind")):
            error = self.error_of(self.load(into, PATH=str(self.tools)))
            self.assertIn(f"there is no `{program}` on the PATH", error)


if __name__ == "__main__":
    unittest.main()
