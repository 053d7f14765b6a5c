"""A small project with a pipeline whose steps do all that a report has to tell, and print what would break it."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))

PIPELINE = r"""
pipeline hostile {
  param word: string = "<b>&\"]]>"
  param broken: bool = false
  secret password = env("PASSWORD")

  step base = exec.run { command = ["echo", "41"] } outputs { number: int at stdout }
  step each[name in ["<img src=x>", "a&b"]] = exec.run { command = ["echo", "${name} ${word} ${base.number}"] } outputs {
    text: string at stdout
  }
  step flaky = shell.run {
    script = "echo try >> ../../../../tries; test $(grep -c . ../../../../tries) -ge $NEEDED"
  } with { retry = { attempts: 3, backoff: 10ms }, env = { "NEEDED": if broken then "2" else "1" } }
  step off = exec.run { command = ["echo", "no"] } with { when = broken == (word == "") and false }
  step bad = shell.run {
    script = '''
      printf '</script><script>alert(1)</script>\n]]> <!-- &amp; "q"\n'
      printf 'null\0 bell\001\007 \033[31mred\033[0m \377\376 \303\251\342\234\223 \357\277\277 %s\n' "$PASSWORD"
      test "$BROKEN" = false
    '''
  } with { env = { "BROKEN": "${broken}", "PASSWORD": password } }
  step behind = exec.run { command = ["echo", "behind"] } with { after = [bad] }
  require small = base.number < 50 else "too large <&>"
  output number = base.number
  output text = each["a&b"].text
}
"""

SECRET = "hunter2-hunter2"


class Project:
    """A folder that is taken away at the end."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-report-"))
        (self.folder / ".git").mkdir()
        self.write("hostile.sdl", PIPELINE)

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)

    def write(self, name, text):
        (self.folder / name).write_text(text, encoding="utf-8")

    def environment(self):
        return {**os.environ, "XDG_CACHE_HOME": str(self.folder / "cache"), "NO_COLOR": "1", "LANG": "C.UTF-8",
                "TZ": "UTC", "PASSWORD": SECRET}

    def sdlrun(self, *words, code=0):
        done = subprocess.run([SDLRUN, *words], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        text = done.stdout.decode("utf-8", "replace") + done.stderr.decode("utf-8", "replace")
        assert done.returncode == code, f"exit code {done.returncode}, not {code}:\n{text}"
        return done.stdout.decode("utf-8")

    def kill_when(self, condition, *words):
        """Starts a run and kills its engine once its folder fulfils the condition; the guardian ends the rest."""
        process = subprocess.Popen([SDLRUN, *words], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        deadline = time.monotonic() + 60
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.05)
        # The guardian killed first, the engine would see its step killed before it ends itself, and might say so.
        children = pathlib.Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text(encoding="ascii")
        os.kill(int(children.split()[0]), signal.SIGKILL)
        process.wait()

    def runs(self):
        """Names of the runs, the oldest first."""
        return [run["run"] for run in reversed(json.loads(self.sdlrun("runs", "--json")))]

    def event_log(self, run):
        return self.folder / ".sdl/runs" / run / "events.jsonl"

    def events(self, run):
        return [json.loads(line) for line in self.event_log(run).read_text(encoding="utf-8").splitlines()]
