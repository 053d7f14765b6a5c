#!/usr/bin/env python3
"""Checks that every diagnostic of dsl/ and engine/plan/ is shown by a case: its name occurs in an .expected file as `error[name]` or
`warning[name]`. What no file can bring about stands in coverage_exemptions.txt with the reason, for as long as it holds.
"""
import argparse
import pathlib
import re
import sys

CASES = pathlib.Path(__file__).resolve().parent
# Names are kebab-case literals, often chosen by a ternary, so that any such literal counts as one; those of a single
# word are seen where they are handed over.
NAME = re.compile(r'"([a-z]+(?:-[a-z]+)+)"|(?:\.name = |\b(?:error|warning)\()"([a-z]+)"')
SHOWN = re.compile(r"\b(?:error|warning)\[([a-z-]+)\]")
EXEMPTION = re.compile(r"(?P<name>[a-z-]+): (?P<reason>.+)")


def names_below(folders):
    """Each diagnostic's name, with the first place it stands at."""
    names = {}
    for folder, path in ((folder, path) for folder in folders for path in sorted(folder.rglob("*.[ch]pp"))):
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if line.lstrip().startswith(("//", "#include")):
                continue
            for first, second in NAME.findall(line):
                names.setdefault(first or second, f"{path.relative_to(folder.parent)}:{number}")
    return names


def shown_by(cases):
    return {name for path in cases.rglob("*.expected") for name in SHOWN.findall(path.read_text("utf-8", "replace"))}


def exemptions_of(file):
    """Name to reason, and the lines that are neither an exemption nor a comment."""
    lines = [line for line in file.read_text(encoding="utf-8").splitlines() if line.strip() and line[0] != "#"]
    found = [(line, EXEMPTION.fullmatch(line)) for line in lines]
    return {match["name"]: match["reason"] for _, match in found if match}, [line for line, match in found if not match]


def mistakes(names, shown, exemptions):
    for name in sorted(names.keys() - shown - exemptions.keys()):
        yield f"{name} ({names[name]}): no case shows it; add one to tests/cases/errors/"
    for name in sorted(exemptions):
        if name not in names:
            yield f"{name}: exempted in coverage_exemptions.txt, but there is no such diagnostic any more"
        elif name in shown:
            yield f"{name}: exempted in coverage_exemptions.txt, but a case shows it by now"
    for name in sorted(shown - names.keys()):
        yield f"{name}: expected by a case, but there is no such diagnostic"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sources", type=pathlib.Path, nargs="+", default=[CASES.parents[1] / folder for folder in ("dsl", "engine/plan")])
    parser.add_argument("--cases", type=pathlib.Path, default=CASES)
    arguments = parser.parse_args()
    names, shown = names_below(arguments.sources), shown_by(arguments.cases)
    exemptions, unreadable = exemptions_of(arguments.cases / "coverage_exemptions.txt")
    found = [f"coverage_exemptions.txt: `{line}` is not `name: reason`" for line in unreadable]
    found += mistakes(names, shown, exemptions)
    print("\n".join(found) or f"all {len(names)} diagnostics are shown by a case or exempted")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
