#!/usr/bin/env python3
"""What the case runner, the coverage check and the closing summary promise, each tried as a program of its own."""
import pathlib
import subprocess
import sys
import tempfile
import unittest

CASES = pathlib.Path(__file__).resolve().parent

# Stands in for sdlrun: `check` refuses any file that has the word `wrong` in it; other words are commands of a shell.
PROGRAM = """#!/bin/sh
if [ "$1" = check ]; then
  grep -q wrong "$2" && echo "error[wrong-word]: at $PWD/$2, after 10s" >&2 && exit 2
  exit 0
fi
eval "$*"
"""


class TemporaryFolder(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory()
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.write("sdlrun", PROGRAM).chmod(0o755)

    def write(self, name, text):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def start(self, program, *arguments):
        return subprocess.run([sys.executable, program, *map(str, arguments)], capture_output=True, text=True)


class RunnerTest(TemporaryFolder):
    def setUp(self):
        super().setUp()
        # Its own copy of the runner, so that the groups beside it are those of the test.
        self.runner = self.write("tests/cases/run.py", (CASES / "run.py").read_text())

    def case(self, name, text):
        return self.write(f"tests/cases/{name}", text)

    def run_cases(self, *arguments):
        return self.start(self.runner, "--sdlrun", self.folder / "sdlrun", *arguments)

    def expect(self, result, closing_line, *texts):
        self.assertEqual(result.stdout.splitlines()[-1], closing_line, result.stdout + result.stderr)
        self.assertEqual(result.returncode, 0 if closing_line.endswith(" 0 failed") else 1)
        for text in texts:
            self.assertIn(text, result.stdout)

    def test_a_new_case_fails_with_the_command_that_accepts_it(self):
        self.case("runs/hello.sdl", "# run: sdlrun echo hello\n")
        self.expect(self.run_cases(), "0 passed, 1 failed", "+hello",
                    "tests/cases/run.py --accept tests/cases/runs/hello.sdl")
        self.expect(self.run_cases("--accept"), "1 passed, 0 failed", "accepted tests/cases/runs/hello.sdl")
        self.expect(self.run_cases(), "1 passed, 0 failed")

    def test_what_is_expected_has_each_command_its_output_its_errors_and_its_exit_code(self):
        case = self.case("runs/two.sdl", "# run: sdlrun echo one\n# about this case\n# run: echo two >&2; exit 3\n\n")
        self.run_cases("--accept")
        self.assertEqual(case.with_suffix(".expected").read_text(),
                         "$ sdlrun echo one\none\n--- exit code 0\n"
                         "$ echo two >&2; exit 3\n--- standard error\ntwo\n--- exit code 3\n")

    def test_a_change_of_the_output_or_the_exit_code_fails(self):
        case = self.case("runs/hello.sdl", "# run: sdlrun cat text; exit 4\n")
        text = self.case("runs/text", "before\n")
        self.run_cases("--accept")
        text.write_text("after\n")
        self.expect(self.run_cases(), "0 passed, 1 failed", "-before", "+after")
        text.write_text("before\n")
        case.with_suffix(".expected").write_text("$ sdlrun cat text; exit 4\nbefore\n--- exit code 0\n")
        self.expect(self.run_cases(), "0 passed, 1 failed", "+--- exit code 4")

    def test_each_case_runs_in_a_fresh_copy(self):
        self.case("runs/first.sdl", "# run: sdlrun 'ls; touch left-over'\n")
        self.case("runs/second.sdl", "# run: sdlrun 'ls; touch left-over'\n")
        self.run_cases("--accept")
        self.expect(self.run_cases(), "2 passed, 0 failed")
        self.assertFalse((self.folder / "tests/cases/runs/left-over").exists())

    def test_paths_times_and_digests_are_made_the_same_but_not_what_check_shows(self):
        case = self.case("runs/varied.sdl", "# run: sdlrun 'echo $PWD took 1.25s, 17 ms, key 0123456789abcdef, 10s'\n")
        wrong = self.case("errors/wrong.sdl", "wrong\n")
        self.run_cases("--accept")
        self.assertIn("\n{root} took {time}, {time}, key {digest}, 10s\n", case.with_suffix(".expected").read_text())
        self.assertIn("at {root}/wrong.sdl, after 10s", wrong.with_suffix(".expected").read_text())

    def test_a_file_in_errors_must_be_refused_with_exit_code_2(self):
        self.case("errors/right.sdl", "all is well\n")
        self.expect(self.run_cases("--accept"), "0 passed, 1 failed", "in errors/ it must be 2")

    def test_a_folder_is_a_case_by_its_main_file_and_the_rest_is_material(self):
        self.case("errors/circle/main.sdl", "wrong\n")
        self.case("errors/circle/other.sdl", "wrong\n")
        self.expect(self.run_cases("--accept"), "1 passed, 0 failed")

    def test_errors_are_sorted_into_areas_and_what_lies_deeper_is_material(self):
        self.case("errors/names/unknown.sdl", "wrong\n")
        self.case("errors/names/libraries/plain.sdl", "wrong\n")
        self.expect(self.run_cases("--accept"), "1 passed, 0 failed", "accepted tests/cases/errors/names/unknown.sdl")

    def test_a_crash_is_never_accepted(self):
        self.case("runs/crash.sdl", "# run: sdlrun 'kill -SEGV $$'\n")
        self.expect(self.run_cases("--accept"), "0 passed, 1 failed", "crashed")

    def test_expectations_without_a_case_and_no_cases_at_all_fail(self):
        self.expect(self.run_cases(), "0 passed, 1 failed", "no cases were found")
        self.case("runs/gone.expected", "")
        self.expect(self.run_cases(), "0 passed, 1 failed", "there is no gone.sdl beside it")


class CoverageTest(TemporaryFolder):
    def check(self, source, expected, exemptions=""):
        self.write("dsl/check.cpp", source)
        self.write("cases/errors/one.expected", expected)
        self.write("cases/coverage_exemptions.txt", exemptions)
        return self.start(CASES / "coverage.py", "--sources", self.folder / "dsl", "--cases", self.folder / "cases")

    def test_each_name_wants_a_case_or_an_exemption(self):
        source = 'error("typo", span);\nname = late ? "late-value" : "bad-value";\n'
        shown = "error[typo]: …\nwarning[late-value]: …\n"
        self.assertIn("bad-value (dsl/check.cpp:2): no case shows it", self.check(source, shown).stdout)
        self.assertEqual(self.check(source, shown + "error[bad-value]: …").returncode, 0)
        self.assertEqual(self.check(source, shown, "bad-value: only a full disk brings it about\n").returncode, 0)

    def test_an_exemption_does_not_outlive_its_reason(self):
        source, shown = 'error("bad-value")', "error[bad-value]"
        self.assertIn("a case shows it by now", self.check(source, shown, "bad-value: cannot be shown\n").stdout)
        self.assertIn("no such diagnostic any more", self.check(source, shown, "old-name: cannot be shown\n").stdout)
        self.assertEqual(self.check(source, shown, "no reason given\n").returncode, 1)

    def test_a_case_that_expects_an_unknown_name_is_seen(self):
        self.assertIn("there is no such diagnostic", self.check('error("typo")', "error[typo] error[tipo]").stdout)


class SummaryTest(TemporaryFolder):
    def summary(self, *tests, status=0):
        text = "".join(f'<testcase name="t" status="{state}"><system-out>{output}</system-out></testcase>'
                       for state, output in tests)
        results = self.write("results.xml", f"<testsuite>{text}</testsuite>")
        result = self.start(CASES.parent / "summary.py", "--ctest-status", status, results)
        return result.stdout.strip(), result.returncode

    def test_counts_the_cases_of_each_kind_of_test(self):
        doctest = "[doctest] test cases:  7 |  7 passed | 0 failed | 0 skipped"
        self.assertEqual(self.summary(("run", doctest), ("run", "3 passed, 0 failed"), ("run", "fine"),
                                      ("run", "Ran 5 tests in 0.1s\n\nOK (skipped=1)")),
                         ("15 passed, 0 failed, 1 skipped", 0))

    def test_failures_are_counted_and_fail(self):
        self.assertEqual(self.summary(("fail", "2 passed, 1 failed"), ("fail", "Ran 4 tests in 1s\n\nFAILED (errors=2)"),
                                      status=8), ("4 passed, 3 failed, 0 skipped", 1))

    def test_a_crash_is_a_failure_whatever_was_written_before(self):
        self.assertEqual(self.summary(("fail", "9 passed, 0 failed"), status=8), ("9 passed, 1 failed, 0 skipped", 1))

    def test_no_results_and_a_failed_ctest_fail(self):
        self.assertEqual(self.start(CASES.parent / "summary.py", self.folder / "none.xml").returncode, 1)
        self.assertEqual(self.summary(status=8), ("0 passed, 1 failed, 0 skipped", 1))


if __name__ == "__main__":
    unittest.main()
