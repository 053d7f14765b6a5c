"""Carries a job's files between sdlrun and the job's Pods: a small HTTP server in a Pod of its own.

    courier.py FOLDER

sdlrun puts inputs here, through the API server's proxy; the job takes them, and leaves its outputs here; sdlrun takes those.
Each request names the job's secret in the header X-Sdlrun-Token (variable SDLRUN_FILES_TOKEN).

    GET /            all files: [{"path", "size", "executable"}]; an empty folder's path ends in /
    GET /PATH        one, also a part of it (Range: bytes=N-)
    PUT /PATH        one; whole or not at all. PUT /PATH/ makes a folder
    POST /finished   nothing more is put here: the server ends when nobody has asked for anything for a while

Without being told so, it ends after a week in which nobody has asked for anything.
"""

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
WHILE_SECONDS = 1800
WEEK_SECONDS = 7 * 24 * 3600
PIECE = 1 << 20


class Files:
    """The folder, and when it was last asked for."""

    def __init__(self, folder):
        self.folder = os.path.realpath(folder)
        self.last_asked = time.monotonic()
        self.is_finished = False

    def path_of(self, url):
        """None where it leads out of the folder."""
        name = urllib.parse.unquote(urllib.parse.urlsplit(url).path).lstrip("/")
        path = os.path.normpath(os.path.join(self.folder, name))
        return path if path.startswith(self.folder + os.sep) else None

    def listed(self):
        for folder, folders, names in os.walk(self.folder):
            if not folders and not names and folder != self.folder:
                yield {"path": os.path.relpath(folder, self.folder) + "/", "size": 0, "executable": False}
            for name in names:
                path = os.path.join(folder, name)
                if not name.startswith(".sdlrun-"):
                    yield {"path": os.path.relpath(path, self.folder), "size": os.path.getsize(path), "executable": os.access(path, os.X_OK)}

    def wait_for_the_end(self):
        while time.monotonic() - self.last_asked < (WHILE_SECONDS if self.is_finished else WEEK_SECONDS):
            time.sleep(5)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    files = None
    token = ""

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def may_ask(self):
        self.files.last_asked = time.monotonic()
        if hmac.compare_digest(self.headers.get("X-Sdlrun-Token", ""), self.token):
            return True
        self.close_connection = True  # what may follow as a body is not read
        self.answer(403, b"this belongs to somebody else's job\n")
        return False

    def do_GET(self):
        if not self.may_ask():
            return
        if urllib.parse.urlsplit(self.path).path == "/":
            self.answer(200, json.dumps(list(self.files.listed())).encode(), Content_Type="application/json")
            return
        path = self.files.path_of(self.path)
        if path is None or not os.path.isfile(path):
            self.answer(404, b"no such file\n")
            return
        self.send_file(path)

    def send_file(self, path):
        size = os.path.getsize(path)
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        first = int(asked.group(1)) if asked else 0
        if asked and first >= size:
            self.answer(416, Content_Range=f"bytes */{size}")
            return
        with open(path, "rb") as file:
            file.seek(first)
            self.send_response(206 if asked else 200)
            if asked:
                self.send_header("Content-Range", f"bytes {first}-{size - 1}/{size}")
            self.send_header("Content-Type", "application/octet-stream")
            self.send_header("Content-Length", str(size - first))
            self.end_headers()
            while piece := file.read(PIECE):
                self.wfile.write(piece)
                self.files.last_asked = time.monotonic()

    def do_PUT(self):
        if not self.may_ask():
            return
        path = self.files.path_of(self.path)
        if path is None:
            self.close_connection = True
            self.answer(400, b"no such place\n")
            return
        if urllib.parse.urlsplit(self.path).path.endswith("/"):
            os.makedirs(path, exist_ok=True)
            for _ in self.pieces():
                pass
            self.answer(201)
            return
        os.makedirs(os.path.dirname(path), exist_ok=True)
        descriptor, half = tempfile.mkstemp(prefix=".sdlrun-", dir=os.path.dirname(path))
        with os.fdopen(descriptor, "wb") as file:
            whole = self.take_body(file)
        if not whole:
            os.unlink(half)
            self.close_connection = True
            return
        os.chmod(half, 0o755 if self.headers.get("X-Sdlrun-Executable") else 0o644)
        os.replace(half, path)
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

    def take_body(self, file):
        """False where the connection was cut off."""
        for piece in self.pieces():
            if not piece:
                return False
            file.write(piece)
            self.files.last_asked = time.monotonic()
        return True

    def do_POST(self):
        if not self.may_ask():
            return
        for _ in self.pieces():
            pass
        self.files.is_finished = True
        self.answer(200)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    address_family = socket.AF_INET6 if socket.has_dualstack_ipv6() else socket.AF_INET

    def server_bind(self):
        if self.address_family == socket.AF_INET6:
            self.socket.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        super().server_bind()


def main():
    Handler.files = Files(sys.argv[1])
    Handler.token = os.environ["SDLRUN_FILES_TOKEN"]
    server = Server(("::" if Server.address_family == socket.AF_INET6 else "0.0.0.0", PORT), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print("ready", flush=True)
    Handler.files.wait_for_the_end()


if __name__ == "__main__":
    main()
