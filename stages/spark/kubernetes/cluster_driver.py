"""Runs a Spark application's script as the driver in a Pod: what `spark.submit` has Spark run on Kubernetes.

    cluster_driver.py SCRIPT [ARGUMENT…]

The script finds its files in its folder, which is empty but for them, and leaves its outputs there, as on one machine. SDLRUN_FILES
is the courier's address (courier.py), where files come from and outputs go to; not set: there are none of either.
SDLRUN_OUTPUTS are the paths of the outputs. What a script raises, or how long it took, is left as the container's termination message, which the API keeps with the Pod.
"""

import http.client
import io
import json
import os
import sys
import time
import urllib.parse

import driver

TERMINATION_MESSAGE = "/dev/termination-log"
LONGEST_MESSAGE = 4096  # what the kubelet keeps: https://kubernetes.io/docs/tasks/debug/debug-application/determine-reason-pod-failure/
TRIES = 60
PIECE = 1 << 20


def main():
    script, *arguments = sys.argv[1:]
    script = os.path.abspath(script)
    folder = os.path.join(os.environ["SPARK_LOCAL_DIRS"].split(",")[0], "sdlrun-work")
    os.makedirs(folder, exist_ok=True)
    os.chdir(folder)
    courier = Courier(os.environ["SDLRUN_FILES"]) if os.environ.get("SDLRUN_FILES") else None
    if courier:
        courier.fetch("inputs/", folder)
    code, explanation = run_and_keep(script, arguments, "stdout.sdlrun" if courier else None)
    if explanation:
        leave_message(explanation)
    if courier:
        if code == 0:
            courier.deliver(json.loads(os.environ.get("SDLRUN_OUTPUTS", "[]")))
        courier.put("standard_output", "stdout.sdlrun")
        courier.call("POST", "finished")
    driver.end_process(code)


def run_and_keep(script, arguments, copy):
    """Standard output goes on as it is, and into a file too: outputs may be taken from it."""
    if copy is None:
        return driver.run(script, arguments)
    with open(os.path.abspath(copy), "w", encoding="utf-8") as file:
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


class Courier:
    def __init__(self, url):
        self.host = urllib.parse.urlsplit(url).netloc
        self.token = os.environ["SDLRUN_FILES_TOKEN"]

    def call(self, method, path, body=None, take=None, **headers):
        """Asked again for a while: a Pod's network may not be there from the first moment on."""
        headers = {"X-Sdlrun-Token": self.token, **{name.replace("_", "-"): value for name, value in headers.items()}}
        for attempt in range(TRIES):
            try:
                connection = http.client.HTTPConnection(self.host, timeout=60)
                if body is not None:
                    body.seek(0)
                connection.request(method, "/" + urllib.parse.quote(path), body=body, headers=headers)
                response = connection.getresponse()
                if response.status >= 300:
                    raise SystemExit(f"sdlrun: the courier {self.host} answered {response.status} to {method} {path}: {response.read(300).decode(errors='replace')}")
                return take(response) if take else response.read()
            except (OSError, http.client.HTTPException) as error:
                if attempt + 1 == TRIES:
                    raise SystemExit(f"sdlrun: the courier {self.host} does not answer: {error}") from None
                time.sleep(min(0.1 * 2 ** attempt, 2))
            finally:
                connection.close()

    def fetch(self, below, folder):
        for file in json.loads(self.call("GET", "")):
            if file["path"].startswith(below) and file["path"].endswith("/"):
                os.makedirs(os.path.join(folder, file["path"].removeprefix(below)), exist_ok=True)
            elif file["path"].startswith(below):
                self.fetch_file(file, os.path.join(folder, file["path"].removeprefix(below)))

    def fetch_file(self, file, place):
        os.makedirs(os.path.dirname(place), exist_ok=True)

        def take(response):
            with open(place, "wb") as out:
                while piece := response.read(PIECE):
                    out.write(piece)
            if os.path.getsize(place) != file["size"]:
                raise OSError(f"{file['path']} came in part")

        self.call("GET", file["path"], take=take)
        os.chmod(place, 0o755 if file["executable"] else 0o644)

    def put(self, name, path):
        with open(path, "rb") as body:
            extra = {"X_Sdlrun_Executable": "yes"} if os.access(path, os.X_OK) else {}
            self.call("PUT", name, body=body, Content_Length=str(os.path.getsize(path)), **extra)

    def deliver(self, outputs):
        """Files, and folders with all that is in them; what is not there is sdlrun's to miss."""
        for output in outputs:
            if os.path.isfile(output):
                self.put("outputs/" + output, output)
            for folder, folders, names in os.walk(output):
                if not folders and not names:
                    self.call("PUT", "outputs/" + folder + "/", body=io.BytesIO(), Content_Length="0")
                for name in names:
                    path = os.path.join(folder, name)
                    self.put("outputs/" + path, path)


if __name__ == "__main__":
    main()
