#!/usr/bin/env python3
"""Ten steps that print more than a hundred megabytes, all at once: the logs are whole, and the engine needs no more memory for
it than for little output."""

import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
STEPS = 10
LINE = 100
MIB = 1024 * 1024

# `peak` reads what its parent, the engine, has needed at most when all others have printed.
PIPELINE = """
pipeline loud {
  param lines: int
  step talk[i in range(10)] = exec.run { command = ["python3", file("print.py"), "${i}", "${lines}"] }
  step peak = shell.run { script = "grep VmHWM /proc/$PPID/status" } outputs { kib: int at stdout matching "([0-9]+) kB" }
    with { after = talk, cache = "off" }
}
"""

# To both streams, in pieces that no line and no read ends with, some of it in one endless line.
PRINT = f"""
import os, sys
number, lines = int(sys.argv[1]), int(sys.argv[2])
def text():
    for line in range(lines):
        content = f"{{number}} {{line}} ".ljust({LINE} - 1, "abcdefghij"[number])
        yield content + (" " if line % 1000 > 900 else "\\n")
piece = ""
stream = 1
for line in text():
    piece += line
    if len(piece) > 70_001:
        data = piece[:70_001].encode()
        while data:
            data = data[os.write(stream, data):]
        piece = piece[70_001:]
        stream = 3 - stream
sys.stdout.write(piece)
"""


def expected_digest(number, lines):
    digest = hashlib.sha256()
    for line in range(lines):
        content = f"{number} {line} ".ljust(LINE - 1, "abcdefghij"[number])
        digest.update((content + (" " if line % 1000 > 900 else "\n")).encode())
    return digest.hexdigest()


class OutputTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-output-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "sdl.yaml").touch()
        (self.folder / "loud.sdl").write_text(PIPELINE)
        (self.folder / "print.py").write_text(PRINT)

    def peak(self, lines):
        """In bytes; and the logs of the run are looked at."""
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8"}
        words = [str(SDLRUN), "loud.sdl", f"lines={lines}", "-j", str(STEPS)]
        done = subprocess.run(words, cwd=self.folder, env=environment, capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        run = max((self.folder / ".sdl" / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)
        for number in range(STEPS):
            log = run / f"talk[{number}].log"
            with open(log, "rb") as file:
                self.assertEqual(hashlib.file_digest(file, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else
                                 hashlib.sha256(file.read()).hexdigest(), expected_digest(number, lines), log)
            times = [line.split() for line in (run / f"talk[{number}].log.times").read_text().splitlines()]
            offsets = [int(offset) for offset, _ in times]
            self.assertEqual(offsets[0], 0)
            self.assertEqual(offsets, sorted(offsets))
            self.assertLess(offsets[-1], lines * LINE)
        return int(re.search(r"kib = (\d+)", done.stdout)[1]) * 1024

    def test_output_does_not_stay_in_memory(self):
        little = self.peak(1_000)
        much = self.peak(105_000 * MIB // 1_000_000)
        # 105 MiB more were printed, by eleven MiB each. What the engine holds of it are pieces of 64 KiB.
        self.assertLess(much - little, 8 * MIB)


if __name__ == "__main__":
    sys.exit(unittest.main())
