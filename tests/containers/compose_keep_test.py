#!/usr/bin/env python3
"""compose.up with `keep = false`: the stack goes with the run, however that ends: `compose_keep_test.py v1` or `v2`."""

import os
import signal

from compose_case import ComposeCase, main, service, services

IDLE = service("idle", ["sleep", "1000"], stop_grace_period="0s")
SLOW = service("slow", ["sleep", "1000"], healthcheck={"test": ["CMD", "false"], "interval": "1s", "retries": 1000}, stop_grace_period="0s")


class KeepTest(ComposeCase):
    def text(self, last='step look = exec.run { command = ["docker", "--version"] } with { after = [up] }'):
        return self.up_step("keep = false") + "\n " + last

    def is_gone(self):
        self.assertEqual(self.docker.run("ps", "-aq"), "")
        self.assertEqual(self.docker.run("network", "ls", "-q", "--filter", "type=custom"), "")
        self.assertEqual([path.name for path in (self.project.folder / ".sdl/closings").iterdir()], [])

    def test_after_success(self):
        self.write(services(IDLE))
        done = self.run_pipeline(self.text())
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("taking away the Compose project `shop`", done.text)
        self.is_gone()
        # What Compose printed on the way is in the step's log.
        log = self.project.run("log", "p.sdl", "up", **self.variables()).text
        self.assertIn("shop_default", log.strip().splitlines()[-1])
        self.assertEqual(self.run_pipeline(self.text()).outcomes(), {"up": "ran", "look": "cached"})
        self.is_gone()

    def test_after_failure(self):
        self.write(services(IDLE))
        done = self.run_pipeline(self.text('step look = exec.run { command = ["docker", "no-such-word"] } with { after = [up] }'))
        self.assertEqual(done.outcomes(), {"up": "ran", "look": "failed"})
        self.is_gone()
        self.write(services(IDLE, service("sick", ["sh", "-c", "echo I am sick; exit 3"])))
        self.assertIn("I am sick", self.error_of(self.run_pipeline(self.text())))
        self.is_gone()

    def test_after_ctrl_c(self):
        self.write(services(IDLE, SLOW))
        process = self.start_pipeline(self.text())
        self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "slow is starting" in event["text"])
        process.send_signal(signal.SIGINT)
        done = self.project.finish(process)
        self.assertEqual(done.code, 130, done.text)
        self.is_gone()

    def test_after_a_kill_by_the_next_run(self):
        self.write(services(IDLE, SLOW))
        process = self.start_pipeline(self.text())
        self.project.start_until(process, lambda event: event["event"] == "step_progressed" and "slow is starting" in event["text"])
        os.kill(self.project.engine_of(process), signal.SIGKILL)
        process.communicate()
        self.assertEqual(self.project.wait_for_no_processes(), [])
        self.assertEqual(set(self.containers()), {"idle", "slow"})
        refused = self.project.run("clean", "--yes", **self.variables())
        self.assertNotEqual(refused.code, 0)
        self.assertIn("the Compose project `shop`", refused.text)
        done = self.run_pipeline('step other = exec.run { command = ["docker", "--version"] }')
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("taking away the Compose project `shop`", done.text)
        self.is_gone()

    def test_an_engine_that_has_gone(self):
        """Then it is told, and the next run tries again."""
        self.write(services(IDLE))
        waits = f'["/bin/sh", "-c", "until [ -e $1 ]; do /bin/sleep 0.1; done", "sh", "{self.project.folder}/go"]'
        process = self.start_pipeline(self.up_step("keep = false") + "\n step look = exec.run { command = " + waits + " } with { after = [up] }")
        self.project.start_until(process, lambda event: event["event"] == "step_started" and event["step"] == "look")
        self.docker.stop()
        self.project.write("go", "")
        try:
            done = self.project.finish(process)
        finally:
            self.docker.start()
        self.assertEqual(done.code, 0, done.text)
        self.assertIn("could not be taken away", done.text)
        self.assertIn("the next run here tries again", done.text)
        self.assertEqual(self.run_pipeline('step other = exec.run { command = ["docker", "--version"] }').code, 0)
        self.is_gone()


if __name__ == "__main__":
    main()
