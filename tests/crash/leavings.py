"""What must hold after all that the crash harness does: the outputs are right, and nothing is left."""

import os
import pathlib
import time


class Failure(Exception):
    pass


def wait_until_nothing_runs(folder):
    until = time.monotonic() + 300
    while left := running_in(folder):
        if time.monotonic() > until:
            raise Failure(f"processes are left behind: {left}")
        time.sleep(0.01)


def check_outputs(project, graph):
    for name, content in graph.expected().items():
        if (project / "out/crash" / name).read_bytes() != content:
            raise Failure(f"output {name} is not what an undisturbed run makes")


def check_leavings(project, damage_is_known):
    """`damage_is_known`: the cache was damaged, and engines may have set aside what they found so."""
    wait_until_nothing_runs(project)
    for place in ("temporary", "journal"):
        folder = project / ".sdl" / place
        left = sorted(os.listdir(folder)) if folder.is_dir() else []
        # A journal whose head was damaged may be another version's: it is told of, and left alone.
        if place == "journal" and damage_is_known:
            left = [name for name in left if (folder / name).read_bytes()[:17] == b"sdlrun-journal-1\n"]
        if left:
            raise Failure(f"files are left behind in .sdl/{place}: {left}")
    halves = sorted(str(path) for path in (project / ".sdl").rglob(".sdlrun-*"))
    if halves:
        raise Failure(f"half-written files are left behind: {halves}")
    strange = [name for name in os.listdir(project / ".sdl") if "damaged" in name and not damage_is_known]
    if strange:
        raise Failure(f"files are left behind in .sdl: {strange}")


def running_in(folder):
    """Processes whose current folder is the project or lies in it."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            place = os.readlink(f"/proc/{name}/cwd").removesuffix(" (deleted)")
        except OSError:
            continue
        if pathlib.Path(place).is_relative_to(folder):
            found.append((int(name), place))
    return found
