"""The same graph for each tool: every step is `touch` of one file, and depends on the files of the steps before it, or on a
source file.

A tool's `write` fills an empty folder; `commands` has the command of each phase it can do, in the order they are run.
"""

import pathlib
import shutil
import subprocess


def inputs_of(graph, step, needs):
    return [f"out/t{need}" for need in dict.fromkeys(needs)] + ([f"src/s{step}"] if graph.has_sources else [])


class Tool:
    name = ""
    version_command = []

    def __init__(self, jobs):
        self.jobs = str(jobs)

    def is_there(self):
        return shutil.which(self.version_command[0]) is not None

    def version(self):
        done = subprocess.run(self.version_command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).splitlines()[0]

    def write(self, folder, graph):
        self.graph = graph
        (folder / "src").mkdir()
        (folder / "out").mkdir()
        for step in range(len(graph)) if graph.has_sources else []:
            (folder / "src" / f"s{step}").write_text(str(step))
        self.write_graph(folder, graph)

    def commands(self):
        plan, run = self.plan_command(), self.run_command()
        return {"plan": plan, "from nothing": run, "nothing to do": run, "one changed": run if self.graph.has_sources else None}

    def change_one(self, folder, round_number):
        if self.graph.has_sources:
            (folder / "src" / "s0").write_text(f"changed {round_number}")


class Sdlrun(Tool):
    name = "sdlrun"

    def __init__(self, jobs, program):
        super().__init__(jobs)
        self.path = str(pathlib.Path(program).resolve())
        self.version_command = [self.path, "--version"]

    def write_graph(self, folder, graph):
        (folder / "sdl.yaml").touch()
        lines = ["pipeline bench {"]
        for step, needs in graph.steps():
            # `-r FILE` lets touch take a file by its path, which the others need not: it costs touch one stat more.
            given = "".join(f', "-r", s{need}.out' for need in dict.fromkeys(needs))
            given += f', "-r", file("src/s{step}")' if graph.has_sources else ""
            lines.append(f'  step s{step} = exec.run {{ command = ["touch", "t{step}"{given}] }} outputs {{ out: file at "t{step}" }}')
        (folder / "bench.sdl").write_text("\n".join(lines) + "\n}\n")

    def plan_command(self):
        return [self.path, "plan", "bench.sdl"]

    def run_command(self):
        return [self.path, "bench.sdl", "-q", "-j", self.jobs]


class Ninja(Tool):
    name = "ninja"
    version_command = ["ninja", "--version"]

    def write_graph(self, folder, graph):
        lines = ["rule touch\n  command = touch $out\n"]
        lines += [f"build out/t{step}: touch {' '.join(inputs_of(graph, step, needs))}" for step, needs in graph.steps()]
        (folder / "build.ninja").write_text("\n".join(lines) + "\n")

    def plan_command(self):
        return ["ninja", "-n"]

    def run_command(self):
        return ["ninja", "--quiet", "-j", self.jobs]


class Make(Tool):
    name = "make"
    version_command = ["make", "--version"]

    def write_graph(self, folder, graph):
        lines = [f"all: {' '.join(f'out/t{step}' for step in range(len(graph)))}"]
        lines += [f"out/t{step}: {' '.join(inputs_of(graph, step, needs))}\n\t@touch $@" for step, needs in graph.steps()]
        (folder / "Makefile").write_text("\n".join(lines) + "\n")

    def plan_command(self):
        return ["make", "-n"]

    def run_command(self):
        return ["make", "--silent", "-j", self.jobs]
