#!/usr/bin/env python3
"""Ctrl-C at a real terminal while a job runs outside: the question, its answers, and where nobody is asked."""

import fcntl
import os
import pathlib
import select
import signal
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from job_server import JobServer  # noqa: E402
from project import CACHE, SDLRUN, Project  # noqa: E402

PIPELINE = """pipeline remote {
  param url: string
  param stop: enum("remove", "leave") = "remove"
  step job = http.job { url = url, body = "{\\"seconds\\": 600}", poll = 25ms, when_stopped = stop }
}
"""
CONTROL_C = b"\x03"
QUESTION = "leave it there (l), or remove it (r)?"
STOPPING = "stopping the running steps"
PATIENCE = 300


class Terminal:
    """A run whose terminal it is."""

    def __init__(self, project, words):
        self.main, end = os.openpty()
        self.end = os.dup(end)
        environment = {**os.environ, "XDG_CACHE_HOME": str(CACHE), "TERM": "xterm", "LANG": "C.UTF-8", "NO_COLOR": "1"}
        self.process = subprocess.Popen([SDLRUN, *words], cwd=project.folder, env=environment, stdin=end, stdout=end, stderr=end, start_new_session=True,
                                        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0))
        os.close(end)
        self.text = ""
        self.before = termios.tcgetattr(self.main)

    def press(self, keys):
        os.write(self.main, keys)

    def read(self, seconds):
        is_there = bool(select.select([self.main], [], [], seconds)[0])
        if is_there:
            self.text += os.read(self.main, 65536).decode(errors="replace")
        return is_there

    def wait_for(self, words):
        deadline = time.monotonic() + PATIENCE
        while words not in self.text:
            is_over = time.monotonic() > deadline or self.process.poll() is not None
            # What it said at its end is read after that was seen.
            if not self.read(0.1) and is_over:
                raise AssertionError(f"`{words}` was not shown:\n{self.text}")

    def finish(self):
        """Its exit code."""
        deadline = time.monotonic() + PATIENCE
        while self.process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        while self.read(0.05):
            pass
        return self.process.wait(1)

    def close(self):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for descriptor in (self.main, self.end):
            os.close(descriptor)


class QuestionTest(unittest.TestCase):
    def setUp(self):
        self.service = JobServer()
        self.addCleanup(self.service.end)
        self.project = Project()
        self.addCleanup(self.project.close)
        self.project.write("remote.sdl", PIPELINE)

    def begin(self, *words):
        terminal = Terminal(self.project, ["remote.sdl", f"url={self.service.url}", *words])
        self.addCleanup(terminal.close)
        deadline = time.monotonic() + PATIENCE
        while not self.service.jobs and time.monotonic() < deadline:
            terminal.read(0.02)
        self.assertEqual(len(self.service.jobs), 1, terminal.text)
        return terminal

    def check_interrupted(self, terminal, is_left):
        self.assertEqual(terminal.finish(), 130, terminal.text)
        self.assertEqual(len(self.service.jobs), 1 if is_left else 0, terminal.text)
        self.assertEqual(termios.tcgetattr(terminal.main), terminal.before, "the terminal is not as it was")

    def test_left_by_a_key(self):
        terminal = self.begin()
        terminal.press(CONTROL_C)
        terminal.wait_for(QUESTION)
        self.assertIn("step `job`: http.job at ", terminal.text)
        self.assertIn("In 10 s: remove", terminal.text)
        self.assertEqual(len(self.service.jobs), 1, "it goes on while it is asked about")
        terminal.press(b"xl")  # the first says nothing
        self.check_interrupted(terminal, is_left=True)
        self.assertIn("goes on", terminal.text)
        [job] = self.service.jobs.values()
        job["until"] = 0
        done = self.project.run("remote.sdl", f"url={self.service.url}")
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(list(self.service.starts.values()), [1], "the next run takes it up")

    def test_removed_by_a_key_though_the_step_would_leave_it(self):
        terminal = self.begin("stop=leave")
        terminal.press(CONTROL_C)
        terminal.wait_for("In 10 s: leave")
        terminal.press(b"r")
        self.check_interrupted(terminal, is_left=False)

    def test_no_answer_is_what_the_step_says(self):
        terminal = self.begin()
        terminal.press(CONTROL_C)
        terminal.wait_for(STOPPING)
        self.assertIn(QUESTION, terminal.text)
        self.check_interrupted(terminal, is_left=False)

    def test_a_second_one_ends_at_once_and_leaves_it(self):
        terminal = self.begin()
        terminal.press(CONTROL_C)
        terminal.wait_for(QUESTION)
        time.sleep(0.2)  # two within a tenth of a second are one
        terminal.press(CONTROL_C)
        self.check_interrupted(terminal, is_left=True)
        self.assertIn("ending them at once", terminal.text)

    def test_a_job_that_ends_while_it_is_asked_about(self):
        terminal = self.begin()
        terminal.press(CONTROL_C)
        terminal.wait_for(QUESTION)
        [job] = self.service.jobs.values()
        job["until"] = 0
        self.assertEqual(terminal.finish(), 0, terminal.text)
        self.assertEqual(termios.tcgetattr(terminal.main), terminal.before)

    def test_nobody_is_asked_by_another_signal(self):
        terminal = self.begin()
        os.kill(terminal.process.pid, signal.SIGTERM)
        self.check_interrupted(terminal, is_left=False)
        self.assertNotIn(QUESTION, terminal.text)

    def test_nobody_is_asked_without_a_terminal(self):
        process = self.project.start("remote.sdl", f"url={self.service.url}")
        while not self.service.jobs:
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGINT)
        done = self.project.finish(process)
        self.assertEqual(done.code, 130, done.text)
        self.assertEqual(self.service.jobs, {})
        self.assertNotIn(QUESTION, done.text)


if __name__ == "__main__":
    unittest.main()
