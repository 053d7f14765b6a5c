#!/usr/bin/env python3
"""Two checkouts and a shared cache: a real nginx with the configuration of docs/shared-cache.md, and servers that fail."""

import hashlib
import http.server
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import time
import unittest

from ports import free_port
from project import ROOT, Project

PIPELINE = """
pipeline shared {
  param rows: int = 10
  step data = shell.run { script = '''
    mkdir -p tree/empty tree/sub
    seq "$ROWS" > tree/sub/rows
    ln -s sub/rows tree/link
    printf '#!/bin/sh\\ncat "$1"\\n' > tree/tool
    chmod +x tree/tool
    head -c 100000 /dev/urandom > stamp
  ''' } outputs {
    tree: dir at "tree"
    stamp: file at "stamp"
  } with { env = { "ROWS": "${rows}" } }
  step sum = exec.run { command = ["sh", file("sum.sh"), data.tree] } outputs { total: int at stdout }
  output tree = data.tree
  output stamp = data.stamp
  output total = sum.total
}
"""
SUM = """cd "$1" && ./tool link | awk '{ s += $1 } END { print s }'\n"""


class Checkout(Project):
    def __init__(self, url="", more=""):
        super().__init__()
        self.write("shared.sdl", PIPELINE)
        self.write("sum.sh", SUM)
        if url:
            self.write("sdl.yaml", f"shared_cache:\n  url: {url}\n{more}")

    def pipeline(self, *words, **variables):
        return self.run("shared.sdl", "--json", *words, **variables)

    def published(self, name):
        return self.folder / "out" / "shared" / name


def warnings_of(done):
    return [event["text"] + (f" | {event['hint']}" if "hint" in event else "") for event in done.events if event["event"] == "warning"]


class Nginx:
    """With the server block of the documentation, on a port and in a folder of its own."""

    program = shutil.which("nginx") or "/usr/sbin/nginx"

    def __init__(self, users=None, folder=None, change=lambda block: block):
        self.folder = pathlib.Path(folder or tempfile.mkdtemp(prefix="sdlrun-nginx-"))
        self.cache = self.folder / "cache"
        self.cache.mkdir()
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        block = re.search(r"^```nginx\n(.*?)^```$", (ROOT / "docs/shared-cache.md").read_text(), re.M | re.S)[1]
        block = block.replace("127.0.0.1:8080", f"127.0.0.1:{self.port}").replace("/var/cache/sdlrun", str(self.cache))
        block = block.replace("/etc/nginx/sdlrun-users", str(self.folder / "users"))
        if users is None:
            block = re.sub(r"^ *auth_basic.*\n", "", block, flags=re.M)
        else:
            (self.folder / "users").write_text(users)
        others = "\n".join(f"  {kind}_temp_path {self.folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        configuration = self.folder / "nginx.conf"
        configuration.write_text(
            f"{'user root root;' if os.getuid() == 0 else ''}\ndaemon off;\npid {self.folder}/pid;\nerror_log {self.folder}/error.log;\n"
            f"worker_processes 1;\nevents {{}}\nhttp {{\n  access_log {self.folder}/access.log;\n{others}\n{change(block)}\n}}\n")
        self.process = subprocess.Popen([self.program, "-p", self.folder, "-c", configuration], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 300
        while not self.is_listening():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError((self.folder / "error.log").read_text())
            time.sleep(0.02)

    def close(self):
        self.process.terminate()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def is_listening(self):
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def names(self, kind):
        folder = self.cache / kind
        return sorted(path.name for path in folder.iterdir()) if folder.exists() else []

    def requests(self, method):
        time.sleep(0.1)  # nginx writes its log after its answer
        return re.findall(rf'"{method} (\S+) [^"]*" (\d+)', (self.folder / "access.log").read_text())


class FaultyServer(http.server.ThreadingHTTPServer):
    """A cache in memory whose answers a test may change: `fault(handler)` is true where it has answered itself."""

    daemon_threads = True

    def __init__(self, fault=lambda handler: False):
        self.contents, self.seen, self.fault = {}, [], fault
        super().__init__(("127.0.0.1", 0), FaultyHandler)
        self.url = f"http://127.0.0.1:{self.server_address[1]}"
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, *_):
        pass  # who hangs up is no concern of the test's

    def close(self):
        self.shutdown()
        self.server_close()


class FaultyHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def answer(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def do_GET(self):
        self.server.seen.append((self.command, self.path, self.headers.get("Authorization")))
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.fault(self):
            return
        if self.command == "PUT":
            self.server.contents[self.path] = body
            self.answer(201)
        elif self.path in self.server.contents:
            self.answer(200, self.server.contents[self.path])
        else:
            self.answer(404)

    do_HEAD = do_PUT = do_GET


class SharedCacheTest(unittest.TestCase):
    maxDiff = None

    def checkout(self, *arguments):
        checkout = Checkout(*arguments)
        self.addCleanup(checkout.close)
        return checkout

    def nginx(self, *arguments, **named):
        nginx = Nginx(*arguments, **named)
        self.addCleanup(nginx.close)
        return nginx

    def faulty(self, *arguments):
        server = FaultyServer(*arguments)
        self.addCleanup(server.close)
        return server

    def assert_right(self, checkout, done, outcome, rows=10):
        """The run is good, its steps have ended so, and its outputs are what they should be."""
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(done.outcomes(), {"data": outcome, "sum": outcome}, done.text)
        tree = checkout.published("tree")
        self.assertEqual((tree / "sub/rows").read_text(), "".join(f"{row}\n" for row in range(1, rows + 1)))
        self.assertEqual(os.readlink(tree / "link"), "sub/rows")
        self.assertTrue(os.access(tree / "tool", os.X_OK))
        self.assertFalse((tree / "sub/rows").stat().st_mode & 0o111)
        self.assertEqual(list((tree / "empty").iterdir()), [])
        self.assertEqual(checkout.published("stamp").stat().st_size, 100_000)
        total = next(event["value"] for event in done.events if event["event"] == "output_published" and event["name"] == "total")
        self.assertEqual(total, rows * (rows + 1) // 2)

    def assert_runs_with_warning(self, url, warning, more="", **variables):
        """A checkout runs all by itself, and says one thing."""
        checkout = self.checkout(url, more)
        done = checkout.pipeline(**variables)
        self.assert_right(checkout, done, "ran")
        self.assertEqual([text.replace(url, "URL") for text in warnings_of(done)], [warning] if warning else [])
        return done

    def fill(self, url):
        checkout = self.checkout(url)
        self.assert_right(checkout, checkout.pipeline(), "ran")
        return checkout


class NginxTest(SharedCacheTest):
    @classmethod
    def setUpClass(cls):
        if not os.path.exists(Nginx.program):
            raise unittest.SkipTest("there is no nginx")

    def test_two_checkouts_share_results(self):
        nginx = self.nginx()
        first, second = self.checkout(nginx.url), self.checkout(nginx.url)
        self.assertNotEqual(first.folder, second.folder)
        done = first.pipeline()
        self.assert_right(first, done, "ran")
        self.assertEqual(warnings_of(done), [])
        self.assertEqual(len(nginx.names("ac")), 2)
        for digits in nginx.names("cas"):
            self.assertEqual(hashlib.sha256((nginx.cache / "cas" / digits).read_bytes()).hexdigest(), digits)
        for entry in (nginx.cache / "ac").iterdir():
            self.assertNotIn(str(first.folder), entry.read_text())

        done = second.pipeline()
        self.assert_right(second, done, "cached")
        self.assertEqual(warnings_of(done), [])
        self.assertEqual(done.events[-1]["from_shared_cache"], 2)
        self.assertEqual(first.published("stamp").read_bytes(), second.published("stamp").read_bytes())

        # From then on it is its own.
        nginx.process.terminate()
        nginx.process.wait()
        again = second.pipeline()
        self.assert_right(second, again, "cached")
        self.assertEqual((warnings_of(again), again.events[-1]["from_shared_cache"]), ([], 0))

    def test_what_is_there_is_not_put_there_again(self):
        nginx = self.nginx()
        self.fill(nginx.url)
        before = len(nginx.requests("PUT"))
        shutil.rmtree(nginx.cache / "ac")
        self.checkout(nginx.url).pipeline("rows=10")
        # Two entries, and the one file that comes out different each time.
        self.assertEqual(len(nginx.requests("PUT")) - before, 3)

    def test_people_see_where_it_came_from(self):
        nginx = self.nginx()
        self.fill(nginx.url)
        second = self.checkout(nginx.url)
        plan = second.run("plan", "shared.sdl")
        self.assertRegex(plan.text, r"run +data +first run, unless the shared cache has it\n")
        self.assertEqual(nginx.requests("GET"), nginx.requests("GET")[:2], "the plan asks nobody")
        done = second.run("shared.sdl")
        self.assertRegex(done.text, r"data +from the shared cache\n")
        self.assertRegex(done.text, r"sum +from the shared cache  total = 55\n")
        self.assertRegex(done.text, r"done in .*: 0 ran, 2 cached \(2 from the shared cache\)\n")
        self.assertIn("its result was in the shared cache", second.run("explain", "shared.sdl", "sum").text)

    def test_a_password_is_asked_for_and_never_shown(self):
        nginx = self.nginx(users="team:{PLAIN}geheim-wort\n")
        refused = ("the shared cache `URL` is left alone for the rest of this run: it answered 401 | "
                   "set SDLRUN_SHARED_CACHE_TOKEN or SDLRUN_SHARED_CACHE_LOGIN=user:password to what the server knows")
        self.assert_runs_with_warning(nginx.url, refused)
        done = self.assert_runs_with_warning(nginx.url, refused, SDLRUN_SHARED_CACHE_LOGIN="team:wrong-wort")
        self.assertNotIn("wrong-wort", done.text)
        self.assertEqual(nginx.names("ac"), [])

        first, second = self.checkout(nginx.url), self.checkout(nginx.url)
        self.assert_right(first, first.pipeline(SDLRUN_SHARED_CACHE_LOGIN="team:geheim-wort"), "ran")
        done = second.pipeline(SDLRUN_SHARED_CACHE_LOGIN="team:geheim-wort")
        self.assert_right(second, done, "cached")
        self.assertNotIn("geheim-wort", done.text)
        for checkout in (first, second):
            for path in (checkout.folder / ".sdl").rglob("*"):
                if path.is_file():
                    self.assertNotIn(b"geheim-wort", path.read_bytes(), path)

    def test_wrong_bytes_on_its_disk(self):
        nginx = self.nginx()
        self.fill(nginx.url)
        largest = max((nginx.cache / "cas").iterdir(), key=lambda path: path.stat().st_size)
        content = largest.read_bytes()
        largest.write_bytes(b"x" + content[1:])
        checkout = self.checkout(nginx.url)
        done = checkout.pipeline()
        self.assertEqual(done.outcomes(), {"data": "ran", "sum": "cached"}, done.text)
        self.assertEqual([text.replace(nginx.url, "URL") for text in warnings_of(done)],
                         [f"the shared cache `URL` was of no use for some steps: what it gave under cas/{largest.name} is not what the name says: "
                          "its SHA-256 is another | a disk or a proxy there has damaged it: remove it there, and it is put there again"])
        self.assertNotEqual(checkout.published("stamp").read_bytes(), b"x" + content[1:])

    def test_a_cut_off_content_is_put_right(self):
        nginx = self.nginx()
        first = self.fill(nginx.url)
        rows = nginx.cache / "cas" / hashlib.sha256((first.published("tree") / "sub/rows").read_bytes()).hexdigest()
        rows.write_bytes(rows.read_bytes()[:5])
        done = self.checkout(nginx.url).pipeline()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(len(warnings_of(done)), 1, done.text)
        self.assertEqual(hashlib.sha256(rows.read_bytes()).hexdigest(), rows.name)

    def test_what_it_has_lost_is_put_there_again(self):
        nginx = self.nginx()
        self.fill(nginx.url)
        names = nginx.names("cas")
        shutil.rmtree(nginx.cache / "cas")
        done = self.checkout(nginx.url).pipeline()
        self.assertEqual((done.code, warnings_of(done)), (0, []), done.text)
        self.assertEqual(len(nginx.names("cas")), len(names))

    def test_without_webdav_it_is_read_only(self):
        nginx = self.nginx(change=lambda block: block.replace("dav_methods PUT;", ""))
        self.assert_runs_with_warning(
            nginx.url, "nothing more is put into the shared cache `URL` in this run: it answered 405 to an upload | it takes no uploads "
                       "(nginx: `dav_methods PUT`): allow them, or say `mode: read_only` under `shared_cache` in sdl.yaml")
        self.assert_runs_with_warning(nginx.url, None, "  mode: read_only\n")

    def test_a_limit_on_uploads(self):
        nginx = self.nginx(change=lambda block: block.replace("client_max_body_size 0", "client_max_body_size 1k"))
        done = self.checkout(nginx.url).pipeline()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(len(warnings_of(done)), 1, done.text)

    @unittest.skipUnless(os.getuid() == 0, "mounting a small disk needs root")
    def test_a_full_disk(self):
        folder = tempfile.mkdtemp(prefix="sdlrun-full-")
        self.addCleanup(shutil.rmtree, folder, True)
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=80k", "sdlrun-test", folder], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("nothing can be mounted here")
        self.addCleanup(subprocess.run, ["umount", "-l", folder])
        nginx = self.nginx(folder=folder)
        done = self.checkout(nginx.url).pipeline()
        self.assertEqual(done.code, 0, done.text)
        warnings = warnings_of(done)
        self.assertEqual(len(warnings), 1, done.text)
        self.assertRegex(warnings[0], "it answered 50[07] to an upload|was cut off")


class FaultTest(SharedCacheTest):
    def test_a_server_that_is_down(self):
        with socket.socket() as unused:
            unused.bind(("127.0.0.1", 0))
            self.assert_runs_with_warning(
                f"http://127.0.0.1:{unused.getsockname()[1]}",
                "the shared cache `URL` was of no use for some steps: cannot reach `127.0.0.1`: it refused the connection, or no way leads to it | "
                "check the port, and whether this network needs a proxy (http_proxy, https_proxy)")

    def test_a_server_that_stalls(self):
        is_over = threading.Event()  # until then it says nothing
        server = self.faulty(lambda handler: is_over.wait() or True)
        self.addCleanup(is_over.set)
        self.assert_runs_with_warning(
            server.url, "the shared cache `URL` was of no use for some steps: `127.0.0.1` sends nothing any more: the call was given up | "
                        "try again later; a firewall that swallows packets looks the same")
        self.assertEqual([method for method, _, _ in server.seen], ["GET", "GET"])

    def test_a_server_that_is_full(self):
        server = self.faulty(lambda handler: handler.command == "PUT" and (handler.answer(507) or True))
        self.assert_runs_with_warning(
            server.url, "nothing more is put into the shared cache `URL` in this run: it answered 507 to an upload | its disk is full: remove old files there")

    def test_bazel_remote_that_validates_entries(self):
        server = self.faulty(lambda handler: handler.command == "PUT" and handler.path.startswith("/ac/") and (handler.answer(400) or True))
        self.assert_runs_with_warning(
            server.url, "nothing more is put into the shared cache `URL` in this run: it answered 400 to an upload | "
                        "bazel-remote takes our entries with --disable_http_ac_validation only")

    def test_bodies_that_are_cut_off(self):
        server = self.faulty()
        self.fill(server.url)

        def cut(handler):
            content = server.contents.get(handler.path, b"")
            if handler.command != "GET" or not content:
                return False
            handler.answer(200, content[:-3], length=len(content))
            handler.close_connection = True
            return True

        server.fault = cut
        self.assert_runs_with_warning(
            server.url, "the shared cache `URL` was of no use for some steps: the connection to `127.0.0.1` was cut off before the answer was whole | "
                        "try again: the server or the network broke it off")

    def test_a_flood(self):
        server = self.faulty()
        self.fill(server.url)

        def flood(handler):
            if handler.command != "GET" or not handler.path.startswith("/cas/"):
                return False
            handler.answer(200, b"x" * 50_000_000)
            return True

        server.fault = flood
        done = self.checkout(server.url).pipeline()
        self.assertEqual(done.code, 0, done.text)
        self.assertEqual(len(warnings_of(done)), 1, done.text)
        self.assertIn("is longer than it should be", warnings_of(done)[0])

    def test_credentials_go_nowhere_else(self):
        elsewhere = self.faulty()
        server = self.faulty(lambda handler: handler.answer(302, Location=elsewhere.url + handler.path) or True)
        done = self.assert_runs_with_warning(
            server.url, "the shared cache `URL` is left alone for the rest of this run: it answered 302 | redirects are not followed, as credentials "
                        "are meant for one server: name the address it leads to", SDLRUN_SHARED_CACHE_TOKEN="geheim-wort")
        self.assertEqual(elsewhere.seen, [])
        self.assertEqual(server.seen[0][2], "Bearer geheim-wort")
        self.assertNotIn("geheim-wort", done.text)

    def test_steps_do_not_see_the_credentials(self):
        server = self.faulty()
        checkout = self.checkout(server.url)
        checkout.write("env.sdl", "pipeline env {\n  step env = exec.run { command = [\"env\"] } outputs { text: string at stdout }\n  output text = env.text\n}\n")
        done = checkout.run("env.sdl", "--json", SDLRUN_SHARED_CACHE_TOKEN="geheim-wort")
        self.assertEqual(done.code, 0, done.text)
        self.assertNotIn("SDLRUN_SHARED", done.text)

    def test_settings_that_are_wrong_run_nothing(self):
        for url, message in [("http://cache.example.com", "without encryption"), ("https://user:geheim-wort@cache", "holds a user or a password")]:
            checkout = self.checkout(url)
            for command in (["shared.sdl"], ["plan", "shared.sdl"]):
                done = checkout.run(*command)
                self.assertEqual(done.code, 2, done.text)
                self.assertIn(message, done.text)
                self.assertNotIn("geheim-wort", done.text)

    def test_it_can_be_switched_off_and_missed(self):
        server = self.faulty()
        checkout = self.checkout(server.url)
        self.assert_right(checkout, checkout.pipeline(SDLRUN_SHARED_CACHE="off"), "ran")
        self.assertEqual(server.seen, [])
        alone = self.checkout()
        alone.write("wanted.sdl", PIPELINE.replace('with { env = {', 'with { cache = "shared", env = {'))
        for command in (["wanted.sdl"], ["plan", "wanted.sdl"]):
            done = alone.run(*command)
            self.assertEqual(done.code, 0, done.text)
            self.assertIn('`data` says `cache = "shared"`, and no shared cache is configured: its result stays on this machine', done.text)
            self.assertNotIn("no shared cache", alone.run(*command, SDLRUN_SHARED_CACHE="off").text)


if __name__ == "__main__":
    unittest.main()
