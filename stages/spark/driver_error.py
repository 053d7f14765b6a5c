"""What a script raised, as its author would want to read it: Python's side of it, in the script's own lines."""

import os
import re
import traceback

# Frames of the machinery: below the script's own they say nothing to its author.
MACHINERY = re.compile(r"[/\\](?:pyspark|py4j)(?:\.zip)?[/\\]|py4j-[^/\\]*-src\.zip|[/\\]driver\.py$|<frozen runpy>")
WORKER_MACHINERY = re.compile(r'^  File ".*(?:[/\\]pyspark(?:\.zip)?[/\\]|py4j-[^/\\]*-src\.zip).*", line \d+')
TRACEBACK = "Traceback (most recent call last):"


def explain(error, script):
    """The error's type, message, line and cell in the script, and a traceback without frames of the machinery."""
    worker = worker_traceback(error)
    frames = script_frames(error)
    line = own_line(error, frames, script)
    name, message = type(error).__name__, first_lines(str(error))
    if worker:
        name, _, message = worker.splitlines()[-1].partition(": ")
    elif died := worker_death(str(error)):
        name, message = "WorkerDied", died
    elif is_java_error(error):
        name, message = java_reason(str(error))
    return {
        "type": name.rpartition(".")[2] or name,
        "message": message,
        "line": line,
        "cell": cell_at(script, line),
        "in_worker": bool(worker) or name == "WorkerDied",
        "traceback": readable(error, frames, name, message, worker).replace(os.path.dirname(script) + os.sep, ""),
    }


def script_frames(error):
    frames = traceback.extract_tb(error.__traceback__)
    return [frame for frame in frames if not MACHINERY.search(frame.filename)]


def own_line(error, frames, script):
    if isinstance(error, SyntaxError) and error.filename == script:
        return error.lineno
    lines = [frame.lineno for frame in frames if frame.filename == script]
    return lines[-1] if lines else None


def cell_at(script, line):
    """The notebook's cell that a line of a converted script came from, or nothing."""
    if line is None:
        return None
    with open(script, encoding="utf-8", errors="replace") as file:
        headings = [re.match(r"# In\[(\d+)\]:$", text) for _, text in zip(range(line), file)]
    numbers = [int(heading[1]) for heading in headings if heading]
    return numbers[-1] if numbers else None


def readable(error, frames, name, message, worker):
    if isinstance(error, SyntaxError):
        return "".join(traceback.format_exception_only(error)).rstrip()
    lines = [TRACEBACK + "\n", *traceback.format_list(frames)] if frames else []
    if worker:
        return "".join(lines) + "in a worker:\n" + worker
    if is_java_error(error) or name == "WorkerDied":
        return "".join(lines) + f"{name}: {message}"
    chained = error.__cause__ or (None if error.__suppress_context__ else error.__context__)
    before = []
    if chained is not None:
        before = [*traceback.format_list(script_frames(chained)), *traceback.format_exception_only(chained), "\nthen:\n"]
    return "".join([*before, *lines, *traceback.format_exception_only(error)]).rstrip()


# ---- errors that came through Java ----


def is_java_error(error):
    return type(error).__name__ in ("Py4JJavaError", "Py4JError", "PythonException") or hasattr(error, "java_exception")


def worker_traceback(error):
    """The traceback of Python code that failed in a worker: the last one in the text, up to where Java's begins."""
    text = str(error)
    begin = text.rfind(TRACEBACK)
    if begin < 0 or not is_java_error(error):
        return None
    lines = []
    for line in text[begin:].splitlines():
        if line.startswith(("\tat ", "\t... ", "Driver stacktrace", "JVM stacktrace")):
            break
        lines.append(line)
    return "\n".join(without_machinery(lines)).rstrip() or None


def without_machinery(lines):
    kept, skipping = [], False
    for line in lines:
        if line.startswith("  File "):
            skipping = WORKER_MACHINERY.match(line) is not None
        elif not line.startswith("    "):
            skipping = False
        if not skipping:
            kept.append(line)
    return kept


def worker_death(text):
    """A worker process that is gone left no Python traceback."""
    if "Python worker exited unexpectedly" not in text and "Python worker failed to connect" not in text:
        return None
    return "a Python worker died before it had finished"


def java_reason(text):
    """The innermost cause that Java names: "IllegalArgumentException", "requirement failed"."""
    causes = re.findall(r"^(?:: |Caused by: )([\w.$]+(?:Exception|Error)\b)(?:: )?(.*)$", text, re.MULTILINE)
    if not causes:
        return "Py4JJavaError", first_lines(text)
    name, message = causes[-1]
    return name.rpartition(".")[2], message or name


def first_lines(text):
    return "\n".join(text.split("\n\tat ")[0].splitlines()[:5]).strip()
