"""A small server that speaks as an API server does, by TLS: as much of one as `kubernetes.cluster` asks, and no more.

    with ApiStub() as api:
        api.server, api.authority        # https://127.0.0.1:PORT and the certificate that it is known by
        api.answers["/api/v1/nodes"]     # what it answers: an object, or a function of the request
        api.tokens                       # None: everybody; else who is let in
"""

import base64
import http.server
import json
import pathlib
import shutil
import ssl
import subprocess
import tempfile
import threading

# In the form of Kubernetes 1.34's /version; sdlrun reads `gitVersion` only.
VERSION = {"major": "1", "minor": "34", "gitVersion": "v1.34.4", "gitCommit": "0000000000000000000000000000000000000000", "gitTreeState": "clean",
           "buildDate": "2026-02-10T12:00:00Z", "goVersion": "go1.26.8", "compiler": "gc", "platform": "linux/amd64"}


def listing(kind, *items):
    return {"kind": f"{kind}List", "apiVersion": "v1", "metadata": {"resourceVersion": "100"}, "items": list(items)}


def node(name, memory="4Gi", cpu="2"):
    return {"metadata": {"name": name}, "spec": {}, "status": {"allocatable": {"memory": memory, "cpu": cpu}, "conditions": [{"type": "Ready", "status": "True"}], "nodeInfo": {"kubeletVersion": "v1.34.4", "machineID": ""}}}


class Server(http.server.ThreadingHTTPServer):
    """Answers by a function of (method, path, query, body, headers): (status, object or text[, headers])."""

    daemon_threads = True

    def __init__(self, answer):
        super().__init__(("127.0.0.1", 0), Handler)
        self.answer = answer
        self.port = self.server_address[1]

    def begin(self):
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def end(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    def handle_one(self):
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        status, answer, *headers = self.server.answer(self.command, path, query, body, self.headers)
        data = answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain" if isinstance(answer, str) else "application/json")
        for name, value in (headers[0] if headers else {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = handle_one

    def log_message(self, *_):
        pass


class ApiStub:
    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-api-stub-"))
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=stub", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", self.folder / "key", "-out", self.folder / "crt"], check=True, capture_output=True)
        self.authority = (self.folder / "crt").read_text()
        self.tokens = None
        self.seen, self.otherwise = [], None
        self.answers = {"/version": VERSION, "/api/v1/nodes": listing("Node", node("node-1")), "/api/v1/namespaces/kube-system/pods": listing("Pod"), "/api/v1/pods": listing("Pod")}
        self.http = Server(self.answer)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / "crt", self.folder / "key")
        self.http.socket = context.wrap_socket(self.http.socket, server_side=True)
        self.http.begin()
        self.endpoint = f"127.0.0.1:{self.http.port}"
        self.server = f"https://{self.endpoint}"
        return self

    def __exit__(self, *_):
        self.http.end()
        shutil.rmtree(self.folder, ignore_errors=True)

    def answer(self, method, path, query, body, headers):
        token = headers.get("Authorization", "").removeprefix("Bearer ")
        self.seen.append((method, path, token))
        if self.tokens is not None and token not in self.tokens:
            return 401, {"kind": "Status", "status": "Failure", "reason": "Unauthorized", "message": "Unauthorized", "code": 401}
        found = self.answers.get(path)
        if found is None and self.otherwise:
            return self.otherwise(method, path)
        if callable(found):
            return found(method, query)
        if found is None:
            return 404, {"kind": "Status", "status": "Failure", "reason": "NotFound", "message": f"{path} not found", "code": 404}
        return 200, found

    def kubeconfig(self, name, **user):
        """As the tools write it."""
        return json.dumps({"apiVersion": "v1", "kind": "Config", "current-context": name,
                           "clusters": [{"name": name, "cluster": {"server": self.server, "certificate-authority-data": base64.b64encode(self.authority.encode()).decode()}}],
                           "users": [{"name": name, "user": user}], "contexts": [{"name": name, "context": {"cluster": name, "user": name}}]})
