#!/usr/bin/env python3
"""image.push and image.pull against a real registry: with passwords, keychains and tokens; two at once; what has moved."""

import json
import os
import pathlib
import subprocess
import unittest

from fixture import SKOPEO, ImageCase, layout_of, main, manifest_of
from servers import PASSWORD, USER, Front, Registry, docker_configuration, random_file

IMAGE = 'step image = image.build { files = { "/opt/app/train.py": file("train.py"), "/opt/data": file("data") } }\n'


def push(host, extra="", tags='["1", "latest"]'):
    return IMAGE + f'step pushed = image.push {{ image = image.image, repository = "{host}/team/imdb", tags = {tags} {extra} }}\n output digest = pushed.digest\n output layout = image.image.layout'


def pull(host, name="team/imdb:1", extra=""):
    return f'step pulled = image.pull {{ reference = "{host}/{name}" {extra} }}\n output layout = pulled.image.layout\n output reference = pulled.image.reference'


class RegistryTest(ImageCase):
    def setUp(self):
        super().setUp()
        self.project.write("train.py", "print('train')\n")
        random_file(self.project.folder / "data", 100_000)
        self.registry = self.enter(Registry(password=True))
        self.host = self.registry.host

    def log_in(self, host=None, **who):
        docker_configuration(self.home / "docker", host or self.host, **who)

    def test_what_is_pushed_is_what_is_pulled(self):
        self.log_in()
        self.good(self.run_pipeline(push(self.host)))
        _, digest = manifest_of(layout_of(self.project))
        self.assertEqual(self.registry.digest("team/imdb", "1"), digest)
        self.assertEqual(self.registry.digest("team/imdb", "latest"), digest)
        if SKOPEO:
            done = subprocess.run([SKOPEO, "inspect", "--tls-verify=false", "--creds", f"{USER}:{PASSWORD}", f"docker://{self.host}/team/imdb:1"], capture_output=True, text=True, check=True)
            self.assertEqual(json.loads(done.stdout)["Digest"], digest)
        other = self.new_project()
        done = self.good(self.run_pipeline(pull(self.host), project=other))
        self.assertEqual(manifest_of(layout_of(other))[1], digest)
        self.assertIn(f"{self.host}/team/imdb@{digest}", done.text)

    def test_a_push_of_what_is_there_sends_nothing(self):
        self.log_in()
        front = self.enter(Front(self.registry))
        self.log_in(front.host)
        self.good(self.run_pipeline(push(front.host)))
        front.requests.clear()
        self.assertEqual(self.run_pipeline(push(front.host)).outcomes(), {"image": "cached", "pushed": "cached"})
        self.assertEqual({request[0] for request in front.requests}, {"GET", "HEAD"})
        # Another project knows nothing of it, and the registry does.
        other = self.new_project()
        other.write("train.py", "print('train')\n")
        (other.folder / "data").write_bytes((self.project.folder / "data").read_bytes())
        front.requests.clear()
        self.assertEqual(self.run_pipeline(push(front.host), project=other).outcomes(), {"image": "ran", "pushed": "ran"})
        self.assertEqual({request[0] for request in front.requests}, {"GET", "HEAD"})
        # A changed script is one small layer and the configuration.
        self.project.write("train.py", "print('changed')\n")
        front.requests.clear()
        front.sent = 0
        self.good(self.run_pipeline(push(front.host)))
        self.assertGreater(front.count("POST"), 0)

    def test_a_tag_that_somebody_has_moved_is_put_right(self):
        self.log_in()
        self.good(self.run_pipeline(push(self.host)))
        digest = self.registry.digest("team/imdb", "1")
        other = self.new_project()
        other.write("train.py", "print('other')\n")
        random_file(other.folder / "data", 10)
        self.good(self.run_pipeline(push(self.host), project=other))
        self.assertNotEqual(self.registry.digest("team/imdb", "1"), digest)
        done = self.run_pipeline(push(self.host))
        self.assertEqual(done.outcomes(), {"image": "cached", "pushed": "ran"})
        self.assertIn("is not this image any more", done.text)
        self.assertEqual(self.registry.digest("team/imdb", "1"), digest)

    def test_a_base_in_the_registry_is_built_on_and_mounted_and_asked_for(self):
        self.log_in()
        self.good(self.run_pipeline(push(self.host)))
        base, base_digest = manifest_of(layout_of(self.project))
        front = self.enter(Front(self.registry))
        self.log_in(front.host)
        derived = self.new_project()
        derived.write("more.py", "print('more')\n")
        text = (f'step image = image.build {{ base = "{front.host}/team/imdb:1", files = {{ "/opt/more.py": file("more.py") }} }}\n'
                f'step pushed = image.push {{ image = image.image, repository = "{front.host}/team/derived:2" }}\n output layout = image.image.layout')
        self.good(self.run_pipeline(text, project=derived))
        manifest, _ = manifest_of(layout_of(derived))
        self.assertEqual(manifest["layers"][:-1], base["layers"])
        self.assertEqual(manifest["annotations"]["org.opencontainers.image.base.digest"], base_digest)
        mounts = [request for request in front.requests if "mount=" in request[1]]
        self.assertTrue(any(base["layers"][0]["digest"] in request[1] for request in mounts), front.requests)
        self.assertFalse(any(request[0] == "PUT" and base["layers"][0]["digest"] in request[1] for request in front.requests))
        self.assertEqual(self.run_pipeline(text, project=derived).outcomes(), {"image": "cached", "pushed": "cached"})
        # The tag moves: what stood on it is built anew.
        self.log_in()
        self.project.write("train.py", "print('changed')\n")
        self.good(self.run_pipeline(push(self.host)))
        self.log_in(front.host)
        done = self.run_pipeline(text, project=derived)
        self.assertEqual(done.outcomes(), {"image": "ran", "pushed": "ran"})
        self.assertRegex(done.text, r"is now sha256:[0-9a-f]{12} \(was sha256:[0-9a-f]{12}\)")

    def test_a_base_that_may_not_be_mounted_is_sent(self):
        front = self.enter(Front(self.registry))
        self.log_in(front.host)
        self.good(self.run_pipeline(push(front.host)))
        front.rules.append(lambda handler: "mount=" in handler.path and front.answer(handler, 403, b"{}"))
        text = (f'step image = image.build {{ base = "{front.host}/team/imdb:1", files = {{ "/x": file("train.py") }} }}\n'
                f'step pushed = image.push {{ image = image.image, repository = "{front.host}/team/derived:2" }}\n output layout = image.image.layout')
        self.good(self.run_pipeline(text))
        self.assertGreater(front.count("POST", "mount="), 0)
        self.assertEqual(self.registry.digest("team/derived", "2"), manifest_of(layout_of(self.project))[1])

    def test_of_an_index_the_image_for_the_platform_is_pulled(self):
        self.log_in()
        manifests = []
        for architecture in ("amd64", "arm64"):
            text = (f'step image = image.build {{ platform = "linux/{architecture}", files = {{ "/x": file("train.py") }} }}\n'
                    f'step pushed = image.push {{ image = image.image, repository = "{self.host}/team/many", tags = ["{architecture}"] }}\n output layout = image.image.layout')
            self.good(self.run_pipeline(text))
            _, digest = manifest_of(layout_of(self.project))
            size = (layout_of(self.project) / "blobs/sha256" / digest.removeprefix("sha256:")).stat().st_size
            manifests.append({"mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": size, "platform": {"os": "linux", "architecture": architecture}})
        kind = "application/vnd.oci.image.index.v1+json"
        response, body = self.registry.ask("PUT", "/v2/team/many/manifests/all", body=json.dumps({"schemaVersion": 2, "mediaType": kind, "manifests": manifests}), content_type=kind)
        self.assertEqual(response.status, 201, body)
        for manifest in manifests:
            other = self.new_project()
            self.good(self.run_pipeline(pull(self.host, "team/many:all", f', platform = "linux/{manifest["platform"]["architecture"]}"'), project=other))
            self.assertEqual(manifest_of(layout_of(other))[1], manifest["digest"])
            self.assertEqual(self.run_pipeline(pull(self.host, "team/many:all", f', platform = "linux/{manifest["platform"]["architecture"]}"'), project=other).outcomes(), {"pulled": "cached"})
        error = self.error_of(self.run_pipeline(pull(self.host, "team/many:all", ', platform = "linux/s390x"')))
        self.assertIn("is not there for the platform linux/s390x", error)
        self.assertIn("it is there for linux/amd64, linux/arm64", error)

    def test_a_digest_means_one_image_for_ever_and_nobody_is_asked(self):
        self.log_in()
        self.good(self.run_pipeline(push(self.host)))
        digest = self.registry.digest("team/imdb", "1")
        text = pull(self.host, f"team/imdb@{digest}") + f'\nstep image = image.build {{ base = "{self.host}/team/imdb@{digest}", files = {{ "/x": file("train.py") }} }}'
        self.good(self.run_pipeline(text))
        self.registry.kill()
        done = self.run_pipeline(text)
        self.assertEqual(done.outcomes(), {"pulled": "cached", "image": "cached"})
        self.assertNotIn("is not known", done.text)

    def test_without_the_registry_a_base_that_is_known_is_believed(self):
        self.log_in()
        self.good(self.run_pipeline(push(self.host)))
        text = f'step image = image.build {{ base = "{self.host}/team/imdb:1", files = {{ "/x": file("train.py") }} }}'
        self.good(self.run_pipeline(text))
        self.registry.kill()
        done = self.run_pipeline(text)
        self.assertEqual(done.outcomes(), {"image": "cached"})
        self.assertIn("whether `" + self.host + "/team/imdb:1` is still the same image is not known", done.text)

    # ---- who we are

    def test_nobody_and_the_wrong_password(self):
        error = self.error_of(self.run_pipeline(push(self.host)))
        self.assertIn("wants to know who asks (answer 401)", error)
        self.assertIn("docker login " + self.host, error)
        self.log_in(password="wrong-password")
        error = self.error_of(self.run_pipeline(push(self.host)))
        self.assertIn("does not accept the credentials that we have", error)
        self.assertNotIn("wrong-password", error)

    def test_a_password_of_the_pipeline(self):
        text = 'secret password = env("REGISTRY_PASSWORD")\n' + push(self.host, f', username = "{USER}", password = password')
        self.good(self.run_pipeline(text, REGISTRY_PASSWORD=PASSWORD))
        self.assert_nowhere(PASSWORD)
        self.assertIn("go together", self.error_of(self.run_pipeline(push(self.host, f', username = "{USER}"'))))

    def assert_nowhere(self, secret):
        """Neither as it is nor in base64 is it in anything that was written."""
        for root in (self.project.folder, self.home / "cache"):
            for path in root.rglob("*"):
                if path.is_file() and not path.is_symlink():
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def keychain(self, script, answer, configuration):
        """A credential helper `test` that can answer with the user and secret given; gives its program and the PATH to it."""
        programs = self.home / "bin"
        programs.mkdir()
        helper = programs / "docker-credential-test"
        helper.write_text(f"#!/bin/sh\nread host\n{script}\n")
        helper.chmod(0o755)
        (self.home / "answer").write_text(json.dumps({"Username": answer[0], "Secret": answer[1]}))
        (self.home / "docker").mkdir()
        (self.home / "docker/config.json").write_text(json.dumps(configuration))
        return helper, f"{programs}:{os.environ['PATH']}"

    def test_a_keychain(self):
        script = 'echo "asked for $host" >> "$HOME/asked"\n[ "$1" = get ] && cat "$HOME/answer"'
        helper, path = self.keychain(script, (USER, PASSWORD), {"credHelpers": {self.host: "test"}})
        self.good(self.run_pipeline(push(self.host), PATH=path))
        self.assertIn(f"asked for {self.host}", (self.home / "asked").read_text())
        self.assert_nowhere(PASSWORD)
        helper.unlink()
        self.project.write("train.py", "print('changed')\n")
        self.assertIn("`docker-credential-test`, which is not installed", self.error_of(self.run_pipeline(push(self.host))))

    def test_a_keychain_for_all_registries(self):
        """As helpers of clouds have it: no entry says that this one is known."""
        script = f'[ "$host" = {self.host} ] || {{ echo credentials not found; exit 1; }}\ncat "$HOME/answer"'
        helper, path = self.keychain(script, (USER, PASSWORD), {"credsStore": "test"})
        self.good(self.run_pipeline(push(self.host), PATH=path))
        self.assert_nowhere(PASSWORD)
        # Where it knows nothing, cannot tell, or is not there, we are nobody, which many registries allow.
        open_to_all = self.enter(Registry())
        self.good(self.run_pipeline(push(open_to_all.host), PATH=path))
        helper.write_text("#!/bin/sh\nexit 3\n")
        self.assertIn("wants to know who asks (answer 401)", self.error_of(self.run_pipeline(push(self.host, tags='["3"]'), PATH=path)))
        helper.unlink()
        self.good(self.run_pipeline(push(open_to_all.host, tags='["2"]'), PATH=path))
        self.assertEqual(open_to_all.digest("team/imdb", "2"), manifest_of(layout_of(self.project))[1])

    def test_a_keychain_that_gives_a_token_of_identity(self):
        """It is exchanged for tokens, by a POST, as Docker's documentation of OAuth has it."""
        front = self.enter(Front(self.registry, tokens=True))
        _, path = self.keychain('cat "$HOME/answer"', ("<token>", "an-identity-token"), {"credHelpers": {front.host: "test"}})
        self.good(self.run_pipeline(push(front.host), PATH=path))
        self.assertEqual(front.identities, {"an-identity-token"})
        self.assert_nowhere("an-identity-token")

    def test_tokens(self):
        front = self.enter(Front(self.registry, tokens=True))
        self.log_in(front.host)
        self.good(self.run_pipeline(push(front.host)))
        scopes = [scope for token in front.given.values() for scope in token["scope"]]
        self.assertEqual(set(scopes), {"repository:team/imdb:pull,push"})
        self.good(self.run_pipeline(pull(front.host), project=self.new_project()))

    def test_tokens_are_not_given_to_whom_is_not_known(self):
        front = self.enter(Front(self.registry, tokens=True))
        self.log_in(front.host, password="wrong-password")
        error = self.error_of(self.run_pipeline(push(front.host)))
        self.assertIn("cannot get a token", error)
        self.assertIn("does not accept the credentials", error)

    def test_a_token_that_runs_out_midway_is_renewed(self):
        front = self.enter(Front(self.registry, tokens=True, uses=3))
        self.log_in(front.host)
        random_file(self.project.folder / "data", 40_000_000)
        self.good(self.run_pipeline(push(front.host)))
        self.assertGreater(len(front.given), 3)
        self.assertEqual(self.registry.digest("team/imdb", "1"), manifest_of(layout_of(self.project))[1])

    def test_two_pushes_of_the_same_image_at_once(self):
        self.log_in()
        random_file(self.project.folder / "data", 20_000_000)
        other = self.new_project()
        other.write("train.py", "print('train')\n")
        (other.folder / "data").write_bytes((self.project.folder / "data").read_bytes())
        first = self.start_pipeline(push(self.host))
        second = self.start_pipeline(push(self.host), project=other)
        self.good(self.finish(first))
        self.good(self.finish(second, other))
        self.assertEqual(manifest_of(layout_of(self.project))[1], manifest_of(layout_of(other))[1])
        self.assertEqual(self.registry.digest("team/imdb", "1"), manifest_of(layout_of(other))[1])


if __name__ == "__main__":
    main()
