#!/usr/bin/env python3
"""2 GiB of layers, built, pushed and pulled, with the engine's memory under 200 MiB."""

import os
import pathlib
import random
import unittest

from fixture import ImageCase, layout_of, main, manifest_of
from servers import Registry

MOST_MEMORY = 200 << 20
SIZE = 2 << 30


def peak_memory(process):
    """The most that any process below this one has held, its guardian's and engine's, in bytes: as Linux counts it."""
    peak = 0
    waiting = [process.pid]
    while waiting:
        pid = waiting.pop()
        try:
            status = pathlib.Path(f"/proc/{pid}/status").read_text()
            waiting += [int(child) for child in pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        except OSError:
            continue
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peak = max(peak, int(line.split()[1]) * 1024)
    return peak


class LargeTest(ImageCase):
    def write_large(self, path):
        # Does not compress, and is quickly made.
        pieces = [os.urandom(1 << 20) for _ in range(16)]
        chance = random.Random(1)
        with open(path, "wb") as file:
            for _ in range(SIZE >> 20):
                file.write(chance.choice(pieces))

    def watched(self, text, project=None):
        process = self.start_pipeline(text, project=project)
        peaks = []
        for line in iter(process.stdout.readline, ""):
            peaks.append(peak_memory(process))
            if '"run_finished"' in line:
                break
        done = self.finish(process, project)
        self.assertEqual(done.code, 0, done.text)
        # The last look comes when all has been done: Linux remembers the most that there was.
        self.assertGreater(max(peaks), 5 << 20)
        self.assertLess(max(peaks), MOST_MEMORY)

    def test_2_gib(self):
        registry = self.enter(Registry())
        self.write_large(self.project.folder / "large")
        name = f"{registry.host}/team/large:1"
        self.watched(f'step image = image.build {{ files = {{ "/large": file("large") }} }}\n output layout = image.image.layout\n'
                     f'step pushed = image.push {{ image = image.image, repository = "{name}" }}')
        digest = manifest_of(layout_of(self.project))[1]
        self.assertEqual(registry.digest("team/large", "1"), digest)
        other = self.new_project()
        self.watched(f'step pulled = image.pull {{ reference = "{name}" }}\n output layout = pulled.image.layout', other)
        self.assertEqual(manifest_of(layout_of(other))[1], digest)


if __name__ == "__main__":
    main()
