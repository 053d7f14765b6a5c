"""The same graph for each tool: every step is `touch` of one file, and depends on the files of the steps before it.

A tool's `write` fills an empty folder; `command` runs all there is to run; `forget` brings back the state before the first run.
"""

import pathlib
import shutil
import subprocess


class Tool:
    name = ""
    version_command = []

    def __init__(self, jobs):
        self.jobs = str(jobs)

    def program(self):
        return self.version_command[0]

    def is_there(self):
        return shutil.which(self.program()) is not None

    def version(self):
        done = subprocess.run(self.version_command, capture_output=True, text=True, check=False)
        return (done.stdout or done.stderr).splitlines()[0]

    def forget(self, folder):
        shutil.rmtree(folder / "out", ignore_errors=True)
        (folder / "out").mkdir()


class Sdlrun(Tool):
    name = "sdlrun"

    def __init__(self, jobs, program):
        super().__init__(jobs)
        self.path = str(pathlib.Path(program).resolve())
        self.version_command = [self.path, "--version"]

    def write(self, folder, graph):
        (folder / "sdl.yaml").touch()
        lines = ["pipeline bench {"]
        for step, needs in enumerate(graph):
            # `-r FILE` lets touch take a file by its path, as the others do: it costs touch one stat more.
            given = "".join(f', "-r", s{need}.out' for need in dict.fromkeys(needs))
            lines.append(f'  step s{step} = exec.run {{ command = ["touch", "t{step}"{given}] }} outputs {{ out: file at "t{step}" }}')
        (folder / "bench.sdl").write_text("\n".join(lines) + "\n}\n")

    def command(self):
        return [self.path, "bench.sdl", "-q", "-j", self.jobs]

    def forget(self, folder):
        shutil.rmtree(folder / ".sdl", ignore_errors=True)


class Ninja(Tool):
    name = "ninja"
    version_command = ["ninja", "--version"]

    def write(self, folder, graph):
        lines = ["rule touch\n  command = touch $out\n"]
        for step, needs in enumerate(graph):
            lines.append(f"build out/t{step}: touch {' '.join(f'out/t{need}' for need in needs)}")
        (folder / "build.ninja").write_text("\n".join(lines) + "\n")

    def command(self):
        return ["ninja", "--quiet", "-j", self.jobs]

    def forget(self, folder):
        super().forget(folder)
        for name in (".ninja_log", ".ninja_deps"):
            (folder / name).unlink(missing_ok=True)


class Make(Tool):
    name = "make"
    version_command = ["make", "--version"]

    def write(self, folder, graph):
        lines = [f"all: {' '.join(f'out/t{step}' for step in range(len(graph)))}"]
        for step, needs in enumerate(graph):
            lines.append(f"out/t{step}: {' '.join(f'out/t{need}' for need in needs)}\n\t@touch $@")
        (folder / "Makefile").write_text("\n".join(lines) + "\n")

    def command(self):
        return ["make", "--silent", "-j", self.jobs]


class GoTask(Tool):
    name = "go-task"
    version_command = ["task", "--version"]

    def write(self, folder, graph):
        lines = ["version: '3'", "silent: true", "tasks:"]
        lines += ["  default:", "    deps: [" + ", ".join(f"s{step}" for step in range(len(graph))) + "]"]
        for step, needs in enumerate(graph):
            lines += [f"  s{step}:", "    run: once", "    deps: [" + ", ".join(f"s{need}" for need in needs) + "]", f"    cmds: [touch out/t{step}]",
                      f"    generates: [out/t{step}]", "    sources: [" + ", ".join(f"out/t{need}" for need in needs) + "]"]
        (folder / "Taskfile.yml").write_text("\n".join(lines) + "\n")

    def command(self):
        return ["task", "--concurrency", self.jobs]

    def forget(self, folder):
        super().forget(folder)
        shutil.rmtree(folder / ".task", ignore_errors=True)


class Spawn(Tool):
    """The floor: posix_spawn of the same commands in a loop, so many at once, and nothing else."""

    name = "spawn"

    def __init__(self, jobs, build_folder):
        super().__init__(jobs)
        self.path = build_folder / "spawn_loop"
        source = pathlib.Path(__file__).parent / "spawn_loop.cpp"
        if not self.path.exists() or self.path.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(["g++", "-O2", "-std=c++20", str(source), "-o", str(self.path)], check=True)

    def is_there(self):
        return True

    def version(self):
        return "posix_spawn in a loop"

    def write(self, folder, graph):
        (folder / "count").write_text(str(len(graph)))

    def command(self):
        return ["sh", "-c", f'exec "{self.path}" "$(cat count)" {self.jobs}']
