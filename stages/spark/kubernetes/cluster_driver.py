"""Runs a Spark application's script as the driver in a Pod: what `spark.submit` has Spark run on Kubernetes.

    cluster_driver.py SCRIPT [ARGUMENT…]

The script finds its files in its folder, which is empty but for them, and leaves its outputs there, as on one machine. They come
from the artifact store and go there (kubernetes/artifacts/carry.py, which lies here as sdlrun_carry.py): SDLRUN_STORE is its
address, SDLRUN_FETCH the list of what to fetch, SDLRUN_LEAVE, as JSON, that of what is left and its paths. Not set: there is
nothing to carry. What a script raises, or how long it took, is left as the container's termination message, which the API keeps with the Pod.
"""

import io
import json
import os
import sys

import driver

TERMINATION_MESSAGE = "/dev/termination-log"
LONGEST_MESSAGE = 4096  # what the kubelet keeps: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/


def main():
    script, *arguments = sys.argv[1:]
    script = os.path.abspath(script)
    if not os.path.isfile(script):
        print(f"can't open file '{script}': No such file or directory", file=sys.stderr, flush=True)  # as Python says it
        driver.end_process(2)
    folder = os.path.join(os.environ["SPARK_LOCAL_DIRS"].split(",")[0], "sdlrun")
    work = os.path.join(folder, "work")
    os.makedirs(work, exist_ok=True)
    carried = Carried(folder)
    if not carried.fetch():
        driver.end_process(1)
    os.chdir(work)
    code, explanation = run_and_keep(script, arguments, carried.printed)
    if explanation:
        leave_message(explanation)
    if code == 0 and not carried.leave():
        code = 1
    driver.end_process(code)


class Carried:
    """What comes from the store before the script runs, and goes there when it has ended well. The script does not see the store's secret."""

    def __init__(self, folder):
        self.folder = folder
        self.to_fetch, self.to_leave = os.environ.get("SDLRUN_FETCH"), json.loads(os.environ.get("SDLRUN_LEAVE", "[]"))
        address, token = os.environ.get("SDLRUN_STORE"), os.environ.pop("SDLRUN_STORE_TOKEN", None)
        if address:
            import sdlrun_carry

            self.carry, self.store = sdlrun_carry, sdlrun_carry.Store(address, token)

    @property
    def printed(self):
        """Where standard output goes too; none: nowhere."""
        return os.path.join(self.folder, "printed") if "printed" in self.to_leave[1:] else None

    def fetch(self):
        return not self.to_fetch or self.succeeds("its files could not be brought to it", lambda: self.carry.fetch(self.store, self.to_fetch, self.folder))

    def leave(self):
        return not self.to_leave[1:] or self.succeeds("what it has left could not be kept", lambda: self.carry.leave(self.store, self.to_leave[0], self.folder, self.to_leave[1:]))

    def succeeds(self, failure, action):
        try:
            action()
            return True
        except (self.carry.Refused, OSError) as error:
            print(f"sdlrun: {failure}: {error}", file=sys.stderr, flush=True)
            leave_message({"type": failure, "message": str(error)})
            return False


def run_and_keep(script, arguments, copy):
    """Standard output goes on as it is, and into a file too: outputs may be taken from it."""
    if copy is None:
        return driver.run(script, arguments)
    with open(copy, "w", encoding="utf-8") as file:
        sys.stdout = Both(sys.stdout, file)
        try:
            return driver.run(script, arguments)
        finally:
            sys.stdout.flush()
            sys.stdout = sys.stdout.first


class Both(io.TextIOBase):
    def __init__(self, first, second):
        self.first, self.second = first, second

    def write(self, text):
        self.second.write(text)
        return self.first.write(text)

    def flush(self):
        self.first.flush()
        self.second.flush()

    def isatty(self):
        return False

    def fileno(self):
        return self.first.fileno()

    def writable(self):
        return True

    @property
    def buffer(self):
        return self.first.buffer

    @property
    def encoding(self):
        return self.first.encoding


def leave_message(explanation):
    """As much as is kept; the end of a traceback says most."""
    while len(text := json.dumps(explanation)) > LONGEST_MESSAGE:
        cut = len(text) - LONGEST_MESSAGE
        longest = max((key for key in explanation if isinstance(explanation[key], str)), key=lambda key: len(explanation[key]))
        explanation[longest] = "…" + explanation[longest][cut + 16:]
    with open(TERMINATION_MESSAGE, "w", encoding="utf-8") as file:
        file.write(text)


if __name__ == "__main__":
    main()
