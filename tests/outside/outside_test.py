#!/usr/bin/env python3
"""Exactly once outside, with the real program and a real server: the engine is killed before, in and after each message."""

import json
import os
import pathlib
import random
import signal
import sys
import time
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from job_server import JobServer  # noqa: E402
from project import Project  # noqa: E402

PHASES = ["before", "after", "answered"]

PIPELINE = """
pipeline remote {
  param url: string
  param body: string = "{\\"seconds\\": 0.06}"
  param stop: enum("remove", "leave") = "remove"
  step job = http.job {
    url = url
    body = body
    poll = 25ms
    when_stopped = stop
  } outputs { rows: int at stdout matching "\\"rows\\": ([0-9]+)" } with { retry = { attempts: ATTEMPTS, backoff: 1ms }, timeout = TIMEOUT, cache = "CACHE" }
  step double = shell.run { script = '''echo "$ROWS" > twice''' } outputs { twice: file at "twice" } with { env = { "ROWS": "${job.rows * 2}" } }
  output rows = job.rows
  output twice = double.twice
}
"""


class OutsideTest(unittest.TestCase):
    def setUp(self):
        self.service = JobServer()
        self.addCleanup(self.service.end)
        self.project = self.new_project()

    def new_project(self, attempts=1, timeout="1m", cache="on"):
        project = Project()
        self.addCleanup(project.close)
        text = PIPELINE.replace("ATTEMPTS", str(attempts)).replace("TIMEOUT", timeout)
        project.write("remote.sdl", text.replace(', cache = "CACHE"', "" if cache == "on" else f', cache = "{cache}"'))
        return project

    def words(self, **params):
        return ["remote.sdl", f"url={self.service.url}", *(f"{name}={value}" for name, value in params.items()), "--json"]

    def run_it(self, project=None, **params):
        return (project or self.project).run(*self.words(**params))

    def kill_at(self, process, project, moment):
        """Lets the server kill the engine at a moment: (message from now on, phase)."""
        first = self.service.messages
        engine = []

        def disturb(number, phase):
            if (number - first, phase) != moment or engine:
                return False
            engine.append(project.engine_of(process))
            os.kill(engine[0], signal.SIGKILL)
            return True

        self.service.disturb = disturb
        return engine

    def killed(self, project, moment, **params):
        """A run that is killed at the moment; False where it ended before."""
        with self.service.lock:  # nothing is asked before we know whom to kill
            process = project.start(*self.words(**params))
            while not pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text() and process.poll() is None:
                time.sleep(0.002)
            engine = self.kill_at(process, project, moment)
        finished = project.finish(process)
        self.service.disturb = lambda number, phase: False
        self.assertIn(finished.code, [0, 1, 137, -9] if engine else [0, 1], finished.text)
        return bool(engine)

    def check_each_name_started_once(self, moment=None):
        self.assertTrue(self.service.starts, moment)
        self.assertEqual(set(self.service.starts.values()), {1}, (moment, self.service.starts))

    def output_of(self, project):
        return (project.folder / "out/remote/twice").read_text()

    def assert_done(self, done):
        self.assertEqual(done.code, 0, done.text)

    def wait_until(self, holds, process):
        deadline = time.monotonic() + 300
        while not holds():
            self.assertLess(time.monotonic(), deadline)
            self.assertIsNone(process.poll(), "the run has ended")
            time.sleep(0.01)

    # ---- killed ----

    def kill_at_every_moment(self, attempts, expected_names, **params):
        """For every message and phase: a run killed there, then others until it is done."""
        undisturbed = self.new_project(attempts)
        self.assert_done(self.run_it(undisturbed, **params))
        expected = self.output_of(undisturbed)
        message, moments = 1, 0
        while True:
            for phase in PHASES:
                project = self.new_project(attempts)
                self.service.bodies.clear()
                self.service.starts.clear()
                was_killed = self.killed(project, (message, phase), **params)
                self.assert_done(self.run_it(project, **params))
                self.check_each_name_started_once((message, phase))
                self.assertEqual(len(self.service.starts), expected_names, (message, phase))
                self.assertEqual(self.output_of(project), expected)
                self.assertEqual(self.open_records(project), [])
                moments += was_killed
                project.close()
                if not was_killed:
                    return moments
            message += 1

    def open_records(self, project):
        records = [json.loads(path.read_text()) for path in sorted((project.folder / ".sdl/outside").glob("*.json"))]
        return [record for record in records if record["state"] != "settled"]

    def test_killed_between_any_two_messages(self):
        self.assertGreaterEqual(self.kill_at_every_moment(1, 1), 9)

    def test_killed_between_any_two_messages_of_a_job_that_fails_first(self):
        body = '{"seconds": 0, "ends": ["failed", "succeeded"]}'
        # Killed after the failure was seen, and before it was recorded, it is seen again: there may be no third name.
        self.assertGreaterEqual(self.kill_at_every_moment(3, 2, body=body), 15)

    def test_killed_again_and_again(self):
        dice = random.Random(7)
        for _ in range(6):
            project = self.new_project()
            self.service.starts.clear()
            moments = [(dice.randint(1, 4), dice.choice(PHASES)) for _ in range(4)]
            for moment in moments:
                self.killed(project, moment)
            self.assert_done(self.run_it(project))
            self.check_each_name_started_once(moments)
            self.assertEqual(len(self.service.starts), 1, moments)
            project.close()

    # ---- a network that is not to be trusted ----

    def test_the_answer_to_the_start_is_lost(self):
        self.service.disturb = lambda number, phase: (number, phase) == (2, "after")
        self.assert_done(self.run_it())
        self.check_each_name_started_once()
        self.assertEqual(len(self.service.starts), 1)

    def test_every_other_answer_is_lost(self):
        self.service.disturb = lambda number, phase: number % 2 == 0 and phase == "after"
        self.assert_done(self.run_it())
        self.check_each_name_started_once()

    def test_a_slow_server(self):
        self.service.delay = 0.2
        self.assert_done(self.run_it())
        self.check_each_name_started_once()

    def test_a_server_that_is_restarted(self):
        process = self.project.start(*self.words(body='{"seconds": 1}'))
        self.wait_until(lambda: self.service.starts, process)
        self.service.end()
        time.sleep(0.5)
        self.service.begin()
        self.assert_done(self.project.finish(process))
        self.check_each_name_started_once()

    # ---- what is told ----

    def test_plan_and_explain_name_what_is_adopted(self):
        self.killed(self.project, (2, "answered"), body='{"seconds": 0.1}')
        name = next(iter(self.service.starts))
        words = ["remote.sdl", f"url={self.service.url}", 'body={"seconds": 0.1}']
        plan = self.project.run("plan", *words).text
        self.assertRegex(plan, rf"adopts `{name}`, (which may have been )?started by run \d+")
        self.assertIn(name, self.project.run("explain", *words, "job").text)
        self.assertIn(name, self.project.run("runs").text)
        self.assert_done(self.run_it(body='{"seconds": 0.1}'))
        self.assertNotIn(name, self.project.run("plan", *words).text)
        self.assertNotIn(name, self.project.run("runs").text)

    def test_what_nobody_takes_over_is_told_and_not_removed(self):
        self.killed(self.project, (3, "answered"), body='{"seconds": 60}')
        name = next(iter(self.service.starts))
        done = self.run_it(body='{"seconds": 0}')
        self.assert_done(done)
        self.assertIn(name, done.text)
        self.assertIn("whose inputs have changed since", done.text)
        self.assertIn(name, self.service.jobs)
        refused = self.project.run("clean", "--yes")
        self.assertNotEqual(refused.code, 0, refused.text)
        self.assertIn(name, refused.text)
        forgotten = self.project.run("clean", "--outside", name)
        self.assertEqual(forgotten.code, 0, forgotten.text)
        self.assertNotIn(name, self.run_it(body='{"seconds": 0}').text)
        done = self.project.run("clean", "--yes")
        self.assertEqual(done.code, 0, done.text)

    def test_what_the_service_refuses_leaves_nothing_behind(self):
        self.service.refuses = True
        done = self.run_it()
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("422", done.text)
        self.assertEqual(self.open_records(self.project), [])
        self.service.refuses = False
        self.assert_done(self.run_it())
        self.check_each_name_started_once()

    # ---- the end of the step ----

    def interrupted(self, stop, **params):
        process = self.project.start(*self.words(stop=stop, body='{"seconds": 60}', **params))
        self.wait_until(lambda: self.service.starts and self.service.messages >= 4, process)
        process.send_signal(signal.SIGINT)
        finished = self.project.finish(process)
        self.assertEqual(finished.code, 130, finished.text)
        return finished

    def test_an_interrupted_job_is_removed(self):
        self.interrupted("remove")
        self.assertEqual(self.service.jobs, {})
        self.assertEqual(self.open_records(self.project), [])

    def test_an_interrupted_job_may_be_left_and_is_taken_over(self):
        finished = self.interrupted("leave")
        name = next(iter(self.service.jobs))
        self.assertIn(name, finished.text)
        self.service.jobs[name]["until"] = 0
        self.assert_done(self.run_it(stop="leave", body='{"seconds": 60}'))
        self.check_each_name_started_once()
        self.assertEqual(len(self.service.starts), 1)

    def test_a_job_that_takes_too_long_is_removed_before_another_is_started(self):
        project = self.new_project(attempts=2, timeout="4s")
        done = self.run_it(project, body='{"seconds": 60}')
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("timed out", done.text)
        self.assertEqual(self.service.jobs, {})
        self.check_each_name_started_once()
        self.assertEqual(len(self.service.starts), 2)

    def test_without_a_cache_each_run_has_a_job_of_its_own(self):
        project = self.new_project(cache="off")
        for _ in range(2):
            self.assert_done(self.run_it(project))
        self.check_each_name_started_once()
        self.assertEqual(len(self.service.starts), 2)

    def test_a_job_that_is_gone_is_not_started_unasked(self):
        self.killed(self.project, (3, "answered"), body='{"seconds": 60}')
        self.service.jobs.clear()
        done = self.run_it(body='{"seconds": 60}')
        self.assertEqual(done.code, 1, done.text)
        self.assertIn("is gone", done.text)
        self.check_each_name_started_once()
        self.assertEqual(len(self.service.starts), 1)


if __name__ == "__main__":
    unittest.main()
