"""What no tool can be faster than: the same commands started in a loop, and a look at the same files."""

import pathlib
import subprocess

from tools import Tool


def build_floors(folder):
    program = folder / "floors"
    subprocess.run(["g++", "-O2", "-std=c++20", str(pathlib.Path(__file__).parent / "floors.cpp"), "-o", str(program)], check=True)
    return str(program)


class Floor(Tool):
    def __init__(self, jobs, program):
        super().__init__(jobs)
        self.path = program

    def is_there(self):
        return True

    def write_graph(self, folder, graph):
        pass


class Spawn(Floor):
    name = "posix_spawn"

    def version(self):
        return "floor of `from nothing`: posix_spawn of the same commands in a loop, so many at once"

    def commands(self):
        return {"from nothing": [self.path, "spawn", str(len(self.graph)), self.jobs]}


class Stat(Floor):
    name = "stat"

    def version(self):
        return "floor of `nothing to do`: stat of the same files in a loop"

    def write_graph(self, folder, graph):
        (folder / "out").mkdir()

    def forget(self, folder):
        for step in range(len(self.graph)):
            (folder / "out" / f"t{step}").touch()

    def commands(self):
        return {"nothing to do": [self.path, "stat", str(len(self.graph))]}
