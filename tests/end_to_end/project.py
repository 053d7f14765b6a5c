"""A project of its own for whole runs of the real program: pipelines/ beside it, and a cache that all of them share.

Python environments and uv lie in build/end_to_end/cache, so that only the first test pays for them.
"""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
CACHE = ROOT / "build" / "end_to_end" / "cache"
JAVA = ROOT / "tests" / "java"
LONGEST_SECONDS = 1200


class Project:
    """A folder with a copy of pipelines/, taken away at the end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-end-to-end-"))
        (self.folder / ".git").mkdir()  # its root
        shutil.copytree(ROOT / "pipelines", self.folder / "pipelines")
        CACHE.mkdir(parents=True, exist_ok=True)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def run(self, *words, **variables):
        """The finished run: `code`, `text` (what people see) and `events`."""
        process = self.start(*words, **variables)
        return self.finish(process)

    def start(self, *words, **variables):
        environment = {**os.environ, "XDG_CACHE_HOME": str(CACHE), "JAVA_HOME": str(JAVA), "NO_COLOR": "1", "LANG": "C.UTF-8", **variables}
        return subprocess.Popen(
            [SDLRUN, *words], cwd=self.folder, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, start_new_session=True,
        )

    def finish(self, process):
        """Also after `start_until`, whose reader may hold more than it has given: communicate() would not see that."""
        late = threading.Timer(LONGEST_SECONDS, os.killpg, [process.pid, signal.SIGKILL])
        late.daemon = True  # a test that is ended meanwhile does not wait for it
        late.start()
        text = process.stdout.read()
        process.wait()
        if not late.is_alive():
            text += f"\n(it had not ended after {LONGEST_SECONDS} s)"
        late.cancel()
        process.stdout.close()
        return Finished(process.returncode, text)

    def start_until(self, process, condition):
        """Reads the events of a run with --json until one fulfils the condition, and gives those so far."""
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if condition(events[-1]):
                return events
        raise AssertionError(f"the run ended before: {events}")

    def start_until_progress(self, process, beginning):
        """Until a step tells of a progress that begins so."""
        return self.start_until(process, lambda event: event["event"] == "step_progressed" and event["text"].startswith(beginning))

    def engine_of(self, process):
        """The engine's process: the child of the guardian that was started."""
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        return int(children[0])

    def processes(self):
        """Command lines of living processes that have to do with this project."""
        found = []
        for entry in pathlib.Path("/proc").iterdir():
            if not entry.name.isdigit() or int(entry.name) == os.getpid():
                continue
            try:
                about = (entry / "cmdline").read_bytes() + (entry / "environ").read_bytes()
                command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                folder = os.readlink(entry / "cwd")
            except OSError:
                continue
            if str(self.folder).encode() in about or folder.startswith(str(self.folder)):
                found.append(command)
        return found

    def wait_for_no_processes(self, seconds=180):
        deadline = time.monotonic() + seconds
        while (left := self.processes()) and time.monotonic() < deadline:
            time.sleep(0.1)
        return left


class Finished:
    def __init__(self, code, text):
        self.code = code
        self.text = text

    @property
    def events(self):
        return [json.loads(line) for line in self.text.splitlines() if line.startswith("{")]

    def outcomes(self):
        return {event["step"]: event["outcome"] for event in self.events if event["event"] == "step_finished"}
