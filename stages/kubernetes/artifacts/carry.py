"""Brings a job its files, and takes what it has left: runs in a job's Pod, before and after the program.

    carry.py fetch LIST FOLDER           all that the list names, below FOLDER
    carry.py leave LIST FOLDER PATH…     what lies at these paths below FOLDER, as the list; what is not there is left out

SDLRUN_STORE is the artifact store's address (artifact_store.py), SDLRUN_STORE_TOKEN its secret.
"""

import errno
import hashlib
import http.client
import json
import os
import stat
import sys
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor

TRIES = 60  # with a pause of a second: a store that is begun anew, or an address that the node does not know yet
PIECE = 1 << 20
AT_ONCE = 4


class Refused(Exception):
    pass


class Store:
    def __init__(self, address, token):
        self.address = urllib.parse.urlsplit(address)
        self.token = token

    def call(self, method, path, body=None, take=None):
        """The answer's body, or what `take` makes of it; None: not there. `body`: bytes, or the path of a file."""
        for attempt in range(TRIES):
            if attempt > 0:
                time.sleep(1)
            try:
                return self.try_once(method, path, body, take)
            except (OSError, http.client.HTTPException) as error:
                if getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
                    raise Refused(f"the node has no room for the job's files: {error.strerror}") from error
                last = error
        raise Refused(f"the artifact store at {self.address.netloc} does not answer: {last}")

    def try_once(self, method, path, body, take):
        connection = http.client.HTTPConnection(self.address.hostname, self.address.port, timeout=120)
        try:
            if isinstance(body, str):
                with open(body, "rb") as file:
                    connection.request(method, path, file, self.headers({"Content-Length": str(os.path.getsize(body))}))
                    answer = connection.getresponse()
            else:
                connection.request(method, path, body, self.headers({}))
                answer = connection.getresponse()
            if answer.status == 404:
                return None
            if answer.status >= 500 and answer.status != 507:
                raise OSError(f"it answers {answer.status}")
            if answer.status >= 300:
                raise Refused(f"the artifact store refuses {method} {path}: {answer.status} {answer.read(200).decode(errors='replace').strip()}")
            return take(answer) if take else answer.read()
        finally:
            connection.close()

    def headers(self, more):
        return {"X-Sdlrun-Token": self.token, **more}


def in_folder(folder, path):
    return os.path.join(folder, *path.split("/"))


def fetch(store, name, folder):
    body = store.call("GET", "/lists/" + name)
    if body is None:
        raise Refused("the artifact store has no list of the job's files: was it begun anew meanwhile?")
    entries = json.loads(body)
    for entry in entries:
        path = in_folder(folder, entry["path"])
        os.makedirs(path if entry.get("folder") else os.path.dirname(path), exist_ok=True)
        if "link" in entry and not os.path.islink(path):
            os.symlink(entry["link"], path)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda entry: fetch_one(store, entry, in_folder(folder, entry["path"])), (entry for entry in entries if "sha256" in entry)))
    open_to_all(folder)


def fetch_one(store, entry, path):
    def take(answer):
        digest = hashlib.sha256()
        descriptor, half = tempfile.mkstemp(dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as file:
            while True:
                piece = answer.read(PIECE)
                if not piece:
                    break
                file.write(piece)
                digest.update(piece)
        if digest.hexdigest() != entry["sha256"]:
            os.unlink(half)
            raise OSError("it has come in part only")
        os.chmod(half, 0o777 if entry.get("executable") else 0o666)
        os.replace(half, path)
        return True

    if store.call("GET", "/blobs/" + entry["sha256"], take=take) is None:
        raise Refused(f"the artifact store does not have {entry['path']} any more: was it begun anew meanwhile?")


def open_to_all(folder):
    """The program may run as another user than this one."""
    for path, folders, _ in os.walk(folder):
        for name in folders:
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o777)


def leave(store, name, folder, paths):
    entries = []
    for path in paths:
        if os.path.lexists(in_folder(folder, path)):
            entries.extend(listed(folder, path))
    sources = {entry["sha256"]: in_folder(folder, entry["path"]) for entry in entries if "sha256" in entry}
    missing = json.loads(store.call("POST", "/missing", json.dumps(sorted(sources)).encode()))
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(lambda digest: store.call("PUT", "/blobs/" + digest, sources[digest]), missing))
    store.call("PUT", "/lists/" + name, json.dumps(entries).encode())


def listed(folder, path):
    """The entry of a file or link; of a folder, those of all that is in it."""
    full = in_folder(folder, path)
    if os.path.islink(full):
        yield {"path": path, "link": os.readlink(full)}
        return
    kind = os.stat(full).st_mode
    if stat.S_ISDIR(kind):
        yield {"path": path, "folder": True}
        for name in sorted(os.listdir(full)):
            yield from listed(folder, path + "/" + name)
    elif stat.S_ISREG(kind):
        digest = hashlib.sha256()
        with open(full, "rb") as file:
            for piece in iter(lambda: file.read(PIECE), b""):
                digest.update(piece)
        yield {"path": path, "sha256": digest.hexdigest(), "size": os.path.getsize(full), "executable": bool(kind & stat.S_IXUSR)}
    else:
        raise Refused(f"the output {path} is neither a file nor a folder nor a link")


def main():
    verb, name, folder, *paths = sys.argv[1:]
    store = Store(os.environ["SDLRUN_STORE"], os.environ["SDLRUN_STORE_TOKEN"])
    try:
        if verb == "fetch":
            fetch(store, name, folder)
        else:
            leave(store, name, folder, paths)
    except (Refused, OSError) as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
