#!/usr/bin/env python3
"""A run on a real terminal: what it shows, how wide, how often, and after a resize; and where there is no terminal."""

import codecs
import fcntl
import json
import os
import pathlib
import re
import select
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

from screen import Screen

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
COLOUR = re.compile(r"\033\[[0-9;]*m")

PIPELINE = """
pipeline shown {
  param word: string = "one"
  param go: string = "/"
  step quick = shell.run { script = "echo ${word}" }
  step slow = shell.run {
    script = '''
      i=0
      while i=$((i + 1)); test $i -le 15 || ! test -e "$GO"; do
        printf 'line %s of the 漢字 and 🙂 that is wider than any window has a right to be, and goes on and on and on and on\\n' "$i"
        sleep 0.1
      done
    '''
  } with { env = { "WORD": word, "GO": go } }
  step busy = shell.run { script = "for i in $(seq 400); do echo $i; sleep 0.001; done" } with { env = { "WORD": word } }
  step last = shell.run { script = "echo last ${word}" } with { after = [slow, busy, quick] }
}
"""


class TerminalTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-terminal-"))
        (self.folder / "shown.sdl").write_text(PIPELINE, encoding="utf-8")
        self.environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "TERM": "xterm-256color", "LANG": "C.UTF-8",
                            "XDG_CACHE_HOME": str(self.folder / "cache")}

    def tearDown(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def command(self, *words):
        return [str(SDLRUN), "shown.sdl", "-j", "4", *words]

    def on_terminal(self, *words, columns=80, rows=24, resizes=(), **variables):
        """Runs on a pty. `resizes` are (after so many redraws, columns, rows)."""
        screen = Screen(columns, rows)
        main, end = os.openpty()
        self.set_size(main, columns, rows)
        started = time.monotonic()
        process = subprocess.Popen(self.command(*words), cwd=self.folder, env=self.environment | variables, stdin=end, stdout=end,
                                   stderr=end, start_new_session=True)
        os.close(end)
        raw, resizes = b"", list(resizes)
        decoder = codecs.getincrementaldecoder("utf-8")()
        while True:
            ready, _, _ = select.select([main], [], [], 60)
            self.assertTrue(ready, "nothing was shown for a minute")
            try:
                piece = os.read(main, 65536)
            except OSError:  # the other end is closed
                break
            if not piece:
                break
            raw += piece
            screen.write(decoder.decode(piece))
            # Just after a redraw: the next is a tenth of a second away.
            if resizes and screen.redraws >= resizes[0][0] and not select.select([main], [], [], 0)[0]:
                _, columns, rows = resizes.pop(0)
                self.set_size(main, columns, rows)
                os.killpg(process.pid, signal.SIGWINCH)
                screen.resize(columns, rows)
                if not resizes:
                    (self.folder / "go").touch()
        self.assertEqual(process.wait(), 0, raw.decode(errors="replace"))
        os.close(main)
        self.assertEqual(resizes, [], "the run was over before all resizes")
        return screen, raw.decode(), time.monotonic() - started

    @staticmethod
    def set_size(descriptor, columns, rows):
        fcntl.ioctl(descriptor, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def check_what_stays(self, screen):
        """One line a step and the end; nothing of what was redrawn."""
        stays = [line for line in screen.lines if line]
        self.assertEqual(sorted(line.split()[1] for line in stays[:4]), ["busy", "last", "quick", "slow"], stays)
        self.assertTrue(all(line.startswith("✓") for line in stays[:4]), stays)
        self.assertRegex(stays[4], r"^✓ shown done in \S+: 4 ran, 0 cached$")
        self.assertEqual(len(stays), 5, stays)
        self.assertTrue(screen.cursor_is_shown)

    def test_running_steps_and_finished_ones(self):
        screen, text, elapsed = self.on_terminal(columns=60)
        self.check_what_stays(screen)
        plain = COLOUR.sub("", text)
        self.assertRegex(plain, r"▸ slow +\d+s +line \d+ of the 漢字 and 🙂")
        self.assertRegex(plain, r"\d of 4 done · \d running · \d+s")
        self.assertNotRegex(plain, "left", "nothing was measured yet")
        self.assertRegex(text, COLOUR)
        for used, columns in screen.widest:
            self.assertLess(used, columns)
        # Redrawn ten times a second at most, though one step prints a thousand lines a second; and at the end.
        self.assertGreater(screen.redraws, 3)
        self.assertLessEqual(screen.redraws, 10 * elapsed + 2)

    def test_an_output_that_is_a_secret_is_shown_here_and_nowhere_else(self):
        (self.folder / "shown.sdl").write_text(
            'pipeline shown {\n  secret token = env("TOKEN")\n  step quick = shell.run { script = "true" }\n'
            '  output link = "http://host/?token=${token}"\n}\n')
        screen, _, _ = self.on_terminal(TOKEN="hunter2")
        self.assertIn("  link  http://host/?token=hunter2", screen.lines)
        kept = b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())
        self.assertNotIn(b"hunter2", kept)

    def test_small_windows(self):
        for columns, rows in ((20, 24), (3, 24), (1, 24), (40, 4), (40, 2)):
            with self.subTest(columns=columns, rows=rows):
                screen, _, _ = self.on_terminal(f"word={columns}x{rows}", columns=columns, rows=rows)
                for used, there in screen.widest:
                    self.assertLessEqual(used, max(there - 1, 1))
                self.check_what_stays(screen)

    def test_resizes(self):
        screen, _, _ = self.on_terminal(f"go={self.folder}/go", columns=100, resizes=[(3, 40, 20), (6, 30, 24), (9, 120, 24)])
        self.check_what_stays(screen)
        self.assertIn((True, 120), {(used < there, there) for used, there in screen.widest})

    def test_no_color(self):
        screen, text, _ = self.on_terminal(NO_COLOR="1")
        self.check_what_stays(screen)
        self.assertNotRegex(text, COLOUR)

    def test_estimate_on_the_second_run(self):
        self.on_terminal()
        _, text, _ = self.on_terminal("word=two")
        self.assertRegex(COLOUR.sub("", text), r"\d of 4 done · \d running · \d+s · (about \d+s left|longer than usual)")
        done = subprocess.run(self.command("word=three", "--json"), cwd=self.folder, env=self.environment, capture_output=True, check=True)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        estimates = [event for event in events if event["event"] == "run_estimated"]
        self.assertTrue(estimates)
        self.assertLess(0, estimates[0]["remaining_ms"])
        self.assertEqual(estimates[0]["unmeasured"], 0)
        self.assertTrue(all(0 < estimate["steps_left"] <= 4 for estimate in estimates))

    def test_plain_lines_without_a_terminal(self):
        done = subprocess.run(self.command(), cwd=self.folder, env=self.environment, capture_output=True, text=True, check=True)
        self.assertNotIn("\033", done.stdout + done.stderr)
        self.assertEqual([line.split()[:2] for line in done.stdout.splitlines() if "slow" in line], [["▸", "slow"], ["✓", "slow"]])
        screen, text, _ = self.on_terminal("word=dumb", TERM="dumb")
        self.assertNotIn("\033", text)
        self.assertEqual(screen.redraws, 0)


if __name__ == "__main__":
    sys.exit(unittest.main())
