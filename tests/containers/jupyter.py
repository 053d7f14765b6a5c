"""A notebook server as a browser sees it: REST for files and kernels, a websocket for running code (RFC 6455, what is needed)."""

import base64
import json
import os
import select
import socket
import struct
import time
import urllib.error
import urllib.request
import uuid

LONGEST_CELL_SECONDS = 300


class Jupyter:
    def __init__(self, port, token):
        self.port, self.token = port, token

    def ask(self, path, method="GET", content=None):
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", method=method,
                                         data=None if content is None else json.dumps(content).encode(),
                                         headers={"Authorization": f"token {self.token}"})
        with urllib.request.urlopen(request, timeout=300) as response:
            return json.loads(response.read() or "null")

    def status_without_token(self):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/contents", timeout=300)
        except urllib.error.HTTPError as error:
            return error.code
        return 200

    def kernel(self):
        return Kernel(self, self.ask("/api/kernels", "POST", {"name": "python3"})["id"])

    def run_notebook(self, path):
        """All that its code cells print, as they are; an error in one ends it."""
        cells = self.ask(f"/api/contents/{path}")["content"]["cells"]
        with self.kernel() as kernel:
            return "".join(kernel.run("".join(cell["source"])) for cell in cells if cell["cell_type"] == "code")


class Kernel:
    def __init__(self, server, name):
        self.server, self.name, self.session = server, name, uuid.uuid4().hex
        self.socket = WebSocket(server.port, f"/api/kernels/{name}/channels?session_id={self.session}&token={server.token}")
        self.wait_until_it_answers()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()
        self.server.ask(f"/api/kernels/{self.name}", "DELETE")

    def wait_until_it_answers(self):
        """As Jupyter's own clients do: what a kernel says before the server listens to it reaches nobody."""
        for _ in range(60):
            asked, end = self.send("kernel_info_request", {}), time.monotonic() + 5
            while text := self.socket.receive(end):
                if self.is_idle_after(asked, json.loads(text)):
                    return
        raise AssertionError("the kernel does not answer")

    def is_idle_after(self, asked, message):
        is_state = message["msg_type"] == "status" and message["content"]["execution_state"] == "idle"
        return is_state and message["parent_header"].get("msg_id") == asked

    def send(self, kind, content):
        """Gives the message's name, by which its answers are known."""
        name = uuid.uuid4().hex
        header = {"msg_id": name, "msg_type": kind, "username": "", "session": self.session, "date": "", "version": "5.3"}
        self.socket.send(json.dumps({"header": header, "parent_header": {}, "metadata": {}, "channel": "shell", "buffers": [], "content": content}))
        return name

    def run(self, code):
        """What it prints, and its value as text behind it."""
        asked = self.send("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {},
                                              "allow_stdin": False, "stop_on_error": True})
        text, end = "", time.monotonic() + LONGEST_CELL_SECONDS
        while received := self.socket.receive(end):
            message = json.loads(received)
            if message["parent_header"].get("msg_id") != asked:
                continue
            kind, content = message["msg_type"], message["content"]
            if kind == "stream":
                text += content["text"]
            elif kind == "execute_result":
                text += content["data"]["text/plain"]
            elif kind == "error":
                raise AssertionError("\n".join([text, *content["traceback"]]))
            elif self.is_idle_after(asked, message):
                return text
        raise AssertionError(f"not done after {LONGEST_CELL_SECONDS} s:\n{code}\nand has printed:\n{text}")


class WebSocket:
    def __init__(self, port, path):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=300)
        key = base64.b64encode(os.urandom(16)).decode()
        self.socket.sendall((f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                             f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n").encode())
        head = b""
        while not head.endswith(b"\r\n\r\n"):
            head += self.read(1)
        if b" 101 " not in head.splitlines()[0]:
            raise AssertionError(f"no websocket: {head.decode(errors='replace')}")

    def send(self, text, opcode=1):
        content, mask = text.encode(), os.urandom(4)
        length = bytes([0x80 | len(content)]) if len(content) < 126 else bytes([0xFE]) + struct.pack(">H", len(content)) if len(content) < 65536 else bytes([0xFF]) + struct.pack(">Q", len(content))
        self.socket.sendall(bytes([0x80 | opcode]) + length + mask + bytes(byte ^ mask[at % 4] for at, byte in enumerate(content)))

    def receive(self, end):
        """The next text, whole; none where nothing but pings comes until `end`, by time.monotonic()."""
        text = b""
        while True:
            if not text and not self.has_more(end - time.monotonic()):
                return None
            first, second = self.read(2)
            length = second & 0x7F
            if length >= 126:
                length = struct.unpack(">H" if length == 126 else ">Q", self.read(2 if length == 126 else 8))[0]
            content = self.read(length)
            if first & 0x0F == 8:
                raise AssertionError("the kernel's websocket was closed")
            if first & 0x0F == 9:
                self.send(content.decode(), opcode=10)
            if first & 0x0F in (0, 1, 2):
                text += content
                if first & 0x80:
                    return text.decode()

    def has_more(self, seconds):
        """Whether something comes within so many seconds; not once they are over, though it be there."""
        return seconds > 0 and bool(select.select([self.socket], [], [], seconds)[0])

    def read(self, size):
        """Not through a file, in whose memory has_more() would not look."""
        content = b""
        while len(content) < size:
            piece = self.socket.recv(size - len(content))
            if not piece:
                raise AssertionError("the server has closed the connection")
            content += piece
        return content

    def close(self):
        self.socket.close()


def wait_until(holds, seconds=180):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise AssertionError("it has not come about")
        time.sleep(0.2)
