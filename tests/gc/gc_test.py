#!/usr/bin/env python3
"""`sdlrun gc` on real projects: what goes, what stays, what is said of it, and what runs do afterwards and meanwhile."""

import json
import os
import pathlib
import shutil
import signal
import sqlite3
import subprocess
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SDLRUN = pathlib.Path(os.environ.get("SDLRUN", ROOT / "build" / "dev" / "cli" / "sdlrun"))
DAY = 24 * 60 * 60 * 1000

PIPELINE = """
pipeline p {
  param n: int = 1
  param gate: string = ""
  step first = shell.run { script = "awk -v n=$N 'BEGIN { for (i = 0; i < 50000; i++) print n }' > text" } outputs { text: file at "text" } with { env = { "N": "${n}" } }
  step folder = shell.run {
    script = "mkdir d; cat in in > d/both; cp in d/one; echo small > d/small"
    files = { "in": first.text }
  } outputs { d: dir at "d" }
  step wait = shell.run {
    script = "while test -n \\"$GATE\\" && test ! -e \\"$GATE\\"; do sleep 0.05; done; cat in/both | wc -c"
    files = { "in": folder.d }
  } outputs { size: string at stdout } with { env = { "GATE": gate } }
  output d = folder.d
}
"""


class GcTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-gc-"))
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        (self.folder / "sdl.yaml").touch()
        (self.folder / "p.sdl").write_text(PIPELINE)
        self.state = self.folder / ".sdl"

    def environment(self):
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder), "LANG": "C.UTF-8", "TZ": "UTC"}

    def begin(self, *words):
        process = subprocess.Popen([SDLRUN, *words], cwd=self.folder, env=self.environment(), stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.addCleanup(process.stdout.close)
        return process

    def sdlrun(self, *words, code=0):
        process = self.begin(*words)
        text = process.communicate(timeout=120)[0]
        self.assertEqual(process.returncode, code, text)
        return text

    def gc(self, *words):
        return json.loads(self.sdlrun("gc", "--json", *words))

    def run_each(self, *numbers):
        for number in numbers:
            self.sdlrun("p.sdl", f"n={number}", "-q")

    def make_older(self, days):
        """All that was used until now was so long ago."""
        with sqlite3.connect(self.state / "state.db") as database:
            database.execute("UPDATE runs SET started = started - ?", (days * DAY,))
            database.execute("UPDATE attempts SET started = started - ?", (days * DAY,))

    def outputs(self):
        return sorted(os.listdir(self.state / "outputs"))

    def decisions(self, *words):
        """By step, what `plan` says."""
        return {step["step"]: step for step in json.loads(self.sdlrun("plan", "p.sdl", *words, "--json"))["steps"]}

    def size(self):
        seen = {}
        for place in ("outputs", "runs"):
            for path in (self.state / place).rglob("*"):
                if path.is_file():
                    seen[path.stat().st_ino] = path.stat().st_size
        return sum(seen.values())

    # ---- by age and size ---------------------------------------------------------------------------------------------

    def test_what_was_not_used_for_30_days_goes(self):
        self.run_each(1)
        self.make_older(40)
        self.run_each(2)
        self.make_older(10)
        report = self.gc()
        self.assertEqual((report["removed"]["results"]["count"], report["removed"]["runs"]["count"]), (0 + 3, 1))
        self.assertEqual(len(json.loads(self.sdlrun("runs", "--json"))), 1)
        self.assertEqual({step["decision"] for step in self.decisions("n=2").values()}, {"cached"})
        self.assertEqual(self.decisions("n=1")["first"]["decision"], "run")

    def test_to_be_taken_from_the_cache_is_a_use(self):
        self.run_each(1)
        self.make_older(40)
        self.run_each(1, 2)
        report = self.gc()
        self.assertEqual(report["removed"]["results"]["count"], 0)
        # The run that made what later ones took over still shows its logs.
        self.assertEqual(report["removed"]["runs"]["count"], 0)

    def test_what_was_not_used_for_longest_goes_until_the_rest_fits(self):
        self.run_each(1, 2, 3, 4)
        before = self.size()
        report = self.gc("--max-size", f"{before * 6 // 10}B")
        self.assertLessEqual(self.size(), before * 6 // 10)
        self.assertEqual(report["kept"]["bytes"], self.size())
        # What the first two of four runs made went, but for a value that needs no room.
        self.assertEqual(report["removed"]["results"]["count"], 5)
        self.assertEqual(self.decisions("n=2")["first"]["decision"], "run")
        self.assertEqual(self.decisions("n=3")["first"]["decision"], "cached")

    def test_a_dry_run_says_what_a_real_one_does_and_does_nothing(self):
        self.run_each(1, 2, 3)
        before = sorted(self.state.rglob("*"))
        would = self.gc("--older-than", "0s", "--dry-run")
        self.assertEqual([path for path in before if not path.exists()], [])
        did = self.gc("--older-than", "0s")
        self.assertEqual(would["removed"], did["removed"])
        self.assertEqual(would["kept"], did["kept"])
        self.assertIn("nothing to remove", self.sdlrun("gc", "--older-than", "0s"))

    # ---- what stays --------------------------------------------------------------------------------------------------

    def test_links_and_the_last_successful_run_stay_unless_asked_otherwise(self):
        self.run_each(1, 2)
        self.make_older(99)
        self.gc()
        self.assertEqual({step["decision"] for step in self.decisions("n=2").values()}, {"cached"})
        self.gc("--keep-runs", "0")
        self.assertTrue((self.folder / "out/p/d/small").exists())
        self.assertEqual(len(self.outputs()), 1)
        first = self.decisions("n=2")["first"]
        self.assertEqual((first["decision"], first["reason"]), ("run", "its result was removed by gc"))
        shutil.rmtree(self.folder / "out")
        self.gc("--keep-runs", "0", "--older-than", "0s")
        self.assertEqual(self.outputs(), [])
        self.assertEqual([path for path in (self.state / "store").rglob("*") if path.is_file()], [])
        self.run_each(2)
        self.assertEqual((self.folder / "out/p/d/both").stat().st_size, 200000)

    def test_more_runs_stay_where_more_are_asked_for(self):
        self.run_each(1, 2, 3)
        report = self.gc("--older-than", "0s", "--keep-runs", "2")
        self.assertEqual(report["kept"]["runs"], 2)
        self.assertEqual(self.decisions("n=2")["first"]["decision"], "cached")
        self.assertEqual(self.decisions("n=1")["first"]["decision"], "run")

    # ---- leftovers ---------------------------------------------------------------------------------------------------

    def test_what_crashes_and_damage_left_goes(self):
        self.run_each(1)
        (self.state / "outputs" / ("f" * 64)).mkdir()
        (self.state / "outputs" / ("f" * 64) / "half").write_text("half")
        (self.state / "store/ff").mkdir(exist_ok=True)
        (self.state / "store/ff" / ("f" * 62 + "-4")).write_text("half")
        (self.state / "temporary/1234/work").mkdir(parents=True)
        report = self.gc()
        self.assertEqual((report["removed"]["leftovers"]["count"], report["removed"]["store_files"]["count"] >= 1), (1, True))
        self.assertFalse((self.state / "store/ff" / ("f" * 62 + "-4")).exists())
        self.assertEqual(os.listdir(self.state / "temporary"), [])
        self.assertEqual({step["decision"] for step in self.decisions("n=1").values()}, {"cached"})

    # ---- beside others -----------------------------------------------------------------------------------------------

    def wait_for(self, holds):
        until = time.monotonic() + 60
        while not holds():
            self.assertLess(time.monotonic(), until)
            time.sleep(0.02)

    def is_waiting(self):
        return any("wait-" in str(path) for path in (self.state / "temporary").glob("*/*"))

    def test_a_run_that_goes_on_keeps_what_it_took_over_and_made(self):
        gate = self.folder / "open"
        self.run_each(1, 2)
        shutil.rmtree(self.folder / "out")
        for number in (1, 7):  # from the cache, and made anew
            gate.unlink(missing_ok=True)
            process = self.begin("p.sdl", f"n={number}", f"gate={gate}", "--json")
            self.wait_for(self.is_waiting)
            report = self.gc("--older-than", "0s", "--keep-runs", "0")
            self.assertGreaterEqual(report["kept"]["results_in_use"], 2)
            self.assertEqual(len(report["running"]), 1)
            gate.touch()
            text = process.communicate(timeout=120)[0]
            self.assertEqual(process.returncode, 0, text)
            self.assertEqual((self.folder / "out/p/d/both").stat().st_size, 200000)
            self.wait_for(lambda: not self.is_waiting())

    def test_killed_at_any_instant_it_leaves_what_runs_can_use(self):
        for round in range(12):
            self.run_each(1, 2, 3)
            process = self.begin("gc", "--older-than", "0s")
            time.sleep(round * 0.003)
            process.send_signal(signal.SIGKILL)
            process.wait()
        for number in (1, 2, 3):
            self.run_each(number)
            self.assertEqual((self.folder / "out/p/d/both").read_text()[:2], f"{number}\n")
        self.gc("--older-than", "0s")
        self.assertEqual(os.listdir(self.state / "temporary"), [])

    # ---- what can be wrong -------------------------------------------------------------------------------------------

    def test_words(self):
        self.assertIn("nothing to remove", self.sdlrun("gc"))
        self.assertFalse(self.state.exists())
        for words, said in ((["--older-than", "5"], "30d"), (["--max-size", "1x"], "20GiB"), (["--keep-runs", "-1"], "such as `5`"), (["nix"], "no file `nix`")):
            self.assertIn(said, self.sdlrun("gc", *words, code=2))


if __name__ == "__main__":
    unittest.main()
