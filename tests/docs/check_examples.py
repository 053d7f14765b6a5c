#!/usr/bin/env python3
"""Checks every example of the documentation.

```sdl blocks are checked by `sdlrun check`; one that is no whole file is put into a pipeline first, with the steps
`python`, `image` and `cluster` where it speaks of them.
```sh blocks whose lines begin with `sdlrun ` or `./sdlrun ` are run, line by line, in tests/docs/fixture, with
pipelines/ beside it; each must exit 0, or N where it ends in `# exit N`. Lines that begin with `tests/cases/` or
`tests/architecture/` are run in the clone itself. A block that begins with ```sh not-run: and a reason, which no reader
sees, is left out; so is a line with a run's name, as runs are called by the time.
"""
import argparse
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
RUN_NAME = re.compile(r"\b\d{8}-\d{6}-\d+\b")
# What examples of one stage take for granted.
SURROUNDINGS = {
    "python": 'step python = python.venv { requirements = "requirements.txt" }\n',
    "image": "step image = image.build {}\n",
    "cluster": "step cluster = spark.local {}\n",
    "kube": "step kube = kubernetes.cluster {}\n",
}
WHOLE_FILE = re.compile(r"^(use|type|stage|pipeline)\b", re.M)


def blocks(page):
    text = page.read_text()
    for found in BLOCK.finditer(text):
        yield found.group(1), found.group(2), text.count("\n", 0, found.start()) + 1


def run(command, folder, environment):
    return subprocess.run(command, cwd=folder, env=environment, text=True, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, shell=isinstance(command, str), timeout=300)


def check_sdl(text, sdlrun, folder, environment):
    if not WHOLE_FILE.search(text):
        taken = [step for name, step in SURROUNDINGS.items() if f"{name}." in text and f"step {name} =" not in text]
        text = "pipeline example {\n" + "".join(taken) + text + "}\n"
    (folder / "example.sdl").write_text(text)
    return run([sdlrun, "check", "example.sdl"], folder, environment), 0


def check_line(line, sdlrun, folder, environment):
    command, _, comment = line.partition("#")
    wanted = re.match(r" exit (\d+)", comment)
    command = re.sub(r"^(\./)?sdlrun\b", sdlrun, command.strip())
    return run(command, folder, environment), int(wanted.group(1)) if wanted else 0


def check_test(line, sdlrun, folder, environment):
    own_program = ["--sdlrun", sdlrun] if line.startswith("tests/cases/run.py") else []
    return run(shlex.split(line) + own_program, ROOT, environment), 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdlrun", required=True)
    sdlrun = str(pathlib.Path(parser.parse_args().sdlrun).resolve())
    passed = failed = 0
    with tempfile.TemporaryDirectory() as home:
        folder = pathlib.Path(home) / "project"
        shutil.copytree(ROOT / "tests/docs/fixture", folder)
        shutil.copytree(ROOT / "pipelines", folder / "pipelines")
        (folder / ".git").mkdir()  # the root of the project, as in a clone
        environment = {**os.environ, "HOME": home, "XDG_CACHE_HOME": home + "/cache", "NO_COLOR": "1"}
        for page in filter(pathlib.Path.exists, PAGES):
            for language, text, line in blocks(page):
                tries = []
                if language == "sdl":
                    tries = [(text, check_sdl)]
                elif language == "sh":
                    lines = [each for each in text.splitlines() if re.match(r"(\./)?sdlrun ", each) and not RUN_NAME.search(each)]
                    tries = [(each, check_line) for each in lines]
                    tries += [(each, check_test) for each in text.splitlines() if re.match(r"tests/(cases|architecture)/", each)]
                for example, check in tries:
                    result, wanted = check(example, sdlrun, folder, environment)
                    if result.returncode == wanted:
                        passed += 1
                        continue
                    failed += 1
                    print(f"{page.relative_to(ROOT)}:{line}: exit code {result.returncode}, not {wanted}\n{example}\n{result.stdout}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
