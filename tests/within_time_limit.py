"""Runs a test's script as `python3 SCRIPT ARGUMENT...` does, within two limits.

Shortly before ctest would kill it, shows where it stands and ends it, as ctest shows nothing of what a test has that it kills:
SDLRUN_TEST_SECONDS is the time limit that ctest has for it.

From SDLRUN_BEGIN_BEFORE on (seconds since 1970; `tests/run --minutes`) what takes minutes is left out, each test case by name;
what goes on then has twenty minutes.
"""

import faulthandler
import os
import pathlib
import runpy
import subprocess
import sys
import threading
import time
import unittest

# For what is shown to be written, and the script's children to end.
SPARE_SECONDS = 20
LONGEST_AFTER_END_SECONDS = 1200
NO_TIME = "no time was left for it (tests/run --minutes)"


def show_and_end(seconds):
    print(f"\nnot done after {seconds:.0f} s, and stands here:", file=sys.stderr, flush=True)
    faulthandler.dump_traceback(all_threads=True)
    listing = subprocess.run(["ps", "-eo", "pid,ppid,etime,stat,wchan:20,args", "--forest", "--width", "300"], capture_output=True, text=True, check=False)
    print(own_processes(listing.stdout), file=sys.stderr, flush=True)
    os._exit(1)


def own_processes(listing):
    """The lines of this process and what it has started."""
    lines = listing.splitlines()
    ours = {str(os.getpid())}
    shown = lines[:1]
    for line in lines[1:]:  # a parent stands before its children
        process, parent = line.split()[:2]
        if process in ours or parent in ours:
            ours.add(process)
            shown.append(line)
    return "\n".join(shown)


def leave_out_what_begins_after(end):
    run = unittest.TestCase.run

    def run_in_time(case, result=None):
        if time.time() < end:
            return run(case, result)
        print(f"\nleft out: {case.id().removeprefix('__main__.')}: {NO_TIME}", flush=True)
        result.startTest(case)
        result.addSkip(case, NO_TIME)
        result.stopTest(case)
        return result

    unittest.TestCase.run = run_in_time


def main():
    script = pathlib.Path(sys.argv[1]).resolve()
    end = float(os.environ.pop("SDLRUN_BEGIN_BEFORE", "inf"))
    if time.time() >= end:
        print(f"left out: {script.name}: {NO_TIME}")
        sys.exit(77)
    leave_out_what_begins_after(end)
    seconds = min(float(os.environ.pop("SDLRUN_TEST_SECONDS")), end + LONGEST_AFTER_END_SECONDS - time.time()) - SPARE_SECONDS
    timer = threading.Timer(seconds, show_and_end, [seconds])
    timer.daemon = True
    timer.start()
    sys.argv = sys.argv[1:]
    sys.path[0] = str(script.parent)
    runpy.run_path(str(script), run_name="__main__")


if __name__ == "__main__":
    main()
