#!/usr/bin/env python3
"""Runs the bench with a few steps and reads its tables: each graph, each phase, each tool that is there."""
import argparse
import pathlib
import re
import subprocess
import sys
import unittest

from graphs import GRAPHS
from tools import Make, Ninja, Sdlrun

choices = None


class BenchTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.text = subprocess.run([sys.executable, str(pathlib.Path(__file__).with_name("run")), "--sdlrun", choices.sdlrun, "--steps", "103", "--rounds", "1"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True).stdout

    def table(self, graph):
        part = self.text.split(f"### {graph}, 103 steps")[1].split("###")[0]
        return {tuple(cell.strip() for cell in line.split("|")[1:3]) for line in part.splitlines() if re.search(r"\d s \|", line)}

    def test_every_graph_has_a_table_with_every_phase_of_every_tool(self):
        there = [tool.name for tool in (Sdlrun(1, choices.sdlrun), Ninja(1), Make(1)) if tool.is_there()]
        self.assertIn("sdlrun", there)
        for graph in GRAPHS:
            phases = ["plan", "from nothing", "nothing to do"] + (["one changed"] if graph == "sources" else [])
            expected = {(phase, tool) for phase in phases for tool in there}
            expected |= {("from nothing", "posix_spawn"), ("from nothing", "flow graph"), ("nothing to do", "stat")}
            self.assertEqual(self.table(graph), expected, graph)

    def test_layers_have_two_dependencies_a_step(self):
        self.assertEqual({len(set(needs)) for needs in GRAPHS["layered"](1000).needs[100:]}, {2})


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sdlrun", required=True)
    choices, rest = parser.parse_known_args()
    unittest.main(argv=[sys.argv[0], *rest])
