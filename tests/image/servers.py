"""A registry of the test's own (Debian's docker-registry), and a server before it that gives tokens and has faults.

    with Registry(password=True) as registry, Front(registry) as front:
        push to front.host
"""

import base64
import contextlib
import crypt
import http.client
import http.server
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "end_to_end"))
from ports import free_port  # noqa: E402

PROGRAM = shutil.which("docker-registry")
USER, PASSWORD = "tester", "s3cret-pass-word"


class Registry:
    """Begun and ended by the test, in folders and on a port of its own; killed and started again it has what it had."""

    def __init__(self, password=False):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-registry-"))
        self.port = free_port()
        self.host = f"127.0.0.1:{self.port}"
        auth = ""
        if password:
            (self.folder / "htpasswd").write_text(f"{USER}:{crypt.crypt(PASSWORD, crypt.mksalt(crypt.METHOD_BLOWFISH, rounds=16))}\n")
            auth = f"auth: {{ htpasswd: {{ realm: test, path: {self.folder}/htpasswd }} }}\n"
        # A fixed secret, so that an upload may go on after a restart.
        (self.folder / "config.yml").write_text(
            f"version: 0.1\nlog: {{ level: warn, accesslog: {{ disabled: true }} }}\n"
            f"storage: {{ filesystem: {{ rootdirectory: {self.folder}/data }}, delete: {{ enabled: true }} }}\n"
            f"http: {{ addr: '{self.host}', secret: fixed }}\n{auth}")
        self.process = None

    def start(self):
        log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen([PROGRAM, "serve", self.folder / "config.yml"], stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        log.close()
        deadline = time.monotonic() + 180
        while time.monotonic() < deadline:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return self
            except OSError:
                if self.process.poll() is not None:
                    raise AssertionError((self.folder / "log").read_text())
                time.sleep(0.02)
        raise AssertionError("the registry does not answer")

    def kill(self):
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, method, path, accept="application/vnd.oci.image.manifest.v1+json", password=True, body=None, content_type=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        headers = {"Accept": accept}
        if password:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        if content_type:
            headers["Content-Type"] = content_type
        connection.request(method, path, body=body, headers=headers)
        response = connection.getresponse()
        content = response.read()
        connection.close()
        return response, content

    def digest(self, repository, tag):
        response, _ = self.ask("HEAD", f"/v2/{repository}/manifests/{tag}")
        return response.getheader("Docker-Content-Digest")

    def blob(self, digest):
        digits = digest.removeprefix("sha256:")
        return self.folder / "data/docker/registry/v2/blobs/sha256" / digits[:2] / digits / "data"

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.kill()
        shutil.rmtree(self.folder, ignore_errors=True)


class Front:
    """Hands requests on to a registry. `rules` may answer in its place: each gets the handler and says whether it has.

    With tokens it wants a token of its own for each request, as Docker's registry does; each is good for `uses` requests.
    `requests` are all that came: (method, path, authorization, range).
    """

    def __init__(self, registry, tokens=False, uses=10**9, on_body=None, address="127.0.0.1"):
        self.registry, self.tokens, self.uses, self.on_body = registry, tokens, uses, on_body
        self.rules, self.requests, self.given, self.sent, self.identities = [], [], {}, 0, set()
        self.lock = threading.Lock()
        front = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def do(self):
                front.take(self)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do

        self.server = http.server.ThreadingHTTPServer((address, 0), Handler)
        self.server.daemon_threads = True
        self.server.handle_error = lambda *_: None  # of connections that a test breaks off
        self.port = self.server.server_address[1]
        self.host = f"{address}:{self.port}"

    def __enter__(self):
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    # ---- one request

    def take(self, handler):
        with self.lock:
            self.requests.append((handler.command, handler.path, handler.headers.get("Authorization", ""), handler.headers.get("Range", "")))
        try:
            if handler.path.startswith("/token"):
                return self.give_token(handler)
            if any(rule(handler) for rule in list(self.rules)):
                return None
            if self.tokens and not self.is_good(handler.headers.get("Authorization", "")):
                scope = ""
                if match := re.match(r"/v2/(.+)/(?:blobs|manifests)/", handler.path):
                    scope = f',scope="repository:{match[1]}:pull,push"'
                return self.answer(handler, 401, b'{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}',
                                   {"WWW-Authenticate": f'Bearer realm="http://{self.host}/token",service="front"{scope}'})
            return self.hand_on(handler)
        except (OSError, http.client.HTTPException):
            handler.close_connection = True

    def give_token(self, handler):
        if handler.command == "POST":
            query = urllib.parse.parse_qs(handler.rfile.read(int(handler.headers["Content-Length"])).decode())
            self.identities.update(query["refresh_token"])
            return self.token_for(handler, query)
        given = handler.headers.get("Authorization", "")
        if given != "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode():
            return self.answer(handler, 401, b'{"errors":[{"code":"UNAUTHORIZED","message":"incorrect username or password"}]}')
        return self.token_for(handler, urllib.parse.parse_qs(urllib.parse.urlsplit(handler.path).query))

    def token_for(self, handler, query):
        token = f"token-{len(self.given) + 1}"
        with self.lock:
            self.given[token] = {"left": self.uses, "scope": query.get("scope", [])}
        return self.answer_only(handler, 200, body=json.dumps({"token": token}).encode())

    def is_good(self, authorization):
        with self.lock:
            token = self.given.get(authorization.removeprefix("Bearer "))
            if token is None or token["left"] <= 0:
                return False
            token["left"] -= 1
            return True

    def answer(self, handler, status, body=b"", headers=None):
        # Whoever still sends is not interrupted.
        left = int(handler.headers.get("Content-Length") or 0)
        while left > 0 and (piece := handler.rfile.read(min(left, 1 << 20))):
            left -= len(piece)
        return self.answer_only(handler, status, headers, body)

    def answer_only(self, handler, status, headers=None, body=b""):
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        if handler.command != "HEAD":
            handler.wfile.write(body)
        return True

    def hand_on(self, handler):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", self.registry.port, timeout=60)) as connection:
            self.send_on(handler, connection)

    def send_on(self, handler, connection):
        connection.putrequest(handler.command, handler.path, skip_host=True, skip_accept_encoding=True)
        for name, value in handler.headers.items():
            if name.lower() not in ("authorization", "connection", "expect") or (name.lower() == "authorization" and not self.tokens):
                connection.putheader(name, value)
        if self.tokens:
            connection.putheader("Authorization", "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode())
        connection.endheaders()
        left = int(handler.headers.get("Content-Length") or 0)
        while left > 0:
            piece = handler.rfile.read(min(left, 1 << 16))
            if not piece:
                raise OSError("cut off")
            left -= len(piece)
            connection.send(piece)
            with self.lock:
                self.sent += len(piece)
            if self.on_body:
                self.on_body(self)
        response = connection.getresponse()
        handler.send_response(response.status)
        for name, value in response.getheaders():
            if name.lower() not in ("transfer-encoding", "connection"):
                handler.send_header(name, value)
        handler.end_headers()
        if handler.command != "HEAD":
            shutil.copyfileobj(response, handler.wfile, 1 << 16)

    def count(self, method, part=""):
        return sum(1 for request in self.requests if request[0] == method and part in request[1])


class Uploads:
    """Takes uploads as the specification has them, for what Debian's registry cannot: it keeps what came of a chunk that was
    broken off, and says how much that is. Whole ones it hands on to the registry."""

    def __init__(self, front, registry, break_after):
        self.front, self.registry, self.break_after = front, registry, break_after
        self.parts, self.received, self.is_broken, self.wrong = {}, 0, False, []

    def take(self, handler):
        if handler.command == "POST" and handler.path.endswith("/blobs/uploads/"):
            place = f"{handler.path}upload-{len(self.parts)}"
            self.parts[place] = bytearray()
            return self.front.answer(handler, 202, b"", {"Location": place, "Range": "0-0"})
        place = handler.path.split("?")[0]
        if place not in self.parts:
            return False
        if handler.command == "GET":
            return self.tell(handler, place, 204)
        if handler.command == "PATCH" and handler.headers["Content-Range"].split("-")[0] != str(len(self.parts[place])):
            self.wrong.append(handler.headers["Content-Range"])
            return self.front.answer(handler, 416)
        self.read(handler, place)
        return self.tell(handler, place, 202) if handler.command == "PATCH" else self.finish(handler, place)

    def tell(self, handler, place, status):
        return self.front.answer_only(handler, status, {"Location": place, "Range": f"0-{max(0, len(self.parts[place]) - 1)}"})

    def read(self, handler, place):
        left = int(handler.headers.get("Content-Length") or 0)
        while left > 0 and (piece := handler.rfile.read(min(left, 1 << 16))):
            left -= len(piece)
            self.received += len(piece)
            self.parts[place] += piece
            if self.received > self.break_after and not self.is_broken:
                self.is_broken = True
                raise OSError("broken off")

    def finish(self, handler, place):
        digest = handler.path.split("digest=")[1]
        repository = place.split("/v2/")[1].split("/blobs/")[0]
        connection = http.client.HTTPConnection("127.0.0.1", self.registry.port, timeout=60)
        connection.request("POST", f"/v2/{repository}/blobs/uploads/")
        response = connection.getresponse()
        response.read()
        location = response.getheader("Location")
        connection.request("PUT", location[location.index("/v2/"):] + "&digest=" + digest, body=bytes(self.parts[place]))
        response = connection.getresponse()
        response.read()
        connection.close()
        return self.front.answer_only(handler, response.status, {"Docker-Content-Digest": digest})


def is_blob(handler, method="GET"):
    return handler.command == method and "/blobs/sha256:" in handler.path


def own_address():
    """This machine's address that is not its loopback; none where it has no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return None


def docker_configuration(folder, host, user=USER, password=PASSWORD):
    """A folder as `docker login` leaves it, for DOCKER_CONFIG."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    auth = base64.b64encode(f"{user}:{password}".encode()).decode()
    (folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": auth}}}))
    return str(folder)


def random_file(path, size):
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "wb") as file:
        while size > 0:
            size -= file.write(os.urandom(min(size, 1 << 20)))
