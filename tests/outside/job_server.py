"""A service that runs jobs by name: PUT /jobs/NAME starts one, GET looks at it, DELETE removes it. It counts what it was
asked to start, and can do harm to whoever asks.

A job runs for the seconds that its body says, {"seconds": 0.1, "ends": ["failed", "succeeded"]}: its Nth name of that body
ends as the Nth of `ends`, and later ones as the last. Messages are numbered from 1; before each is taken up, after it has
had its effect, and after it was answered, `disturb(number, phase)` is called. It gives True where no answer is to be sent.
"""

import http.server
import json
import threading
import time


class JobServer:
    def __init__(self):
        self.jobs = {}    # by name: those that are there
        self.starts = {}  # by name: how often each was started, removed ones too
        self.bodies = {}  # by body: the names that were started with it
        self.removed = []
        self.tokens = set()
        self.messages = 0
        self.delay = 0
        self.refuses = False
        self.disturb = lambda number, phase: False
        self.lock = threading.Lock()
        self.port = 0
        self.server = None
        self.begin()

    def begin(self):
        """Listens, after `end` on the same port as before: jobs go on meanwhile."""
        handler = type("Handler", (Handler,), {"service": self})
        self.server = Server(("127.0.0.1", self.port), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def end(self):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}/jobs/{{name}}"

    def take_up(self, method, name, body):
        """Status and answer, and what was asked for is done."""
        job = self.jobs.get(name)
        if method == "GET":
            return (200, self.look_at(job)) if job else (404, {"error": "no such job"})
        if method == "DELETE":
            self.removed.append(name)
            return (200, {}) if self.jobs.pop(name, None) else (404, {"error": "no such job"})
        if self.refuses:
            return 422, {"error": "no"}
        if job:
            return 409, {"error": "there is one of that name"}
        self.starts[name] = self.starts.get(name, 0) + 1
        names = self.bodies.setdefault(body, [])
        names.append(name)
        wish = json.loads(body)
        ends = wish.get("ends", ["succeeded"])
        self.jobs[name] = {"until": time.monotonic() + wish.get("seconds", 0.1), "end": ends[min(len(names), len(ends)) - 1], "body": body}
        return 201, self.look_at(self.jobs[name])

    def look_at(self, job):
        if time.monotonic() < job["until"]:
            return {"status": "running"}
        return {"status": job["end"], "rows": len(job["body"])}


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        pass  # who asked was killed


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    service = None

    def log_message(self, *_):
        pass

    def handle_request(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        service, name = self.service, self.path.removeprefix("/jobs/")
        with service.lock:
            service.messages += 1
            number = service.messages
            service.tokens.add(self.headers.get("Authorization", ""))
            if service.disturb(number, "before"):
                return self.hang_up()
            status, answer = service.take_up(self.command, name, body)
            time.sleep(service.delay)
            if service.disturb(number, "after"):
                return self.hang_up()
            text = json.dumps(answer).encode()
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)
                self.wfile.flush()
            except OSError:
                return self.hang_up()  # who asked is dead
            service.disturb(number, "answered")

    def hang_up(self):
        self.close_connection = True

    do_GET = do_PUT = do_DELETE = handle_request
