#!/usr/bin/env python3
"""Runs plain-file cases: a .sdl file that says in its first comments how it is run, and beside it NAME.expected with
what comes out.

    # run: sdlrun check {file}

A case is a .sdl file below tests/cases/<group>/ with such a line. Each line is a shell command, and a case runs in a
fresh copy of its folder, with a home and a cache of its own. Files without such a line are material for others. Those
in errors/ and errors/<area>/ are cases by themselves, run by `sdlrun check`, and all below errors/ must end with exit
code 2; of a folder that has a main.sdl, only that one is.
"""
import argparse
import concurrent.futures
import difflib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass

CASES = pathlib.Path(__file__).resolve().parent
ROOT = CASES.parents[1]
RUN_LINE = re.compile(r"# run: (?P<command>.+)")
TIME_LIMIT_SECONDS = 60

# What differs from run to run and says nothing about the case. Of `check` and `fmt` only the paths are: they show the
# text of the case itself, in which a duration or a digest must stay as it is.
PLACEHOLDERS = [
    (re.compile(r"\b(?:[0-9a-f]{64}|[0-9a-f]{32}|[0-9a-f]{12}|[0-9a-f]{16})\b"), "{digest}"),
    (re.compile(r"\b\d{4}-\d\d-\d\d[T -]\d\d[:-]?\d\d[:-]?\d\d(?:[.,]\d+)?Z?"), "{date}"),
    (re.compile(r"\b\d{8}-\d{6}-\d+\b"), "{run}"),
    (re.compile(r'(?<=_ms": )\d+|(?<=_ms":)\d+'), "{milliseconds}"),
    # Columns are as wide as the time in them.
    (re.compile(r"(?:\b\d+(?:\.\d+)? ?(?:ms|µs|us)\b|\b\d+\.\d+ ?s\b)(?:   *(?=\S)| *(?=\n))"), "{time}  "),
    (re.compile(r"\b\d+(?:\.\d+)? ?(?:ms|µs|us)\b|\b\d+\.\d+ ?s\b"), "{time}"),
    (re.compile(r" +$", re.M), ""),
]
VERBATIM = re.compile(r"^sdlrun (check|fmt)\b")


@dataclass
class Case:
    source: pathlib.Path
    commands: list

    @property
    def expected(self):
        return self.source.with_suffix(".expected")

    @property
    def must_fail(self):
        return self.source.relative_to(CASES).parts[0] == "errors" if self.source.is_relative_to(CASES) else False

    @property
    def name(self):
        return os.path.relpath(self.source, ROOT)


@dataclass
class Outcome:
    case: Case
    problem: str = ""
    accepted: bool = False


def read_case(source):
    """The case that a .sdl file is, or None where it is only material."""
    commands = []
    for line in source.read_bytes().decode("utf-8", "replace").splitlines():
        if not line.startswith("#"):
            break
        if found := RUN_LINE.match(line):
            commands.append(found["command"].strip())
    case = Case(source, commands)
    if not commands and case.must_fail and is_case_by_place(source):
        case.commands = ["sdlrun check {file}"]
    return case if case.commands else None


def is_case_by_place(source):
    """Whether a file in errors/ that does not say how it is run is a case."""
    if source.name == "main.sdl":
        return True
    depth = len(source.relative_to(CASES).parts) - 1
    return depth <= 2 and not (source.parent / "main.sdl").exists()


def find_cases(paths):
    """The cases below the paths, and a complaint for each .expected that has lost its case."""
    sources, complaints = [], []
    for path in paths:
        sources += sorted(path.rglob("*.sdl")) if path.is_dir() else [path]
        for expected in sorted(path.rglob("*.expected")) if path.is_dir() else []:
            source = expected.with_suffix(".sdl")
            if source.exists() and not read_case(source):
                complaints.append(f"{os.path.relpath(expected, ROOT)}: {source.name} has no `# run:` line")
            elif not source.exists() and len(list(expected.parent.glob(expected.stem + ".*"))) == 1:
                complaints.append(f"{os.path.relpath(expected, ROOT)}: there is no {source.name} beside it")
    return [case for source in sources if (case := read_case(source))], complaints


def normalised(text, command, root):
    text = text.replace(os.path.realpath(root), "{root}").replace(root, "{root}")
    if not VERBATIM.match(command):
        for pattern, placeholder in PLACEHOLDERS:
            text = pattern.sub(placeholder, text)
    return text


def run_command(command, folder, environment):
    """Exit code (None: it ran out of time), standard output and standard error of one shell command."""
    process = subprocess.Popen(["sh", "-c", command], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)
    try:
        output, errors = process.communicate(timeout=TIME_LIMIT_SECONDS)
        code = process.returncode
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output, errors = process.communicate()
        code = None
    return code, output.decode("utf-8", "backslashreplace"), errors.decode("utf-8", "backslashreplace")


def transcript_of(command, outcome, root):
    """One command of a case as .expected has it."""
    code, output, errors = outcome
    text = f"$ {command}\n" + output + ("" if output.endswith("\n") or not output else "\n(no new line at the end)\n")
    if errors:
        text += "--- standard error\n" + errors + ("" if errors.endswith("\n") else "\n(no new line at the end)\n")
    return normalised(text, command, root) + f"--- exit code {code}\n"


def environment_of(temporary, sdlrun):
    """A small and steady environment, in which `sdlrun` is the program to be tested."""
    programs = temporary / "programs"
    programs.mkdir()
    (programs / "sdlrun").symlink_to(sdlrun)
    kept = {name: value for name, value in os.environ.items()
            if name.endswith("SAN_OPTIONS") or name in ("LD_LIBRARY_PATH", "JAVA_HOME")}
    (temporary / "home").mkdir()
    return kept | {"PATH": f"{programs}:{os.environ['PATH']}", "HOME": str(temporary / "home"), "TZ": "UTC",
                   "XDG_CACHE_HOME": str(temporary / "cache"), "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8",
                   "NO_COLOR": "1", "TMPDIR": str(temporary)}


def run_case(case, sdlrun, accept):
    with tempfile.TemporaryDirectory(prefix="sdlrun-case-", ignore_cleanup_errors=True) as name:
        temporary = pathlib.Path(name)
        folder = temporary / "project"
        shutil.copytree(case.source.parent, folder, symlinks=True, ignore=shutil.ignore_patterns("*.expected"))
        environment = environment_of(temporary, sdlrun)
        actual, problems = "", []
        for line in case.commands:
            command = line.replace("{file}", case.source.name)
            outcome = run_command(command, folder, environment)
            actual += transcript_of(command, outcome, str(folder))
            if outcome[0] is None:
                problems.append(f"`{command}` did not end within {TIME_LIMIT_SECONDS} seconds")
            elif outcome[0] < 0 or 130 < outcome[0] < 160:
                problems.append(f"`{command}` crashed or was killed (exit code {outcome[0]})")
            elif case.must_fail and outcome[0] != 2:
                problems.append(f"`{command}` ended with exit code {outcome[0]}; in errors/ it must be 2")
        if "Sanitizer: " in actual or "runtime error: " in actual:
            problems.append("a sanitizer found something")
    return compare(case, actual, problems, accept)


def compare(case, actual, problems, accept):
    known = case.expected.read_bytes().decode("utf-8", "replace") if case.expected.exists() else None
    if problems:
        return Outcome(case, "\n".join(problems) + "\n" + actual)
    if actual == known:
        return Outcome(case)
    if accept:
        case.expected.write_bytes(actual.encode("utf-8"))
        return Outcome(case, accepted=True)
    change = difflib.unified_diff((known or "").splitlines(True), actual.splitlines(True),
                                  "expected" if known is not None else "expected (there is no such file yet)", "actual")
    return Outcome(case, "".join(change) + "read the difference; if it is right:\n"
                   f"  tests/cases/run.py --accept {case.name}\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sdlrun", default=ROOT / "build/dev/cli/sdlrun", type=pathlib.Path, help="the program to test")
    parser.add_argument("--accept", action="store_true", help="write what comes out as what is expected")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once")
    parser.add_argument("paths", nargs="*", type=pathlib.Path, default=[CASES], help="cases and folders; all if none")
    arguments = parser.parse_args()
    sdlrun = arguments.sdlrun.resolve()
    missing = [path for path in [sdlrun, *arguments.paths] if not path.exists()]
    if missing:
        parser.error(f"there is no {missing[0]}")
    cases, complaints = find_cases([path.resolve() for path in arguments.paths])
    with concurrent.futures.ThreadPoolExecutor(max(arguments.jobs, 1)) as pool:
        outcomes = list(pool.map(lambda case: run_case(case, sdlrun, arguments.accept), cases))
    return report(outcomes, complaints)


def report(outcomes, complaints):
    for outcome in outcomes:
        if outcome.problem:
            print(f"FAILED {outcome.case.name}\n{outcome.problem}")
        if outcome.accepted:
            print(f"accepted {outcome.case.name}")
    for complaint in complaints:
        print(f"FAILED {complaint}")
    if not outcomes and not complaints:
        complaints = ["no cases were found"]
        print("FAILED no cases were found")
    failed = sum(bool(outcome.problem) for outcome in outcomes) + len(complaints)
    print(f"{sum(not outcome.problem for outcome in outcomes)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
