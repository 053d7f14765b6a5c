#!/usr/bin/env python3
"""Runs the plain-file cases of notebook.convert and elephas.check below tests/cases/notebooks/.

A case is one of
    NAME.cells    a notebook in a light form: lines before the first cell set the request (`parameters: {"a": 1}`,
                  `elephas: 6.2.1`, `run: yes`); `=== code`, `=== code [tag]` or `=== markdown` begins a cell
    NAME.ipynb    a notebook as it stands, for what is wrong with files
    NAME.py       a script, for elephas.check
and NAME.expected beside it is what comes out: the error, or the warnings and the script. With `run: yes` the script is run
too, and what it prints follows. `--accept` writes the expected files: read the difference before you commit it.
"""

import argparse
import ast
import difflib
import json
import pathlib
import subprocess
import sys
import tempfile

import python_environment

CASES = python_environment.ROOT / "tests" / "cases" / "notebooks"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--accept", action="store_true", help="write what comes out as what is expected")
    parser.add_argument("names", nargs="*", help="parts of the names of the cases to run; none: all")
    options = parser.parse_args()
    python_environment.run_in_environment()

    cases = [path for path in sorted(CASES.iterdir()) if path.suffix in (".cells", ".ipynb", ".py")]
    chosen = [path for path in cases if not options.names or any(name in path.name for name in options.names)]
    failed = [path for path in chosen if not check_case(path, options.accept)]
    print(f"{len(chosen) - len(failed)} passed, {len(failed)} failed")
    sys.exit(1 if failed or not chosen else 0)


def check_case(path, accept):
    expected_file = path.with_suffix(".expected")
    with tempfile.TemporaryDirectory() as folder:
        actual = outcome(path, pathlib.Path(folder))
    expected = expected_file.read_text(encoding="utf-8") if expected_file.exists() else "(nothing is expected yet)"
    if actual == expected:
        return True
    if accept:
        expected_file.write_text(actual, encoding="utf-8")
        print(f"accepted {expected_file.name}")
        return True
    difference = difflib.unified_diff(expected.splitlines(), actual.splitlines(), expected_file.name, "now", lineterm="")
    print(f"FAILED {path.name}", *difference, sep="\n")
    print(f"to accept: {sys.argv[0]} --accept {path.stem}\n")
    return False


# ---- what comes out ----


def outcome(path, folder):
    from stages.elephas import check
    from stages.notebook import convert
    from stages.python.program import Refused

    settings = {}
    try:
        if path.suffix == ".py":
            return warnings_text(check.answer({"script": str(path), "elephas": "7.3.0"}))
        if path.suffix == ".ipynb":
            return converted(convert, path, folder, settings)
        notebook, settings = light_notebook(path)
        file = folder / (path.stem + ".ipynb")
        file.write_text(json.dumps(notebook), encoding="utf-8")
        text = converted(convert, file, folder, settings)
        check_unchanged(convert, notebook, file, folder, settings)
    except Refused as refused:
        parts = [f"error: {refused.message}", refused.detail, f"hint: {refused.hint}" if refused.hint else ""]
        return "\n".join(part for part in parts if part) + "\n"
    return text + (what_it_prints(folder) if settings.get("run") else "")


def light_notebook(path):
    settings, cells = {}, []
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("=== "):
            kind, _, tag = line[4:].partition(" ")
            metadata = {"tags": [tag.strip("[]")]} if tag else {}
            cell = {"cell_type": kind, "metadata": metadata, "source": []}
            cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
        elif cells:
            cells[-1]["source"].append(line + "\n")
        elif line.strip():
            name, _, value = line.partition(":")
            settings[name] = value.strip()
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}, settings


def converted(convert, file, folder, settings):
    reply = convert.answer(
        {
            "notebook": str(file),
            "script": str(folder / "script.py"),
            "parameters": json.loads(settings.get("parameters", "{}")),
            "requirements": "requirements.txt",
            "packages": json.loads(settings.get("packages", "[]")),
            "elephas": settings.get("elephas", "7.3.0"),
        }
    )
    script = (folder / "script.py").read_text(encoding="utf-8")
    ast.parse(script)
    return warnings_text(reply) + script


def warnings_text(reply):
    return "".join(f"warning: {warning}\n" for warning in reply["warnings"])


def check_unchanged(convert, notebook, file, folder, settings):
    """Outputs, execution counts and metadata do not reach the script."""
    before = (folder / "script.py").read_bytes()
    for number, cell in enumerate(notebook["cells"]):
        cell["metadata"]["scrolled"] = True
        if cell["cell_type"] == "code":
            cell["execution_count"] = 100 + number
            cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["something\n"]}]
    notebook["metadata"] = {"kernelspec": {"name": "python3", "display_name": "Other", "language": "python"}}
    file.write_text(json.dumps(notebook), encoding="utf-8")
    converted(convert, file, folder, settings)
    assert (folder / "script.py").read_bytes() == before, "the same code cells gave another script"


def what_it_prints(folder):
    done = subprocess.run(
        [sys.executable, "-u", "script.py"], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False
    )
    error = [line for line in done.stdout.splitlines() if not line.startswith((" ", "Traceback"))]
    return "\n--- prints\n" + "".join(line + "\n" for line in error) + f"--- exit code {done.returncode}\n"


if __name__ == "__main__":
    main()
