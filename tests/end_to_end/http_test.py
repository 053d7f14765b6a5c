#!/usr/bin/env python3
"""http.download against a real server on this machine: whole, cut off, busy, wrong, not there."""

import hashlib
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time
import unittest

from project import ROOT, Project

PIPELINE = """
pipeline download {
  param url: string
  param sha256: string
  step data = http.download { url = url, sha256 = sha256 }
  output data = data.file
}
"""


class HttpTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("download.sdl", PIPELINE)
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.cache = tempfile.TemporaryDirectory()
        self.addCleanup(self.cache.cleanup)
        self.content = os.urandom(300_000)
        (pathlib.Path(self.folder.name) / "file").write_bytes(self.content)
        self.server = subprocess.Popen([sys.executable, ROOT / "tests/unit/http_server.py", self.folder.name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.addCleanup(self.server.stdin.close)
        self.addCleanup(self.server.stdout.close)
        self.addCleanup(self.server.wait)
        self.addCleanup(self.server.kill)
        self.base = f"http://127.0.0.1:{int(self.server.stdout.readline())}"

    def words(self, path, sha256=None):
        return ["download.sdl", f"url={self.base}{path}", f"sha256={sha256 or hashlib.sha256(self.content).hexdigest()}", "--json"]

    def download(self, path, sha256=None):
        return self.project.run(*self.words(path, sha256), XDG_CACHE_HOME=self.cache.name)

    def error_of(self, done):
        self.assertEqual(done.code, 1, done.text)
        return next(event["error"] for event in done.events if event.get("outcome") == "failed")

    def assert_whole(self, done):
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual((self.project.folder / "out/download/data").read_bytes(), self.content)

    def test_a_file_is_downloaded_once(self):
        self.assert_whole(self.download("/file"))
        again = self.download("/file")
        self.assertEqual(again.outcomes(), {"data": "cached"})
        self.assertEqual(len((pathlib.Path(self.folder.name) / "requests").read_text().splitlines()), 1)

    def test_a_download_that_is_cut_off_goes_on_where_it_was(self):
        self.assert_whole(self.download("/cut"))
        requests = (pathlib.Path(self.folder.name) / "requests").read_text()
        self.assertIn("bytes=", requests)

    def test_what_a_killed_run_has_begun_is_used_or_thrown_away(self):
        process = self.project.start(*self.words("/stall"), XDG_CACHE_HOME=self.cache.name)
        deadline = time.monotonic() + 20
        partial = pathlib.Path(self.cache.name) / "sdlrun/downloads" / hashlib.sha256(self.content).hexdigest()
        while not (partial.exists() and partial.stat().st_size > 0) and time.monotonic() < deadline:
            time.sleep(0.05)
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.project.wait_for_no_processes(), [])
        self.assert_whole(self.download("/file"))
        self.assertRegex((pathlib.Path(self.folder.name) / "requests").read_text(), r"GET /file bytes=[1-9]")

    def test_a_busy_server_is_asked_again(self):
        self.assert_whole(self.download("/busy"))

    def test_another_content_is_not_taken(self):
        error = self.error_of(self.download("/file", "0" * 64))
        self.assertIn("is not the file that was asked for", error["message"])
        self.assertIn("sha256 found", error["detail"])

    def test_what_is_not_there_is_said_so(self):
        self.assertIn("404", self.error_of(self.download("/status/404"))["message"])

    def test_a_digest_that_is_none(self):
        self.assertIn("64 hexadecimal digits", self.error_of(self.download("/file", "abc"))["message"])


if __name__ == "__main__":
    unittest.main()
