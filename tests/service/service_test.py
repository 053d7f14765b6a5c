#!/usr/bin/env python3
"""Services outlive their run, are found again, started anew where they are to be otherwise, and ended with all they began."""

import os
import pathlib
import signal
import sys
import time
import unittest
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from ports import free_port  # noqa: E402
from project import Project  # noqa: E402

PIPELINE = """
pipeline serve {
  param port: int
  param mode: string = "good"
  param token: secret<string> = generated()
  step server = service.up {
    name = "web"
    command = ["python3", file("server.py"), "${port}"]
    ready = "http://127.0.0.1:${port}/"
    patience = 60s
  } with { env = { "MODE": mode, "TOKEN": token, "LINK": "http://host/?token=${token}" } }
  step down = service.down { name = "web" } with { on_demand = true }
  output url = server.url
  output link = "${server.url}?token=${token}"
}
"""

SERVER = '''
import http.server, os, subprocess, sys
mode = os.environ["MODE"]
if mode == "ends": sys.exit("no such table: users")
child = subprocess.Popen(["sleep", "600"])
if mode == "silent": child.wait()
if mode == "mute":
    import socket
    listening = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=64)
    child.wait()
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(f"{os.getpid()} {child.pid} {mode} {os.environ['TOKEN']} {os.environ['LINK']}".encode())
    def log_message(self, *_): pass
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


def wait_until(holds, seconds=120):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("it has not come about")
        time.sleep(0.05)


class ServiceTest(unittest.TestCase):
    def setUp(self):
        self.port = free_port()
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("serve.sdl", PIPELINE)
        self.project.write("server.py", SERVER)
        self.addCleanup(self.run_it, "down")

    def run_it(self, *words, **variables):
        return self.project.run("serve.sdl", f"port={self.port}", *words, **variables)

    def answer(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=60) as response:
            pid, child, mode, token, link = response.read().decode().split()
            return int(pid), int(child), mode, token, link

    def test_it_outlives_the_run_and_is_found_again(self):
        first = self.run_it()
        self.assertEqual(first.code, 0, first.text)
        pid, child, _, _, _ = self.answer()
        again = self.run_it()
        self.assertIn("nothing to do", again.text)
        self.assertEqual(self.answer()[:2], (pid, child))

    def test_one_that_is_to_be_otherwise_is_started_anew(self):
        self.run_it()
        pid, child, _, _, _ = self.answer()
        self.run_it("mode=better")
        self.assertEqual(self.answer()[2], "better")
        self.assertFalse(is_alive(pid) or is_alive(child))

    def test_one_that_was_killed_is_started_again(self):
        self.run_it()
        pid, child, _, _, _ = self.answer()
        os.kill(pid, signal.SIGKILL)
        os.kill(child, signal.SIGKILL)
        wait_until(lambda: not is_alive(pid))
        again = self.run_it()
        self.assertIn("`web` no longer runs", again.text)
        self.assertNotEqual(self.answer()[0], pid)

    def test_down_ends_it_and_all_it_has_started(self):
        self.run_it()
        pid, child, _, _, _ = self.answer()
        down = self.run_it("down")
        self.assertIn("was_running = true", down.text)
        self.assertFalse(is_alive(pid) or is_alive(child))
        self.assertIn("nothing to do", self.run_it("down").text)

    def test_one_that_ends_says_what_it_printed(self):
        failed = self.run_it("mode=ends")
        self.assertEqual(failed.code, 1)
        self.assertIn("has ended before it answered", failed.text)
        self.assertIn("no such table: users", failed.text)

    def test_one_that_does_not_answer_is_ended(self):
        self.project.write("serve.sdl", PIPELINE.replace("patience = 60s", "patience = 5s"))
        failed = self.run_it("mode=silent")
        self.assertEqual(failed.code, 1)
        self.assertIn(f"does not answer at http://127.0.0.1:{self.port}/", failed.text)
        self.assertEqual(self.run_it("down").code, 0)

    def test_one_that_takes_calls_and_does_not_answer_is_ended_too(self):
        self.project.write("serve.sdl", PIPELINE.replace("patience = 60s", "patience = 1s"))
        failed = self.run_it("mode=mute")
        self.assertEqual(failed.code, 1)
        self.assertIn(f"does not answer at http://127.0.0.1:{self.port}/", failed.text)

    def test_a_killed_engine_finds_what_it_has_started(self):
        running = self.project.start("serve.sdl", f"port={self.port}")
        wait_until(lambda: self.is_up())
        os.kill(running.pid, signal.SIGKILL)
        running.communicate()
        pid = self.answer()[0]
        after = self.run_it()
        self.assertEqual(after.code, 0, after.text)
        self.assertEqual(self.answer()[0], pid)

    def is_up(self):
        try:
            return bool(self.answer())
        except OSError:
            return False

    def test_what_other_steps_leave_is_still_ended(self):
        self.project.write("leave.sdl", 'pipeline leave { step s = shell.run { script = "setsid sleep 654 & echo $! > pid" } outputs { pid: int at "pid" }\n  output pid = s.pid\n}\n')
        done = self.project.run("leave.sdl")
        self.assertEqual(done.code, 0, done.text)
        pid = int(done.text.split("pid  ")[-1].split()[0])
        self.assertFalse(is_alive(pid))

    def test_a_generated_secret_stays_and_is_shown_nowhere(self):
        first = self.run_it()
        token = self.answer()[3]
        self.assertRegex(token, r"^[0-9a-f]{48}$")
        self.assertEqual(self.answer()[4], f"http://host/?token={token}")
        kept = self.project.folder / ".sdl" / "secrets" / "serve.token"
        self.assertEqual(kept.read_text().strip(), token)
        self.assertEqual(kept.stat().st_mode & 0o777, 0o600)
        self.assertIn("a secret, shown at a terminal only", first.text)
        for path in self.project.folder.rglob("*"):
            if path.is_file() and path != kept:
                self.assertNotIn(token.encode(), path.read_bytes(), path)
        self.run_it("mode=other")
        self.assertEqual(self.answer()[3], token)


if __name__ == "__main__":
    unittest.main(verbosity=1)
