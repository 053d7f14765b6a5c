#!/usr/bin/env python3
"""Counts the test cases of a ctest run: one line, `N passed, N failed, N skipped`, and the exit code that goes with it.

A ctest test that counts its own cases (doctest's closing line, unittest's, or `N passed, N failed`) stands for these;
any other counts as one. What was left out for want of time is named before.
"""
import argparse
import re
import sys
import xml.etree.ElementTree as ElementTree

COUNTED = [
    re.compile(r"^\[doctest\] test cases: +\d+ \| +(?P<passed>\d+) passed \| +(?P<failed>\d+) failed", re.MULTILINE),
    re.compile(r"^(?P<passed>\d+) passed, (?P<failed>\d+) failed(, (?P<skipped>\d+) skipped)?$", re.MULTILINE),
]


def own_count(output):
    """Passed, failed and skipped as the test's own output has them last, or None."""
    for pattern in COUNTED:
        found = list(pattern.finditer(output))
        if found:
            counts = found[-1].groupdict()
            return int(counts["passed"]), int(counts["failed"]), int(counts.get("skipped") or 0)
    return unittest_count(output)


def unittest_count(output):
    """The same of Python's unittest, which writes how many ran and then the exceptions from that."""
    ran = re.search(r"^Ran (\d+) tests? in .*\n+(?:OK|FAILED)(.*)$", output, re.MULTILINE)
    if not ran:
        return None
    others = dict(re.findall(r"(\w+)=(\d+)", ran[2]))
    failed, skipped = int(others.get("failures", 0)) + int(others.get("errors", 0)), int(others.get("skipped", 0))
    return int(ran[1]) - failed - skipped, failed, skipped


def count(test):
    if test.find("skipped") is not None or test.get("status") == "disabled":
        return 0, 0, 1
    passed, failed, skipped = own_count(test.findtext("system-out") or "") or (0, 0, 0)
    if test.get("status") == "run":
        return (passed, failed, skipped) if passed + failed + skipped else (1, 0, 0)
    # One that crashed, or ran out of time, counts as failed whatever it wrote before.
    return passed, max(failed, 1), skipped


def left_out(test):
    """Lines that name what there was no time for (tests/within_time_limit.py)."""
    return [f"{test.get('name')}: {line}" for line in (test.findtext("system-out") or "").splitlines() if line.startswith("left out: ")]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ctest-status", type=int, default=0)
    parser.add_argument("junit")
    arguments = parser.parse_args()
    try:
        tests = list(ElementTree.parse(arguments.junit).getroot().iter("testcase"))
        for line in dict.fromkeys(line for test in tests for line in left_out(test)):
            print(line)
        passed, failed, skipped = (sum(column) for column in zip((0, 0, 0), *map(count, tests)))
    except (OSError, ElementTree.ParseError) as error:
        print(f"the results of ctest cannot be read: {error}")
        passed, failed, skipped = 0, 1, 0
    if arguments.ctest_status and not failed:
        failed = 1
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
