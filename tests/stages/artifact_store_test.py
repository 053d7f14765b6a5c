#!/usr/bin/env python3
"""The programs that carry files on a cluster, with each other: the store as a server, and what fetches and leaves beside it."""

import hashlib
import http.client
import importlib.util
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading
import unittest

SOURCE = pathlib.Path(__file__).resolve().parents[2] / "stages/kubernetes/artifacts"
TOKEN = "the store's own"


def program(name):
    spec = importlib.util.spec_from_file_location(name, SOURCE / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


artifact_store, carry = program("artifact_store"), program("carry")
artifact_store.PORT = 0  # any
carry.TRIES = 2


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


class ArtifactStoreTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="sdlrun-artifacts-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.begin(most_bytes=1 << 20)

    def begin(self, most_bytes):
        artifact_store.Handler.store = artifact_store.Store(str(self.folder / "store"), most_bytes)
        artifact_store.Handler.token = TOKEN
        self.server = artifact_store.Server(("::", 0) if artifact_store.Server.address_family == artifact_store.socket.AF_INET6 else ("0.0.0.0", 0), artifact_store.Handler)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def call(self, method, path, body=None, headers=None, token=TOKEN):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        self.addCleanup(connection.close)
        connection.request(method, path, body, {"X-Sdlrun-Token": token, **(headers or {})}, encode_chunked=bool(headers and "Transfer-Encoding" in headers))
        answer = connection.getresponse()
        return answer.status, answer.read()

    def put(self, text):
        self.assertEqual(self.call("PUT", f"/blobs/{sha256(text)}", text)[0], 201)
        return sha256(text)

    def missing(self, *texts):
        return set(json.loads(self.call("POST", "/missing", json.dumps([sha256(text) for text in texts]))[1]))

    def store(self, **options):
        return carry.Store(f"http://127.0.0.1:{self.port}", options.get("token", TOKEN))

    def test_contents_come_whole_and_right_or_not_at_all(self):
        digest = self.put("words")
        self.assertEqual(self.call("GET", f"/blobs/{digest}"), (200, b"words"))
        self.assertEqual(self.call("GET", f"/blobs/{digest}", headers={"Range": "bytes=2-"}), (206, b"rds"))
        self.assertEqual(self.call("GET", f"/blobs/{digest}", headers={"Range": "bytes=5-"})[0], 416)
        self.assertEqual(self.call("PUT", f"/blobs/{sha256('other')}", "words")[0], 400)
        self.assertEqual(self.missing("words", "other"), {sha256("other")})
        self.assertEqual(self.call("PUT", f"/blobs/{sha256('in pieces')}", iter([b"in ", b"pieces"]), {"Transfer-Encoding": "chunked"})[0], 201)
        self.assertEqual(self.call("GET", f"/blobs/{sha256('in pieces')}"), (200, b"in pieces"))
        self.assertEqual(list((self.folder / "store").glob("half-*")), [])

    def test_who_does_not_know_the_secret_gets_nothing(self):
        digest = self.put("words")
        for method, path in (("GET", f"/blobs/{digest}"), ("PUT", f"/blobs/{digest}"), ("POST", "/missing"), ("DELETE", "/lists/a")):
            self.assertEqual(self.call(method, path, token="a guess")[0], 403)
        with self.assertRaises(carry.Refused):
            carry.fetch(self.store(token="a guess"), "job.inputs", str(self.folder))

    def test_paths_lead_nowhere_else(self):
        (self.folder / "secret").write_text("s")
        for path in ("/lists/../../secret", "/lists/%2e%2e%2f%2e%2e%2fsecret", "/blobs/../../secret", "/secret", "/", "/lists/A"):
            self.assertEqual(self.call("GET", path)[0], 404, path)
            self.assertEqual(self.call("PUT", path, "x")[0], 404, path)

    def test_what_no_list_holds_goes_when_there_is_no_room(self):
        self.server.shutdown()
        self.begin(most_bytes=100)
        held, loose, fresh = self.put("h" * 40), self.put("l" * 40), "f" * 40
        self.call("PUT", "/lists/job.inputs", json.dumps([{"path": "a", "sha256": held}]))
        self.assertEqual(self.call("PUT", f"/blobs/{sha256(fresh)}", fresh)[0], 507)  # both have just come
        for digest in (held, loose):
            os.utime(self.folder / "store/blobs" / digest, (1000, 1000))
        self.put(fresh)
        self.assertEqual(self.missing("h" * 40, "l" * 40, fresh), {loose})
        os.utime(self.folder / "store/blobs" / held, (1000, 1000))
        self.assertEqual(self.call("DELETE", "/lists/job.inputs")[0], 200)
        self.assertEqual(self.call("GET", "/lists/job.inputs")[0], 200)  # until its room is wanted
        self.put("n" * 50)
        self.assertEqual(self.missing("h" * 40), {held})

    def test_it_ends_when_nobody_asks_and_no_list_holds_anything(self):
        store, day = artifact_store.Handler.store, 24 * 3600
        self.assertFalse(store.is_over(day, day - 1))
        self.assertTrue(store.is_over(day, day))
        self.call("PUT", "/lists/job.outputs", "[]")
        self.assertFalse(store.is_over(day, day))  # somebody may come for it
        self.assertTrue(store.is_over(day, 7 * day))
        self.assertEqual(self.call("DELETE", "/lists/job.outputs")[0], 200)
        self.assertTrue(store.is_over(day, day))

    def test_what_is_left_is_fetched_again(self):
        left = self.folder / "left"
        (left / "work/model/empty").mkdir(parents=True)
        (left / "work/model/weights").write_text("w")
        (left / "work/again").write_text("w")  # the same content is kept once
        (left / "work/tool").write_text("#!")
        (left / "work/tool").chmod(0o755)
        (left / "work/model/link").symlink_to("weights")
        (left / "work/nothing").write_text("")
        carry.leave(self.store(), "job.outputs", str(left), ["work/model", "work/again", "work/tool", "work/nothing", "work/absent"])
        self.assertEqual(len(list((self.folder / "store/blobs").iterdir())), 3)
        there = self.folder / "there"
        there.mkdir()
        carry.fetch(self.store(), "job.outputs", str(there))
        self.assertTrue((there / "work/model/empty").is_dir())
        self.assertEqual((os.readlink(there / "work/model/link"), (there / "work/model/link").read_text(), (there / "work/nothing").read_text()), ("weights", "w", ""))
        self.assertTrue(os.access(there / "work/tool", os.X_OK) and not os.access(there / "work/again", os.X_OK))
        self.assertFalse((there / "work/absent").exists())
        self.assertEqual((there / "work/model").stat().st_mode & 0o777, 0o777)  # the program may be another user's

    def test_what_is_gone_is_said(self):
        with self.assertRaisesRegex(carry.Refused, "no list"):
            carry.fetch(self.store(), "job.inputs", str(self.folder))
        self.call("PUT", "/lists/job.inputs", json.dumps([{"path": "work/a", "sha256": sha256("gone")}]))
        with self.assertRaisesRegex(carry.Refused, "work/a any more"):
            carry.fetch(self.store(), "job.inputs", str(self.folder / "there"))
        os.mkfifo(self.folder / "pipe")
        with self.assertRaisesRegex(carry.Refused, "neither a file"):
            carry.leave(self.store(), "job.outputs", str(self.folder), ["pipe"])

    # ---- the driver of a Spark job, which carries its own

    def drive(self, script, **variables):
        """Its exit code and what it leaves as the container's termination message."""
        programs = self.folder / "conf"
        programs.mkdir(exist_ok=True)
        spark = SOURCE.parents[1] / "spark"
        for source, name in ((spark / "kubernetes/cluster_driver.py", "cluster_driver.py"), (spark / "driver.py", "driver.py"), (spark / "driver_error.py", "driver_error.py"), (SOURCE / "carry.py", "sdlrun_carry.py")):
            shutil.copyfile(source, programs / name)
        (self.folder / "main.py").write_text(script)
        message = self.folder / "message"
        message.write_text("{}")
        begin = f"import sys, cluster_driver; cluster_driver.TERMINATION_MESSAGE = {str(message)!r}; sys.argv = ['cluster_driver.py', {str(self.folder / 'main.py')!r}]; cluster_driver.main()"
        environment = {**os.environ, "PYTHONPATH": str(programs), "SPARK_LOCAL_DIRS": str(self.folder / "local"), "SDLRUN_STORE": f"http://127.0.0.1:{self.port}", "SDLRUN_STORE_TOKEN": TOKEN, **variables}
        done = subprocess.run([sys.executable, "-c", begin], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        return done.returncode, json.loads(message.read_text()), done.stdout

    def test_a_driver_finds_and_leaves_files(self):
        self.call("PUT", "/lists/job.inputs", json.dumps([{"path": "work/words.txt", "sha256": self.put("words")}]))
        script = "import os\nassert 'SDLRUN_STORE_TOKEN' not in os.environ\nassert os.listdir() == ['words.txt']\nprint(open('words.txt').read(), 'printed')\nopen('loud.txt', 'w').write('WORDS')\nos.chdir('/')\n"
        code, message, said = self.drive(script, SDLRUN_FETCH="job.inputs", SDLRUN_LEAVE='["job.outputs", "work/loud.txt", "printed"]')
        self.assertEqual((code, "seconds" in message), (0, True), said)
        left = {entry["path"]: entry["sha256"] for entry in json.loads(self.call("GET", "/lists/job.outputs")[1])}
        self.assertEqual(left, {"work/loud.txt": sha256("WORDS"), "printed": sha256("words printed\n")})

    def test_a_driver_whose_files_are_gone_does_not_begin(self):
        code, message, said = self.drive("print('it has begun')\n", SDLRUN_FETCH="job.inputs", SDLRUN_LEAVE='["job.outputs", "work/a"]')
        self.assertEqual((code, message["type"]), (1, "its files could not be brought to it"), said)
        self.assertIn("no list", message["message"])
        self.assertNotIn("it has begun", said)

    def test_a_driver_that_cannot_leave_what_it_has_made_fails(self):
        code, message, said = self.drive("open('a', 'w').write('a')\n", SDLRUN_STORE_TOKEN="a guess", SDLRUN_LEAVE='["job.outputs", "work/a"]')
        self.assertEqual((code, message["type"]), (1, "what it has left could not be kept"), said)

    def test_a_script_that_fails_leaves_nothing(self):
        code, message, said = self.drive("open('a', 'w').write('a')\nint('none')\n", SDLRUN_LEAVE='["job.outputs", "work/a"]')
        self.assertEqual((code, message["type"]), (1, "ValueError"), said)
        self.assertEqual(self.call("GET", "/lists/job.outputs")[0], 404)


if __name__ == "__main__":
    unittest.main()
