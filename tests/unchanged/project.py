"""A project that looks at the disk in every way a pipeline can, and runs of it."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
TAKEN = "nothing has changed since a run that had nothing to do"

MAIN = """
use "library/common.sdl"
use "parts" as parts

pipeline p {
  param n: int = 1
  param data: file = "data.txt"
  let shards = sort([basename(f) for f in glob("shards/*.csv")])

  step whole = shell.run { script = "cat *.txt > all; mkdir -p d/deep/er; cp all d/deep/er/all; ln -s deep d/way", files = { "a.txt": data, "b.txt": "link.txt" } } outputs { all: file at "all", d: dir at "d" }
  let folder = dir("folder")
  step listed = exec.run { command = ["find", "-L", folder, "-type", "f"] } outputs { first: string at stdout matching "(.*)" } with { env = { "N": "${n}" } }
  step look = exec.run { command = ["echo", "maybe/missing.txt"] } outputs { text: string at stdout }
  step shard[s in shards] = shell.run { script = "cat in > out", files = { "in": file("shards/${s}") } } outputs { out: file at "out" }
  step again = common.copy { from = whole.all }
  step part = parts.count { of = whole.d }

  require small = length(shards) < 5 else "too many shards"
  output all = again.to
  output d = whole.d
  output size = part.size
  output shards = length(shards)
}
"""


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


class Project:
    """Below a folder of its own, so that a copy of all of it is one beside it."""

    def __init__(self, test):
        self.place = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-unchanged-"))
        test.addCleanup(shutil.rmtree, self.place, ignore_errors=True)
        self.folder = self.place / "project"
        write(self.folder / "sdl.yaml", "profiles:\n  two: { n: 2 }\n")
        write(self.folder / "main.sdl", MAIN)
        write(self.folder / "library/common.sdl", 'stage copy {\n  input from: file\n  step c = shell.run { script = "cat in > to", files = { "in": from } } outputs { to: file at "to" }\n  output to = c.to\n}\n')
        write(self.folder / "parts/count.sdl", 'stage count {\n  input of: dir\n  step c = shell.run { script = "find in/ -type f | wc -l", files = { "in": of } } outputs { size: int at stdout }\n  output size = c.size\n}\n')
        write(self.folder / "data.txt", "data\n")
        write(self.folder / "target.txt", "target\n")
        write(self.folder / "folder/one", "1")
        write(self.folder / "folder/below/two", "22")
        (self.folder / "folder/empty").mkdir()
        (self.folder / "folder/way").symlink_to("below")
        (self.folder / "link.txt").symlink_to("target.txt")
        for name in ("a", "b"):
            write(self.folder / f"shards/{name}.csv", name)

    def run(self, *words, folder=None, variables=None):
        """Gives exit code, output, errors, and whether the run was over before it began."""
        folder = folder or self.folder
        log = self.place / "debug.log"
        log.unlink(missing_ok=True)
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.place / "home"), "LANG": "C.UTF-8", "TZ": "UTC", **(variables or {})}
        done = subprocess.run([SDLRUN, *(words or ["main.sdl"]), "--debug-log", log], cwd=folder, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=120, check=False)
        was_taken = log.exists() and TAKEN in log.read_text()
        return done.returncode, without_times(done.stdout, folder), without_times(done.stderr, folder), was_taken

    def settle(self, *words):
        """Runs until a run has left a note and the next finds nothing changed."""
        for _ in range(8):
            code, output, errors, was_taken = self.run(*words)
            if was_taken:
                return output
            time.sleep(0.06)  # a file that was changed within the clock's tick is looked at anew
        raise AssertionError(f"no note was found to be true: {code} {output} {errors}")

    def whole_way(self, *words, folder=None):
        """What a copy of the project tells that has no note."""
        copy = self.place / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        subprocess.run(["cp", "-a", folder or self.folder, copy], check=True)
        shutil.rmtree(copy / ".sdl/unchanged", ignore_errors=True)
        told = self.run(*words, folder=copy)
        assert not told[3]
        return told[:3], links_below(copy)


def without_times(text, folder):
    text = text.replace(str(folder), "{root}")
    text = re.sub(r"\b\d+(\.\d+)?(ms|s|m\d+s)\b *", "{time} ", text)
    text = re.sub(r"\b\d{8}-\d{6}-\d+", "{run}", text)
    text = re.sub(r"/temporary/\d+/", "/temporary/{engine}/", text)
    # Steps that run at once tell of their ends in any order, and how cached ones are put together hangs on it; the end counts them.
    return sorted(line for line in text.splitlines() if not line.startswith("●"))


def links_below(folder):
    """Of out/: where each link leads, and what is there."""
    found = {}
    for path in sorted((folder / "out").rglob("*")):
        name = str(path.relative_to(folder))
        if path.is_symlink():
            found[name] = sorted((str(file.relative_to(path)), file.read_bytes()) for file in [path, *path.rglob("*")] if file.is_file())
        elif not path.is_dir():
            found[name] = path.read_bytes()
    return found
