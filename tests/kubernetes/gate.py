"""An HTTP server before an API server, that sees each request and may do something before it is passed on, or before its answer is.

    with Gate(cluster, watch) as gate:  gate.url    # http, on this machine only; all who come are the administrator

`watch(number, method, path, moment)` is called with moment "before" and "after"; numbers count from 0 since `gate.begin()`. What it gives "before" is
the answer, and the API server is not asked: (status, headers, text).
"""

import contextlib
import http.client
import http.server
import itertools
import json
import ssl
import sys
import threading

PIECE = 1 << 16


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """Those who ask are killed here, and their connections end as they do."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


class Gate:
    def __init__(self, cluster, watch):
        certificates = cluster.folder / "certificates"
        self.context = ssl.create_default_context(cafile=certificates / "ca.crt")
        self.context.load_cert_chain(certificates / "admin.crt", certificates / "admin.key")
        self.port, self.watch = cluster.server.port, watch
        self.begin()

    def begin(self):
        self.numbers = itertools.count()

    def __enter__(self):
        gate = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def pass_on(self):
                gate.pass_on(self)

            do_GET = do_PUT = do_POST = do_PATCH = do_DELETE = pass_on

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def kubeconfig(self):
        """Its text, for who is to come by this way."""
        return json.dumps({"clusters": [{"name": "c", "cluster": {"server": self.url}}], "users": [{"name": "u", "user": {}}],
                           "contexts": [{"name": "x", "context": {"cluster": "c", "user": "u"}}], "current-context": "x"})

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def pass_on(self, asked):
        number = next(self.numbers)
        body = asked.rfile.read(int(asked.headers.get("Content-Length", 0)))
        if answer := self.watch(number, asked.command, asked.path, "before"):
            return self.answer(asked, *answer)
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context)
        asked.close_connection = True  # what breaks on the other side breaks on this one
        with contextlib.closing(connection), contextlib.suppress(OSError, http.client.HTTPException):
            headers = {name: value for name, value in asked.headers.items() if name.lower() not in ("host", "content-length", "connection", "accept-encoding", "upgrade", "http2-settings")}
            connection.request(asked.command, asked.path, body=body or None, headers=headers)
            answer = connection.getresponse()
            self.watch(number, asked.command, asked.path, "after")
            self.give_back(asked, answer)

    @staticmethod
    def answer(asked, status, headers, text):
        asked.send_response(status)
        for name, value in ({"Content-Type": "application/json"} | headers | {"Content-Length": str(len(text.encode()))}).items():
            asked.send_header(name, value)
        asked.end_headers()
        asked.wfile.write(text.encode())

    @staticmethod
    def give_back(asked, answer):
        asked.send_response(answer.status)
        for name in ("Content-Type", "Retry-After"):
            if answer.headers.get(name):
                asked.send_header(name, answer.headers[name])
        asked.send_header("Transfer-Encoding", "chunked")
        asked.end_headers()
        while piece := answer.read1(PIECE):
            asked.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        asked.wfile.write(b"0\r\n\r\n")
        asked.close_connection = False
