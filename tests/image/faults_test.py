#!/usr/bin/env python3
"""What goes wrong between us and a registry: each has an end, and words of its own."""

import os
import ssl
import subprocess
import threading
import time
import unittest

from fixture import ImageCase, blob, layout_of, main, manifest_of
from registry_test import pull, push
from servers import Front, Registry, Uploads, docker_configuration, is_blob, own_address, random_file


class FaultsTest(ImageCase):
    def setUp(self):
        super().setUp()
        self.project.write("train.py", "print('train')\n")
        random_file(self.project.folder / "data", 100_000)
        self.registry = self.enter(Registry())
        self.host = self.registry.host

    def front(self, **settings):
        return self.enter(Front(self.registry, **settings))

    def pushed(self, size=100_000):
        """An image in the registry; its manifest."""
        random_file(self.project.folder / "data", size)
        self.good(self.run_pipeline(push(self.host)))
        return manifest_of(layout_of(self.project))[0]

    # ---- uploads

    def test_a_registry_that_is_killed_in_the_middle_of_an_upload_and_comes_again(self):
        size = 60_000_000
        random_file(self.project.folder / "data", size)
        killed = threading.Event()

        def kill(front):
            if front.sent > 40_000_000 and not killed.is_set():
                killed.set()
                self.registry.kill()
                threading.Timer(1.0, self.registry.start).start()

        front = self.front(on_body=kill)
        self.good(self.run_pipeline(push(front.host)))
        self.assertTrue(killed.is_set())
        self.assertEqual(self.registry.digest("team/imdb", "1"), manifest_of(layout_of(self.project))[1])
        # This registry throws an upload away of which a chunk was broken off: the layer is sent from its start.
        self.assertLess(front.sent, 2 * size)
        self.good(self.run_pipeline(pull(self.host), project=self.new_project()))

    def test_a_registry_that_is_killed_between_two_chunks_goes_on_where_it_was(self):
        size = 60_000_000
        random_file(self.project.folder / "data", size)
        chunks = []

        def kill(handler):
            if handler.command != "PATCH":
                return False
            chunks.append(handler.path)
            if len(chunks) == 3:
                self.registry.kill()
                self.registry.start()
                raise OSError("broken off before anything of it arrived")
            return False

        front = self.front()
        front.rules.append(kill)
        self.good(self.run_pipeline(push(front.host)))
        self.assertEqual(front.count("POST"), 2, "an upload was begun anew")
        self.assertLess(front.sent, size + 100_000)
        self.assertEqual(self.registry.digest("team/imdb", "1"), manifest_of(layout_of(self.project))[1])

    def test_a_chunk_that_is_broken_off_goes_on_where_it_was(self):
        size = 60_000_000
        random_file(self.project.folder / "data", size)
        front = self.front()
        uploads = Uploads(front, self.registry, break_after=20_000_000)
        front.rules.append(uploads.take)
        self.good(self.run_pipeline(push(front.host)))
        self.assertTrue(uploads.is_broken)
        self.assertEqual(uploads.wrong, [])
        self.assertLess(uploads.received, size + 100_000)
        self.assertEqual(self.registry.digest("team/imdb", "1"), manifest_of(layout_of(self.project))[1])

    def test_a_busy_registry_is_asked_again_when_it_says(self):
        front = self.front()
        asked = []

        def busy(handler):
            if handler.command != "HEAD" or len(asked) >= 2:
                return False
            asked.append(time.monotonic())
            return front.answer(handler, 429, b"", {"Retry-After": "1"})

        front.rules.append(busy)
        self.good(self.run_pipeline(push(front.host)))
        self.assertEqual(len(asked), 2)

    def test_refusals_have_words_of_their_own(self):
        front = self.front()
        status = []
        front.rules.append(lambda handler: handler.path != "/v2/" and front.answer(
            handler, status[0], b'{"errors":[{"code":"DENIED","message":"said the registry"}]}', {"Retry-After": "0"}))
        expected = {403: "without an account this is not allowed", 405: "takes no pushes", 429: "was asked too often", 500: "has a problem", 503: "has a problem"}
        for code, words in expected.items():
            status[:] = [code]
            error = self.error_of(self.run_pipeline(push(front.host)))
            self.assertIn(words, error)
            self.assertIn(f"(answer {code})", error)
        status[:] = [404]
        self.assertIn("some registries want a repository to be made before the first push", self.error_of(self.run_pipeline(push(front.host))))
        error = self.error_of(self.run_pipeline(pull(front.host)))
        self.assertIn("knows nothing of that name", error)
        self.assertIn("look at the name and the tag", error)
        docker_configuration(self.home / "docker", front.host)
        status[:] = [403]
        self.assertIn("the account that is used may not write there", self.error_of(self.run_pipeline(push(front.host))))
        self.assertIn("the account that is used may not read there", self.error_of(self.run_pipeline(pull(front.host))))
        self.assertIn("said the registry", self.error_of(self.run_pipeline(pull(front.host))))

    def test_a_body_that_a_proxy_finds_too_large(self):
        front = self.front()
        front.rules.append(lambda handler: handler.command in ("PUT", "PATCH") and front.answer(handler, 413, b"<html>too large</html>"))
        self.assertIn("allows no requests of that size", self.error_of(self.run_pipeline(push(front.host))))

    def test_a_disk_of_the_registry_that_is_full(self):
        front = self.front()
        front.rules.append(lambda handler: handler.command in ("PUT", "PATCH") and front.answer(
            handler, 500, b'{"errors":[{"code":"UNKNOWN","message":"no space left on device"}]}', {"Retry-After": "0"}))
        error = self.error_of(self.run_pipeline(push(front.host)))
        self.assertIn("has a problem (answer 500)", error)
        self.assertIn("no space left on device", error)

    # ---- downloads

    def test_what_is_not_there(self):
        error = self.error_of(self.run_pipeline(pull(self.host, "team/nothing:1")))
        self.assertIn("knows nothing of that name (answer 404)", error)
        self.pushed()
        self.assertIn("answer 404", self.error_of(self.run_pipeline(pull(self.host, "team/imdb:other"))))

    def test_a_blob_that_is_cut_off_once_goes_on(self):
        self.pushed(5_000_000)
        front = self.front()
        cut = []

        def cut_off(handler):
            if not is_blob(handler) or cut:
                return False
            response, body = self.registry.ask("GET", handler.path, password=False)
            if len(body) < 1_000_000:
                return False
            cut.append(handler.path)
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(body)))
            handler.end_headers()
            handler.wfile.write(body[:1_000_000])
            handler.close_connection = True
            return True

        front.rules.append(cut_off)
        self.good(self.run_pipeline(pull(front.host), project=self.new_project()))
        self.assertEqual(len(cut), 1)
        self.assertIn("bytes=1000000-", [request[3] for request in front.requests])

    def test_a_blob_that_is_always_too_short(self):
        manifest = self.pushed()
        layer = manifest["layers"][0]["digest"]
        front = self.front()

        def shorten(handler):
            if not is_blob(handler) or layer not in handler.path:
                return False
            _, body = self.registry.ask("GET", handler.path, password=False)
            if handler.headers.get("Range"):
                return front.answer(handler, 416)
            return front.answer(handler, 200, body[:1000], {"Retry-After": "0"})

        front.rules.append(shorten)
        error = self.error_of(self.run_pipeline(pull(front.host), project=self.new_project()))
        self.assertIn(f"sends the content {layer} cut off", error)

    def test_a_blob_that_is_another(self):
        manifest = self.pushed()
        path = self.registry.blob(manifest["layers"][0]["digest"])
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(bytes(content))
        error = self.error_of(self.run_pipeline(pull(self.host), project=self.new_project()))
        self.assertIn("a content is not what its digest says", error)
        self.assertIn(manifest["layers"][0]["digest"], error)

    def test_a_manifest_that_is_another(self):
        self.pushed()
        digest = self.registry.digest("team/imdb", "1")
        front = self.front()

        def change(handler):
            if handler.command != "GET" or "/manifests/" not in handler.path:
                return False
            response, body = self.registry.ask("GET", handler.path, password=False)
            return front.answer(handler, 200, body + b" ", {"Docker-Content-Digest": digest, "Content-Type": response.getheader("Content-Type")})

        front.rules.append(change)
        for name in ("team/imdb:1", f"team/imdb@{digest}"):
            self.assertIn("is not what its digest says", self.error_of(self.run_pipeline(pull(front.host, name), project=self.new_project())))

    def test_a_platform_that_is_not_there(self):
        self.pushed()
        error = self.error_of(self.run_pipeline(pull(self.host, extra=', platform = "linux/s390x"'), project=self.new_project()))
        self.assertIn("is for linux/amd64, and linux/s390x is wanted", error)

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to mount a small disk")
        self.pushed(20_000_000)
        cache = self.home / "cache"
        subprocess.run(["rm", "-rf", cache], check=True)
        cache.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", cache], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", cache], check=True)
        error = self.error_of(self.run_pipeline(pull(self.host), project=self.new_project()))
        self.assertIn("no space left on device", error)
        self.assertIn("make room", error)

    # ---- no way there

    def test_no_such_host_and_nobody_there(self):
        self.assertIn("its name could not be resolved", self.error_of(self.run_pipeline(push("no-such-host.invalid"))))
        self.registry.kill()
        self.assertIn("it refused the connection", self.error_of(self.run_pipeline(push(self.host))))

    def test_something_that_is_no_registry(self):
        front = self.front()
        front.rules.append(lambda handler: front.answer(handler, 404, b"nothing here"))
        self.assertIn("is no registry: it does not answer /v2/ as one", self.error_of(self.run_pipeline(push(front.host))))

    def certified_front(self):
        folder = self.home / "tls"
        folder.mkdir()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", folder / "key", "-out", folder / "certificate", "-days", "2",
                        "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        front = Front(self.registry)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "certificate", folder / "key")
        front.server.socket = context.wrap_socket(front.server.socket, server_side=True, do_handshake_on_connect=False)
        return self.enter(front), str(folder / "certificate")

    def test_a_certificate_that_nobody_vouches_for(self):
        front, certificate = self.certified_front()
        self.assertIn("the certificate of `127.0.0.1` is not trusted", self.error_of(self.run_pipeline(push(front.host))))
        self.assertNotIn("POST", [request[0] for request in front.requests])
        # The registry behind it knows nothing of TLS, and says so in the places that it names.
        self.good(self.run_pipeline(push(front.host), CURL_CA_BUNDLE=certificate))
        self.good(self.run_pipeline(pull(front.host), CURL_CA_BUNDLE=certificate, project=self.new_project()))

    def test_a_certificate_for_another_name(self):
        front, certificate = self.certified_front()
        error = self.error_of(self.run_pipeline(push(f"localhost:{front.port}"), CURL_CA_BUNDLE=certificate))
        self.assertIn("the certificate of `localhost` is for another name", error)
        self.assertNotIn("POST", [request[0] for request in front.requests])

    def test_a_token_server_that_gives_none(self):
        front = self.front(tokens=True)
        docker_configuration(self.home / "docker", front.host)
        front.give_token = lambda handler: front.answer(handler, 200, b"{}")
        self.assertIn("has answered without one", self.error_of(self.run_pipeline(push(front.host))))

    def test_a_registry_that_does_not_say_where_a_layer_goes(self):
        front = self.front()
        front.rules.append(lambda handler: handler.command == "POST" and front.answer(handler, 202))
        self.assertIn("does not say where a layer is to be sent", self.error_of(self.run_pipeline(push(front.host))))

    def test_another_machine_is_not_spoken_to_without_tls_unless_it_is_said(self):
        address = own_address()
        if address is None:
            self.skipTest("this machine has no address but its own")
        front = self.front(address=address)
        docker_configuration(self.home / "docker", front.host)
        error = self.error_of(self.run_pipeline(push(front.host)))
        self.assertIn("a registry without TLS needs `insecure = true`", error)
        self.assertEqual([request for request in front.requests if request[2]], [])
        self.good(self.run_pipeline(push(front.host, ", insecure = true")))

    def test_the_token_server_may_not_be_without_tls_somewhere_else(self):
        front = self.front()
        front.rules.append(lambda handler: front.answer(handler, 401, b"", {"WWW-Authenticate": 'Bearer realm="http://token.example.com/token",service="x"'}))
        docker_configuration(self.home / "docker", front.host)
        error = self.error_of(self.run_pipeline(push(front.host)))
        self.assertIn("gives its tokens at `http://token.example.com/token`, without TLS", error)


if __name__ == "__main__":
    main()
