#!/usr/bin/env python3
"""What ./sdlrun promises, tried on a small project in the place of ours, whose program is a script that writes its
arguments. CMake and ninja are the real ones; apt-get, sudo and id stand in where a test would change this machine.
"""
import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]

CMAKE_LISTS = """
cmake_minimum_required(VERSION 3.25)
project(small LANGUAGES NONE)
set(program ${PROJECT_BINARY_DIR}/cli/sdlrun)
add_custom_command(OUTPUT ${program} DEPENDS ${PROJECT_SOURCE_DIR}/cli/program
  COMMAND sh -n ${PROJECT_SOURCE_DIR}/cli/program
  COMMAND sh -c "echo built >> '${PROJECT_SOURCE_DIR}/builds'"
  COMMAND ${CMAKE_COMMAND} -E copy ${PROJECT_SOURCE_DIR}/cli/program ${program} VERBATIM)
add_custom_target(sdlrun DEPENDS ${program})
"""
PRESETS = """{ "version": 6, "configurePresets": [
  { "name": "release", "generator": "Ninja", "binaryDir": "${sourceDir}/build/release" } ] }"""
PROGRAM = """#!/bin/sh
for argument in "$@"; do printf '[%s]' "$argument"; done
exit 7
"""


class WrapperTest(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="sdlrun-wrapper-")
        self.addCleanup(temporary.cleanup)
        self.temporary = pathlib.Path(temporary.name).resolve()
        self.project = self.temporary / "a project"
        for folder in ("dsl", "engine", "stages", "cli", "setup"):
            (self.project / folder).mkdir(parents=True)
        shutil.copy(ROOT / "sdlrun", self.project)
        shutil.copy(ROOT / "setup/packages.sh", self.project / "setup")
        (self.project / "CMakeLists.txt").write_text(CMAKE_LISTS)
        (self.project / "CMakePresets.json").write_text(PRESETS)
        self.write_program(PROGRAM)
        self.require("packages_to_run", "")

    def write_program(self, text):
        program = self.project / "cli/program"
        program.write_text(text)
        program.chmod(0o755)

    def require(self, table, line):
        """From now on the project needs this package: its name, and the file that shows that it is there."""
        with (self.project / "setup/packages.sh").open("a") as packages:
            packages.write(f"{table}='{line}'\n")

    def stand_in(self, name, script):
        """A program that is found before this machine's own."""
        folder = self.temporary / "stand-ins"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text("#!/bin/sh\n" + script)
        (folder / name).chmod(0o755)

    def path_without(self, *hidden):
        """All programs of this machine but some."""
        farm = self.temporary / "programs"
        farm.mkdir()
        for folder in ("/usr/bin", "/bin", "/usr/sbin", "/sbin"):
            for program in os.scandir(folder):
                if program.name not in hidden and not (farm / program.name).is_symlink():
                    (farm / program.name).symlink_to(program.path)
        return str(farm)

    def start(self, *arguments, command=None, folder=None, path=os.environ["PATH"]):
        return subprocess.run([command or self.project / "sdlrun", *arguments], cwd=folder or self.temporary,
                              env=os.environ | {"PATH": f"{self.temporary}/stand-ins:{path}"},
                              capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=300)

    def count_of_builds(self):
        builds = self.project / "builds"
        return len(builds.read_text().splitlines()) if builds.exists() else 0

    def assert_failed(self, result, *texts):
        self.assertEqual(result.returncode, 3, result.stderr)
        for text in texts:
            self.assertIn(text, result.stderr)

    # Building and handing over

    def test_builds_and_hands_over_every_argument_and_the_exit_code(self):
        result = self.start("a b", "", "x=\"*\"", "-j", "$HOME")
        self.assertEqual(result.stdout, '[a b][][x="*"][-j][$HOME]')
        self.assertEqual(result.returncode, 7)
        self.assertEqual(result.stderr, "sdlrun: building (a few minutes, once) …\n")

    def test_says_and_builds_nothing_while_the_program_is_current(self):
        self.start()
        result = self.start("again")
        self.assertEqual((result.stdout, result.stderr), ("[again]", ""))
        self.assertEqual(self.count_of_builds(), 1)

    def test_builds_again_when_a_source_changes_or_goes(self):
        (self.project / "engine/old.cpp").touch()
        self.start()
        self.write_program(PROGRAM.replace("exit 7", "exit 8"))
        self.assertEqual(self.start().returncode, 8)
        (self.project / "engine/old.cpp").unlink()
        self.assertIn("building what has changed", self.start().stderr)
        self.assertEqual(self.start().stderr, "")

    def test_works_through_a_symbolic_link_and_from_any_folder(self):
        link = self.temporary / "a link"
        link.symlink_to("a project/sdlrun")
        self.assertEqual(self.start("x", command=link, folder="/").stdout, "[x]")
        self.assertEqual(self.start("x", command="./sdlrun", folder=self.project).stdout, "[x]")
        by_shell = subprocess.run(["sh", "sdlrun", "x"], cwd=self.project, capture_output=True, text=True)
        self.assertEqual((by_shell.stdout, by_shell.stderr), ("[x]", ""))

    def test_builds_anew_after_the_folder_has_moved(self):
        self.start()
        self.project = self.project.rename(self.temporary / "elsewhere")
        result = self.start("x")
        self.assertEqual((result.stdout, result.returncode), ("[x]", 7))
        self.assertEqual(self.count_of_builds(), 2)

    def test_two_at_once_build_once(self):
        self.write_program(PROGRAM)
        both = [subprocess.Popen([self.project / "sdlrun", "x"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
                for _ in range(2)]
        self.assertEqual([one.communicate()[0] for one in both], [b"[x]", b"[x]"])
        self.assertEqual(self.count_of_builds(), 1)

    def test_completing_a_word_never_builds(self):
        result = self.start("__complete", "bash")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))
        self.assertEqual(self.count_of_builds(), 0)
        self.start()
        self.assertEqual(self.start("__complete", "bash").stdout, "[__complete][bash]")

    # Failures

    def test_a_failed_build_shows_the_end_of_its_log_and_the_command_and_the_next_start_tries_again(self):
        self.write_program("if then\n")
        self.assert_failed(self.start(), "the build failed", "Syntax error", "build.log", "try: cmake --build")
        self.write_program(PROGRAM)
        self.assertEqual(self.start("x").stdout, "[x]")

    def test_an_old_program_is_not_run_after_a_failed_build(self):
        self.start()
        self.write_program("if then\n")
        self.assertEqual(self.start("x").stdout, "")
        self.assert_failed(self.start("x"), "the build failed")

    def test_a_failed_configuration_says_so(self):
        (self.project / "CMakeLists.txt").write_text("nonsense(")
        self.assert_failed(self.start(), "configuring failed", "CMakeLists.txt", "cmake --preset release")

    def test_a_folder_that_cannot_be_written_is_named(self):
        (self.project / "build").write_text("a file")
        self.assert_failed(self.start(), f"cannot write to {self.project}/build")

    # Installing what is missing

    def test_installs_the_missing_packages_and_says_which(self):
        sign = self.temporary / "sign"
        self.require("packages_to_build", f"made-up {sign}\ncmake cmake")
        self.stand_in("apt-get", f'case "$*" in *install*made-up*) touch {sign} ;; esac')
        self.stand_in("id", "echo 0")
        result = self.start("x")
        self.assertEqual(result.stdout, "[x]", result.stderr)
        self.assertIn("installing what the build needs: made-up\n", result.stderr)
        self.assertEqual(self.start("x").stderr, "")

    def test_takes_new_package_lists_when_the_old_ones_do_not_do(self):
        sign, lists = self.temporary / "sign", self.temporary / "lists"
        self.require("packages_to_build", f"made-up {sign}")
        self.stand_in("apt-get", f'case "$*" in *update*) touch {lists} ;; *) [ -e {lists} ] && touch {sign} ;; esac')
        self.stand_in("id", "echo 0")
        self.assertEqual(self.start("x").stdout, "[x]")

    def test_an_unknown_distribution_gets_the_list_of_packages(self):
        self.require("packages_to_build", "made-up /nowhere")
        self.assert_failed(self.start(path=self.path_without("apt-get")), "neither Debian nor Ubuntu", "made-up")

    def test_without_root_it_says_what_root_would_type(self):
        self.require("packages_to_build", "made-up /nowhere")
        self.stand_in("id", "echo 1000")
        self.assert_failed(self.start(path=self.path_without("sudo")), "there is no sudo", "apt-get install made-up")

    def test_a_sudo_that_wants_a_password_is_not_waited_for_without_a_terminal(self):
        self.require("packages_to_build", "made-up /nowhere")
        self.stand_in("id", "echo 1000")
        self.stand_in("sudo", "echo 'sudo: a password is required' >&2; exit 1")
        self.assert_failed(self.start(), "wants a password", "apt-get install made-up")

    def test_without_a_network_it_says_so(self):
        self.require("packages_to_build", "made-up /nowhere")
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", "echo \"E: Temporary failure resolving 'deb.debian.org'\"; exit 100")
        self.assert_failed(self.start(), "is there a network?", "Temporary failure", "apt-get install made-up")

    def test_goes_on_without_what_only_some_steps_need_and_tries_that_once(self):
        self.require("packages_to_run", "made-up /nowhere")
        self.stand_in("id", "echo 0")
        self.stand_in("apt-get", "exit 100")
        first, second = self.start("x"), self.start("x")
        self.assertIn("could not install made-up", first.stderr)
        self.assertIn("going on", first.stderr)
        self.assertEqual((first.stdout, second.stdout, second.stderr), ("[x]", "[x]", ""))


if __name__ == "__main__":
    unittest.main()
