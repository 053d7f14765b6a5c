"""Keeps files for jobs: a small HTTP server in a Pod of its own, which sdlrun reaches through the API server's proxy.

    artifact_store.py FOLDER IDLE_SECONDS MOST_BYTES

Contents are kept once each, under their SHA-256; a list says which of them a job finds or has left, under which names.
Each request names the store's secret in the header X-Sdlrun-Token (variable SDLRUN_STORE_TOKEN).

    POST /missing        [sha256, …] in, those that are not here out; the others stay for a while
    GET /blobs/SHA256    a content, also a part of it (Range: bytes=N-)
    PUT /blobs/SHA256    one; whole and right, or not at all
    GET, PUT /lists/NAME   a list: [{"path", "sha256", "size", "executable"}, {"path", "link"}, {"path", "folder"}]
    DELETE /lists/NAME   what it names may go when there is no room; until then the list can be had

When there is more than MOST_BYTES, what no list holds goes, the longest unused before the others. The server ends when
nobody has asked for anything in IDLE_SECONDS; while a list holds something, which a job or sdlrun may still come for, in a week.
"""

import hashlib
import hmac
import http.server
import json
import os
import re
import socket
import sys
import tempfile
import threading
import time
import urllib.parse

PORT = 7080
PIECE = 1 << 20
WEEK_SECONDS = 7 * 24 * 3600
LET_GO = 0  # the time of a list that holds nothing any more
GRACE_SECONDS = 600  # between a content's coming and the list that names it
BLOB = re.compile(r"blobs/([0-9a-f]{64})")
LIST = re.compile(r"lists/([a-z0-9.-]{1,100})")


class Store:
    """The folder, and when it was last asked for."""

    def __init__(self, folder, most_bytes):
        self.folder = os.path.realpath(folder)
        self.most_bytes = most_bytes
        self.last_asked = time.monotonic()
        self.lock = threading.Lock()
        for name in ("blobs", "lists"):
            os.makedirs(os.path.join(self.folder, name), exist_ok=True)

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def missing(self, digests):
        missing = []
        for digest in digests:
            try:
                os.utime(self.path("blobs", digest))
            except OSError:
                missing.append(digest)
        return missing

    def holding(self):
        """The lists that hold what they name."""
        return [entry.path for entry in os.scandir(self.path("lists")) if entry.stat().st_mtime != LET_GO]

    def held(self):
        """The contents that must stay."""
        digests = set()
        for path in self.holding():
            try:
                with open(path, "rb") as file:
                    digests.update(entry.get("sha256", "") for entry in json.load(file))
            except (OSError, ValueError):
                continue
        return digests

    def make_room(self, wanted):
        """Whether there is room for so many bytes more."""
        with self.lock:
            blobs = [(entry.stat(), entry.name) for entry in os.scandir(self.path("blobs"))]
            used = wanted + sum(status.st_size for status, _ in blobs)
            if used <= self.most_bytes:
                return True
            held = self.held()
            for status, name in sorted(blobs, key=lambda blob: blob[0].st_mtime):
                if used <= self.most_bytes:
                    break
                if name not in held and time.time() - status.st_mtime > GRACE_SECONDS:
                    os.unlink(self.path("blobs", name))
                    used -= status.st_size
            return used <= self.most_bytes

    def wait_for_the_end(self, idle_seconds):
        while not self.is_over(idle_seconds, time.monotonic() - self.last_asked):
            time.sleep(5)

    def is_over(self, idle_seconds, idle):
        return idle >= idle_seconds and (idle >= WEEK_SECONDS or not self.holding())


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    store = None
    token = ""

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def refuse(self, status, text):
        self.close_connection = True  # what may follow as a body is not read
        self.answer(status, text.encode() + b"\n")

    def place(self):
        """("blobs", SHA256), ("lists", NAME), or None where the request was answered."""
        self.store.last_asked = time.monotonic()
        if not hmac.compare_digest(self.headers.get("X-Sdlrun-Token", ""), self.token):
            self.refuse(403, "this belongs to somebody else")
            return None
        name = urllib.parse.unquote(urllib.parse.urlsplit(self.path).path).lstrip("/")
        for kind, pattern in (("blobs", BLOB), ("lists", LIST)):
            found = pattern.fullmatch(name)
            if found:
                return kind, found.group(1)
        if name == "missing":
            return name, ""
        self.refuse(404, "no such place")
        return None

    def do_GET(self):
        place = self.place()
        if place is None:
            return
        if place[0] == "missing":
            self.refuse(405, "this is asked by POST")
            return
        try:
            with open(self.store.path(*place), "rb") as file:
                self.send_file(file)
        except OSError:
            self.answer(404, b"not here\n")

    def send_file(self, file):
        size = os.fstat(file.fileno()).st_size
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked.group(1)) if asked else 0
        if asked and first >= size:
            self.answer(416, Content_Range=f"bytes */{size}")
            return
        file.seek(first)
        self.send_response(206 if asked else 200)
        if asked:
            self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(size - first))
        self.end_headers()
        while piece := file.read(PIECE):
            self.wfile.write(piece)
            self.store.last_asked = time.monotonic()

    def do_PUT(self):
        place = self.place()
        if place is None:
            return
        kind, name = place
        if kind not in ("blobs", "lists"):
            self.refuse(405, "nothing is put here")
            return
        if kind == "blobs" and not self.store.make_room(int(self.headers.get("Content-Length", "0"))):
            self.refuse(507, f"the store is full: what jobs want now takes all of its {self.store.most_bytes} bytes")
            return
        descriptor, half = tempfile.mkstemp(prefix="half-", dir=self.store.folder)
        digest = hashlib.sha256()
        with os.fdopen(descriptor, "wb") as file:
            whole = self.take_body(file, digest)
        if whole and kind == "blobs" and digest.hexdigest() != name:
            os.unlink(half)
            self.answer(400, b"the content has another digest\n")
        elif not whole:
            os.unlink(half)
            self.close_connection = True
        else:
            os.replace(half, self.store.path(kind, name))
            self.answer(201)

    def pieces(self):
        """The body, by its length or in chunks: the API server's proxy may send either."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            left = int(self.headers.get("Content-Length", "0"))
            while left > 0:
                piece = self.rfile.read(min(left, PIECE))
                yield piece
                if not piece:
                    return
                left -= len(piece)
            return
        while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
            while size > 0:
                piece = self.rfile.read(min(size, PIECE))
                yield piece
                if not piece:
                    return
                size -= len(piece)
            self.rfile.readline()
        self.rfile.readline()

    def take_body(self, file, digest):
        """False where the connection was cut off."""
        for piece in self.pieces():
            if not piece:
                return False
            file.write(piece)
            digest.update(piece)
            self.store.last_asked = time.monotonic()
        return True

    def do_POST(self):
        place = self.place()
        if place is None:
            return
        if place[0] != "missing":
            self.refuse(405, "nothing is posted here")
            return
        body = b"".join(self.pieces())
        try:
            digests = [digest for digest in json.loads(body) if re.fullmatch("[0-9a-f]{64}", digest)]
        except (ValueError, TypeError):
            self.answer(400, b"a list of digests is wanted\n")
            return
        self.answer(200, json.dumps(self.store.missing(digests)).encode(), Content_Type="application/json")

    def do_DELETE(self):
        place = self.place()
        if place is None:
            return
        if place[0] != "lists":
            self.refuse(405, "only lists are let go")
            return
        try:
            os.utime(self.store.path(*place), (LET_GO, LET_GO))
        except OSError:
            self.answer(404, b"not here\n")
            return
        self.answer(200)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256  # hundreds of jobs begin at once
    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def main():
    folder, idle_seconds, most_bytes = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    Handler.store = Store(folder, most_bytes)
    Handler.token = os.environ["SDLRUN_STORE_TOKEN"]
    server = Server(("::" if Server.address_family == socket.AF_INET6 else "0.0.0.0", PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    Handler.store.wait_for_the_end(idle_seconds)


if __name__ == "__main__":
    main()
