#!/usr/bin/env python3
"""Few open files, few processes, little memory: steps wait for what is not free, and a run that cannot go on says so."""

import os
import pathlib
import resource
import shutil
import signal
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
NOBODY = 65534
STEPS = 60

# Each takes all the descriptors that a step may: for what it prints, and for what is read from that.
PIPELINE = f"""
pipeline many {{
  param seconds: float = 0.1
  step each[i in range({STEPS})] = shell.run {{ script = "echo ${{i}}; sleep ${{seconds}}; echo ${{i}} > out; echo begun > /dev/stderr" }}
    outputs {{ out: file at "out", number: int at stdout }}
  output sum = sum([each[i].number for i in range({STEPS})])
}}
"""


class LimitsTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-limits-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "sdl.yaml").touch()
        (self.folder / "many.sdl").write_text(PIPELINE)
        self.program = SDLRUN

    def start(self, limit, most, *words, **more):
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        return subprocess.Popen([self.program, *words], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                preexec_fn=lambda: resource.setrlimit(limit, (most, most)), **more)

    def run_with(self, limit, most, *words, **more):
        process = self.start(limit, most, *words, **more)
        try:
            return process, process.communicate(timeout=300)[0]
        finally:
            process.kill()

    def assert_told(self, process, text):
        """It has gone well, or said why not; it was not ended by a signal, nor by a library's word alone."""
        self.assertIn(process.returncode, (0, 1, 3), text)
        if process.returncode == 3:
            self.assertIn("error: ", text)
            self.assertIn("hint: ", text)

    def test_steps_wait_for_descriptors(self):
        for most in (64, 100, 200):
            with self.subTest(most):
                process, text = self.run_with(resource.RLIMIT_NOFILE, most, "many.sdl", "-j", str(STEPS))
                self.assertEqual(process.returncode, 0, text)
                self.assertIn(str(sum(range(STEPS))), text)
                shutil.rmtree(self.folder / ".sdl")

    def test_steps_that_wait_are_not_begun_after_an_interrupt(self):
        process = self.start(resource.RLIMIT_NOFILE, 64, "many.sdl", "seconds=50.0", "-j", str(STEPS))
        logs = self.folder / ".sdl" / "runs"
        for _ in range(600):
            if process.poll() is not None or list(logs.rglob("*.log")):
                break
            time.sleep(0.05)
        time.sleep(0.5)
        process.send_signal(signal.SIGINT)
        text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, 130, text)
        begun = [log for log in logs.rglob("*.log") if log.stat().st_size > 0]
        self.assertLess(len(begun), STEPS / 2, text)

    def test_too_few_files_to_work_with(self):
        for words in (("many.sdl",), ("plan", "many.sdl")):
            process, text = self.run_with(resource.RLIMIT_NOFILE, 16, *words)
            self.assertEqual(process.returncode, 3, text)
            self.assertIn("error: only 16 files may be open at once here, and a run needs 64\nhint: raise the limit: `ulimit -n 1024`", text)
        process, text = self.run_with(resource.RLIMIT_NOFILE, 16, "check", "many.sdl")
        self.assertEqual(process.returncode, 0, text)

    @unittest.skipIf(os.geteuid() != 0, "only root can become a user with no other processes")
    def test_few_processes(self):
        self.program = self.folder / "sdlrun"
        shutil.copy2(SDLRUN, self.program)
        for path in (self.folder, *self.folder.rglob("*")):
            os.chown(path, NOBODY, NOBODY)
        codes = set()
        for most in range(2, 26):
            with self.subTest(most):
                process, text = self.run_with(resource.RLIMIT_NPROC, most, "many.sdl", "seconds=0.0", "-j", "4", user=NOBODY, group=NOBODY, extra_groups=[])
                self.assert_told(process, text)
                codes.add(process.returncode)
        self.assertIn(3, codes)

    def test_an_engine_that_is_killed(self):
        """As the kernel does where memory has run out: its guardian says so, and ends as it did."""
        process = self.start(resource.RLIMIT_CORE, 0, "many.sdl", "seconds=50.0")
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children")
        while not (self.folder / ".sdl" / "runs").exists() and process.poll() is None:
            time.sleep(0.05)
        os.kill(int(children.read_text().split()[0]), signal.SIGKILL)
        text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, -signal.SIGKILL)
        self.assertIn("error: sdlrun was ended by signal 9 (SIGKILL); what was recorded stays\nhint: run the same command again to go on", text)
        listed = self.run_with(resource.RLIMIT_CORE, 0, "runs")[1]  # how long it took, and what it did, nobody knows
        self.assertRegex(listed.splitlines()[1], r" (running or killed|crashed) +sdlrun many\.sdl seconds=50\.0$")

    def test_little_address_space(self):
        for mebibytes in range(100, 201, 20):
            with self.subTest(mebibytes):
                process, text = self.run_with(resource.RLIMIT_AS, mebibytes << 20, "many.sdl", "seconds=0.0", "-j", "4")
                self.assert_told(process, text)


if __name__ == "__main__":
    unittest.main()
