"""Peers that take seconds for hundreds of steps."""

import pathlib
import shutil
import subprocess
import sys

from tools import Tool, inputs_of

CACHE = pathlib.Path.home() / ".cache" / "sdlrun-bench"
GO_TASK, SNAKEMAKE = "github.com/go-task/task/v3/cmd/task@v3.39.2", "snakemake==9.27.1"


def install():
    """What no Debian package has; by Go's module proxy and PyPI."""
    CACHE.mkdir(parents=True, exist_ok=True)
    if shutil.which("go") and not (CACHE / "bin" / "task").exists():
        subprocess.run(["env", f"GOBIN={CACHE / 'bin'}", "go", "install", GO_TASK], check=False)
    if not (CACHE / "snakemake" / "bin" / "snakemake").exists():
        subprocess.run([sys.executable, "-m", "venv", str(CACHE / "snakemake")], check=False)
        subprocess.run([str(CACHE / "snakemake" / "bin" / "pip"), "install", "--quiet", SNAKEMAKE], check=False)


def found(name, folder):
    own = CACHE / folder / name
    return str(own) if own.exists() else name


class GoTask(Tool):
    name = "go-task"

    def __init__(self, jobs):
        super().__init__(jobs)
        self.path = found("task", "bin")
        self.version_command = [self.path, "--version"]

    def write_graph(self, folder, graph):
        lines = ["version: '3'", "silent: true", "tasks:"]
        lines += ["  default:", "    deps: [" + ", ".join(f"s{step}" for step in range(len(graph))) + "]"]
        for step, needs in graph.steps():
            lines += [f"  s{step}:", "    run: once", "    deps: [" + ", ".join(f"s{need}" for need in dict.fromkeys(needs)) + "]",
                      f"    cmds: [touch out/t{step}]", f"    generates: [out/t{step}]", f"    sources: [{', '.join(inputs_of(graph, step, needs))}]"]
        (folder / "Taskfile.yml").write_text("\n".join(lines) + "\n")

    def plan_command(self):
        return [self.path, "--dry", "--concurrency", self.jobs]

    def run_command(self):
        return [self.path, "--concurrency", self.jobs]


class Snakemake(Tool):
    name = "snakemake"

    def __init__(self, jobs):
        super().__init__(jobs)
        self.path = found("snakemake", "snakemake/bin")
        self.version_command = [self.path, "--version"]

    def write_graph(self, folder, graph):
        lines = ["rule all:", "    input: [f'out/t{i}' for i in range(%d)]" % len(graph)]
        for step, needs in graph.steps():
            lines += [f"rule s{step}:", f"    input: {inputs_of(graph, step, needs)}", f"    output: 'out/t{step}'", "    shell: 'touch {output}'"]
        (folder / "Snakefile").write_text("\n".join(lines) + "\n")

    def plan_command(self):
        return [self.path, "-n", "--quiet", "all"]

    def run_command(self):
        return [self.path, "--quiet", "all", "--cores", self.jobs]


class Terraform(Tool):
    name = "terraform"
    version_command = ["terraform", "version"]

    def write_graph(self, folder, graph):
        blocks = []
        for step, needs in graph.steps():
            given = [f"terraform_data.s{need}.id" for need in dict.fromkeys(needs)] + ([f'filesha256("src/s{step}")'] if graph.has_sources else [])
            blocks.append(f'resource "terraform_data" "s{step}" {{\n  triggers_replace = [{", ".join(given)}]\n'
                          f'  provisioner "local-exec" {{\n    command = "touch out/t{step}"\n    quiet = true\n  }}\n}}\n')
        (folder / "main.tf").write_text("".join(blocks))
        subprocess.run(["terraform", "init", "-no-color"], cwd=folder, check=True, capture_output=True)

    def plan_command(self):
        return ["terraform", "plan", "-no-color"]

    def run_command(self):
        return ["terraform", "apply", "-auto-approve", "-no-color", f"-parallelism={self.jobs}"]

