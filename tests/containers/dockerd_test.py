#!/usr/bin/env python3
"""The engine that the tests of containers begin leaves nothing behind, however the test ends."""

import glob
import pathlib
import signal
import subprocess
import sys
import unittest

from dockerd import CannotStart, Dockerd, processes_of, quietly, rules
from root_systems import import_busybox

HERE = pathlib.Path(__file__).resolve().parent
# A test with a container that ignores SIGTERM, a port and a network of its own; then it ends as it is told.
PROGRAM = '''
import sys, time
from dockerd import run_tests
from root_systems import import_busybox

def tests(docker):
    import_busybox(docker, "busybox:test")
    docker.run("network", "create", "lan")
    docker.run("run", "-d", "--network", "lan", "-p", "127.0.0.1::80", "busybox:test", "sleep", "1000")
    print(docker.folder.name, docker.octet, flush=True)
    if sys.argv[1] == "raise":
        raise AssertionError("it fails")
    if sys.argv[1] == "wait":
        time.sleep(1000)
    return 5

run_tests(tests)
'''


def traces(name, octet):
    """All that an engine may have left on the machine, by kind."""
    saved = quietly("iptables-save").stdout
    return {
        "processes": list(processes_of(name)),
        "mounts": [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if name in line],
        "folders": glob.glob(f"/tmp/{name}"),
        "groups": glob.glob(f"/sys/fs/cgroup/**/{name}", recursive=True),
        "addresses": [line for line in quietly("ip", "-o", "-4", "address").stdout.splitlines() if f" 10.{octet}." in line],
        "rules": [rule for _, rule in rules(octet) if f"10.{octet}.0.0/16" in saved],
    }


class LeavesNothingTest(unittest.TestCase):
    def ends(self, how, code, end=lambda process: None):
        process = subprocess.Popen([sys.executable, "-c", PROGRAM, how], cwd=HERE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        name, octet = process.stdout.readline().split()
        self.assertNotIn([], traces(name, int(octet)).values())
        end(process)
        process.communicate(timeout=120)
        self.assertEqual(process.returncode, code)
        self.assertEqual({kind: left for kind, left in traces(name, int(octet)).items() if left}, {})

    def test_a_test_that_ends(self):
        self.ends("return", 5)

    def test_a_test_that_fails(self):
        self.ends("raise", 1)

    def test_a_test_that_is_terminated(self):
        self.ends("wait", 143, lambda process: process.send_signal(signal.SIGTERM))

    def test_two_side_by_side(self):
        with Dockerd() as first, Dockerd() as second:
            for docker in (first, second):
                import_busybox(docker, "busybox:test")
                docker.run("run", "-d", "--name", "same", "busybox:test", "sleep", "1000")
            self.assertNotEqual(first.inspect("same")["NetworkSettings"]["IPAddress"], second.inspect("same")["NetworkSettings"]["IPAddress"])
            first.stop()
            self.assertEqual(second.run("exec", "same", "echo", "alive"), "alive")
        for docker in (first, second):
            self.assertEqual({kind: left for kind, left in traces(docker.folder.name, docker.octet).items() if left}, {})


if __name__ == "__main__":
    # Whether one can be begun here at all; it is gone before the tests begin.
    try:
        with Dockerd():
            pass
    except CannotStart as reason:
        print(f"skipped: dockerd cannot start here: {reason}")
        sys.exit(77)
    unittest.main()
