#!/usr/bin/env python3
"""Runs that are over before they begin, as a run before them had nothing to do and nothing has changed since: when that is
so, what they tell, and that after any change they are not."""

import os
import pathlib
import shutil
import sqlite3
import subprocess
import unittest

from project import SDLRUN, Project, links_below, write


def all_below(folder):
    """Paths from there, links not followed."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


class UnchangedTest(unittest.TestCase):
    def setUp(self):
        self.project = Project(self)
        self.folder = self.project.folder

    def assert_taken(self, *words):
        self.assertTrue(self.project.run(*words)[3], "the whole way was gone")

    def assert_not_taken(self, *words):
        self.assertFalse(self.project.run(*words)[3], "it was not seen that something has changed")

    def database(self, sql):
        connection = sqlite3.connect(self.folder / ".sdl/state.db")
        rows = connection.execute(sql).fetchall()
        connection.commit()
        connection.close()
        return rows

    def test_a_run_with_something_to_do_leaves_no_note_and_the_first_without_does(self):
        self.assert_not_taken()
        self.assertEqual(list((self.folder / ".sdl").glob("unchanged/*")), [])
        self.project.settle()
        self.assertEqual(len(list((self.folder / ".sdl").glob("unchanged/*"))), 1)

    def test_what_is_told_is_what_the_whole_way_tells(self):
        for words in ([], ["-q"], ["--color"], ["-j", "1"], ["main.sdl"], ["n=1", "look"]):
            words = [*words] if "main.sdl" in words else ["main.sdl", *words]
            self.project.settle(*words)
            with self.subTest(words):
                told = self.project.run(*words)
                self.assertTrue(told[3])
                self.assertEqual((told[:3], links_below(self.folder)), self.project.whole_way(*words))

    def test_what_tells_of_each_step_goes_the_whole_way(self):
        self.project.settle()
        for option in ("--json", "--verbose"):
            self.assert_not_taken("main.sdl", option)
        self.assert_taken()

    def test_a_run_is_recorded_as_the_whole_way_records_it(self):
        self.project.settle()
        of_run = "SELECT pipeline, file, command, outcome, ran, cached, failed, cached_attempts, attempts_before FROM runs ORDER BY started DESC, rowid DESC LIMIT 1"
        self.assert_taken()
        short = self.database(of_run)
        shutil.rmtree(self.folder / ".sdl/unchanged")
        self.assert_not_taken()
        self.assertEqual(short, self.database(of_run))
        self.assertEqual(list((self.folder / ".sdl/journal").iterdir()), [])

    def test_other_words_are_another_request(self):
        self.project.settle()
        for words in (["main.sdl", "n=2"], ["main.sdl", "look"], ["main.sdl", "--profile", "two"], ["./main.sdl"]):
            with self.subTest(words):
                self.assert_not_taken(*words)
        self.project.settle()

    def test_a_profile_is_taken_from_the_file_of_now(self):
        words = ["main.sdl", "--profile", "two"]
        self.project.settle(*words)
        write(self.folder / "sdl.yaml", "profiles:\n  two: { n: 3 }\n")
        self.assert_not_taken(*words)

    def test_another_param_and_back_records_the_newest_attempts_anew(self):
        self.project.settle()
        self.assert_not_taken("main.sdl", "n=5")
        self.assert_not_taken()
        self.assertEqual(self.database("SELECT outcome FROM attempts WHERE step = 'listed' ORDER BY id DESC LIMIT 1"), [("cached",)])
        self.project.settle()

    def test_another_pipeline_of_the_project_is_no_change(self):
        write(self.folder / "other.sdl", 'pipeline other {\n  step s = exec.run { command = ["true"] }\n}\n')
        self.project.settle()
        self.assert_not_taken("other.sdl")
        self.assert_taken()

    def test_clean_of_a_step_and_of_all(self):
        self.project.settle()
        subprocess.run([SDLRUN, "clean", "main.sdl", "look"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        code, output, _, taken = self.project.run()
        self.assertFalse(taken)
        self.assertIn("1 ran", " ".join(output))
        self.project.settle()
        subprocess.run([SDLRUN, "clean", "--yes"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        self.assert_not_taken()

    def test_gc_removes_notes_that_are_not_true_and_leaves_the_others(self):
        self.project.settle()
        notes = self.folder / ".sdl/unchanged"
        write(notes / "left", "")
        subprocess.run([SDLRUN, "gc"], cwd=self.folder, check=True, stdout=subprocess.DEVNULL)
        self.assertEqual(len(list(notes.iterdir())), 1)
        self.assert_taken()

    def test_gc_that_takes_a_result_away(self):
        self.project.settle()
        self.project.run("main.sdl", "n=2")
        subprocess.run([SDLRUN, "gc", "--keep-runs", "1", "--older-than", "0s"], cwd=self.folder, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        told = self.project.run()
        self.assertFalse(told[3])
        self.assertEqual(told[0], 0)

    def test_a_state_that_was_moved_away_or_replaced(self):
        self.project.settle()
        shutil.move(self.folder / ".sdl/state.db", self.folder / "away")
        self.assert_not_taken()

    def test_a_project_that_was_moved_goes_the_whole_way(self):
        self.project.settle()
        moved = self.project.place / "moved"
        self.folder.rename(moved)
        code, output, errors, taken = self.project.run(folder=moved)
        self.assertFalse(taken)
        self.assertIn("nothing to do", " ".join(output))

    def test_what_cannot_be_told_by_files_leaves_no_note(self):
        for name, body, ends_well in (
                ("skipped", 'step s = exec.run { command = ["true"] } with { when = false }\n step t = exec.run { command = ["true"] }', True),
                ("uncached", 'step s = exec.run { command = ["true"] } with { cache = "off" }', True),
                ("late", 'step l = exec.run { command = ["echo", "[\\"a\\"]"] } outputs { e: [string] at "e" }', False),
                ("shared", 'step s = exec.run { command = ["true"] } with { cache = "shared" }', True),
                ("warned", 'step s = exec.run { command = ["echo", "data.txt"] }', True)):
            with self.subTest(name):
                write(self.folder / f"{name}.sdl", f"pipeline {name} {{\n {body}\n}}\n")
                for _ in range(3):
                    code, output, errors, taken = self.project.run(f"{name}.sdl")
                    self.assertFalse(taken)
                    self.assertEqual(code == 0, ends_well, (output, errors))

    def test_a_file_that_a_text_may_mean_is_warned_of_once_it_is_there(self):
        self.project.settle()
        write(self.folder / "maybe/missing.txt", "")
        told = self.project.run()
        self.assertFalse(told[3])
        self.assertIn("file-as-text", " ".join(told[2]))

    def test_libraries_that_are_one_file_or_two(self):
        write(self.folder / "library/alias.sdl", (self.folder / "library/common.sdl").read_text())
        text = (self.folder / "main.sdl").read_text().replace('use "parts" as parts', 'use "parts" as parts\nuse "library/alias.sdl"')
        os.remove(self.folder / "library/alias.sdl")
        (self.folder / "library/alias.sdl").symlink_to("common.sdl")
        write(self.folder / "main.sdl", text)
        self.project.settle()
        os.remove(self.folder / "library/alias.sdl")
        write(self.folder / "library/alias.sdl", (self.folder / "library/common.sdl").read_text())
        self.assert_not_taken()

    def test_another_program_goes_the_whole_way(self):
        self.project.settle()
        program = self.project.place / "sdlrun"
        shutil.copy2(SDLRUN, program)
        done = subprocess.run([program, "main.sdl"], cwd=self.folder, env={**os.environ, "HOME": str(self.project.place / "home"), "SDLRUN_LOG": "debug"}, capture_output=True, text=True, check=True)
        self.assertNotIn("nothing has changed", done.stderr)

    def test_two_engines_at_once_tell_the_same(self):
        self.project.settle()
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.project.place / "home")}
        many = [subprocess.Popen([SDLRUN, "main.sdl", *words], cwd=self.folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                for words in ([], ["n=7"], [], ["n=8"], [])]
        for process in many:
            text = process.communicate(timeout=120)[0]
            self.assertEqual(process.returncode, 0, text)
        self.project.settle()
        self.assertEqual((self.project.run()[:3], links_below(self.folder)), self.project.whole_way())


class ChangesTest(unittest.TestCase):
    """Everything in turn is changed in each way, and what is told then compared with a copy that has no note. One step at a
    time: of two that fail at once, either may be the one that ends the run."""

    words = ("main.sdl", "-j", "1")

    def setUp(self):
        self.project = Project(self)
        self.folder = self.project.folder
        self.project.settle(*self.words)
        self.pristine = self.project.place / "pristine"
        subprocess.run(["cp", "-a", self.folder, self.pristine], check=True)

    def restore(self):
        shutil.rmtree(self.folder)
        subprocess.run(["cp", "-a", self.pristine, self.folder], check=True)
        self.project.settle(*self.words)

    def changes(self, name):
        """Of one file, link or folder: what to do to it."""
        path = self.folder / name

        def replace(make):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()
            make()

        def same_size():
            status = path.stat()
            content = path.read_bytes()
            path.chmod(0o644)
            path.write_bytes(bytes(byte ^ 1 for byte in content))
            path.chmod(status.st_mode & 0o7777)
            os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))

        def longer():
            mode = path.stat().st_mode & 0o7777
            path.chmod(0o644)
            path.write_bytes(path.read_bytes() + b"\n# more\n")
            path.chmod(mode)

        yield "removed", lambda: replace(lambda: None)
        yield "replaced by a link", lambda: replace(lambda: path.symlink_to("nowhere/at/all"))
        if path.is_symlink():
            yield "replaced by a file", lambda: replace(lambda: path.write_text("data\n"))
        elif path.is_dir():
            yield "emptied", lambda: replace(path.mkdir)
            yield "a file beside", lambda: (path / "beside.sdl").write_text("!")
            yield "a table beside", lambda: (path / "beside.csv").write_text("")
            yield "a link beside", lambda: (path / "beside").symlink_to("nowhere")
            yield "replaced by a file", lambda: replace(lambda: path.write_text(""))
        else:
            yield "longer", longer
            yield "replaced by a folder", lambda: replace(path.mkdir)
            yield "executable", lambda: path.chmod(0o755 if path.stat().st_mode & 0o111 == 0 else 0o644)
            if path.stat().st_size > 0:
                yield "of the same size and time", same_size

    def check(self, names):
        for name in names:
            self.restore()
            for what, _ in list(self.changes(name)):
                with self.subTest(f"{name}: {what}"):
                    self.restore()
                    next(change for found, change in self.changes(name) if found == what)()
                    expected = self.project.whole_way(*self.words)
                    told = self.project.run(*self.words)
                    self.assertEqual((told[:3], links_below(self.folder)), expected)

    def test_of_the_project(self):
        self.check([name for name in all_below(self.folder) if not name.startswith(".sdl")])

    def test_of_outputs_and_contents(self):
        self.check([name for name in all_below(self.folder) if name.startswith((".sdl/outputs/", ".sdl/store/"))])

    def test_of_the_state(self):
        # The index of the write-ahead log is SQLite's: who changes it ends the engine, note or no note.
        names = [name for name in all_below(self.folder) if name.startswith(".sdl/") and not name.startswith((".sdl/outputs/", ".sdl/store/", ".sdl/runs/"))]
        self.check([name for name in [*names, ".sdl/outputs", ".sdl/store"] if not name.endswith("-shm")])


if __name__ == "__main__":
    unittest.main()
