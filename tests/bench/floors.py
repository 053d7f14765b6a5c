"""What no tool can be faster than: the same commands started in a loop, a look at the same files, a flow graph of nothing."""

import pathlib
import subprocess

from tools import Tool


def build_floors(folder):
    program = folder / "floors"
    subprocess.run(["g++", "-O2", "-std=c++20", str(pathlib.Path(__file__).parent / "floors.cpp"), "-o", str(program), "-ltbb"], check=True)
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


class FlowGraph(Floor):
    name = "flow graph"

    def version(self):
        return "what oneTBB's flow graph alone takes of `from nothing`: the same graph, read from a file, of empty nodes"

    def write_graph(self, folder, graph):
        (folder / "graph").write_text("".join(" ".join(map(str, dict.fromkeys(needs))) + "\n" for _, needs in graph.steps()))

    def commands(self):
        return {"from nothing": [self.path, "flow", "graph"]}


class Stat(Floor):
    name = "stat"

    def version(self):
        return "floor of `nothing to do`: stat of the same files in a loop"

    def write_graph(self, folder, graph):
        for step in range(len(graph)):
            (folder / "out" / f"t{step}").touch()

    def commands(self):
        return {"nothing to do": [self.path, "stat", str(len(self.graph))]}
