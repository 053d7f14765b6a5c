"""A small HTTP server for tests: serves one file, with faults on request, on 127.0.0.1 and a port that it prints.

    http_server.py FOLDER

Paths: /file (Range and If-Range), /norange (ignores Range), /cut (breaks off after half, once for each range asked),
/stall (sends a little, then nothing), /busy (503 with Retry-After twice, then the file), /redirect, /loop,
/to-file (redirects to file://), /echo (method, headers and body as text), /status/N, /empty, /silent (no answer).
Each request is noted in FOLDER/requests as "METHOD PATH RANGE".
"""

import http.server
import os
import sys
import threading
import time

folder = sys.argv[1]
counts = {}


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def note(self):
        with open(os.path.join(folder, "requests"), "a") as notes:
            notes.write(f"{self.command} {self.path} {self.headers.get('Range', '-')}\n")

    def answer(self, status, body=b"", **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def content(self):
        with open(os.path.join(folder, "file"), "rb") as file:
            return file.read()

    def tag(self):
        return '"' + str(hash(self.content())) + '"'

    def serve_file(self, share=1.0):
        """The file or the range asked for; of it only the first part is sent, and then the line is cut."""
        body, first = self.content(), 0
        asked = self.headers.get("Range")
        if asked and self.headers.get("If-Range") in (None, self.tag()):
            first = int(asked.removeprefix("bytes=").split("-")[0])
            if first >= len(body):
                return self.answer(416, Content_Range=f"bytes */{len(body)}")
        part = body[first:]
        self.send_response(206 if first else 200)
        if first:
            self.send_header("Content-Range", f"bytes {first}-{len(body) - 1}/{len(body)}")
        self.send_header("ETag", self.tag())
        self.send_header("Content-Length", str(len(part)))
        self.end_headers()
        self.wfile.write(part[: int(len(part) * share)])
        if share < 1:
            self.close_connection = True

    def do_GET(self):
        self.note()
        counts[self.path] = counts.get(self.path, 0) + 1
        if self.path.startswith("/file"):
            self.serve_file()
        elif self.path == "/norange":
            self.answer(200, self.content())
        elif self.path == "/cut":
            self.serve_file(0.5 if counts[self.path] < 3 else 1.0)
        elif self.path == "/stall":
            self.send_response(200)
            self.send_header("Content-Length", "1000")
            self.end_headers()
            self.wfile.write(b"a little")
            self.wfile.flush()
            time.sleep(60)
        elif self.path == "/silent":
            time.sleep(60)
        elif self.path == "/busy" and counts[self.path] < 3:
            self.answer(503, b"busy", Retry_After="1")
        elif self.path == "/busy":
            self.serve_file()
        elif self.path == "/redirect":
            self.answer(302, b"over there", Location="/file")
        elif self.path == "/loop":
            self.answer(302, b"", Location="/loop")
        elif self.path == "/to-file":
            self.answer(302, b"", Location="file:///etc/passwd")
        elif self.path == "/empty":
            self.answer(200)
        elif self.path.startswith("/status/"):
            self.answer(int(self.path.split("/")[2]), b"what the server says")
        else:
            self.answer(404, b"nothing here")

    def do_POST(self):
        self.note()
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        text = f"{self.command}\n" + "".join(f"{n.lower()}: {v}\n" for n, v in self.headers.items()) + "\n"
        self.answer(200, text.encode() + body)

    do_PUT = do_PATCH = do_DELETE = do_POST


server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
print(server.server_address[1], flush=True)
# It ends with the test, whichever way that goes: the test holds the other end of standard input.
threading.Thread(target=lambda: (sys.stdin.read(), os._exit(0)), daemon=True).start()
server.serve_forever()
