#!/usr/bin/env python3
"""Every test that the documentation names as the one that shows something is there."""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
NAMED = re.compile(r"\*Tests?: (.*?)\*", re.DOTALL)
# `mask_test`, `tests/crash/faults`, `cases/run/secret`, `end_to_end/shared_cache`, `cases/run/grows…`
NAME = re.compile(r"\w+(?:/\w+)+…?|\w+_test\b")


def is_there(name):
    path = name.removeprefix("tests/")
    if path.endswith("…"):
        return any(TESTS.glob(path.removesuffix("…") + "*"))
    if any((TESTS / (path + ending)).exists() for ending in ("", ".py", ".sdl", "_test.py")):
        return True
    return "/" not in path and any(TESTS.rglob(path + ".*"))


def main():
    count, missing = 0, []
    for page in sorted((ROOT / "docs").glob("*.md")):
        for named in NAMED.finditer(page.read_text(encoding="utf-8")):
            for name in NAME.findall(named[1]):
                count += 1
                if not is_there(name):
                    missing.append(f"{page.relative_to(ROOT)}: there is no test `{name}`")
    print("\n".join(missing) if missing else f"{count} tests are named, and all are there")
    return 1 if missing or count == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
