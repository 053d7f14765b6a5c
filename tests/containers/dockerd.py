"""A Docker engine of the test's own: a dockerd with folders, a socket, a bridge and addresses of its own, so that several
run side by side and beside one that is the machine's.

    with Dockerd() as docker:
        docker.run("ps")                      # the client, which knows where the engine is
        {**os.environ, **docker.environment}  # what another program needs to find it

At its end nothing of it is left: no container, process, mount, bridge, rule of the firewall, control group or folder. What a
test that was killed left is removed by the next one. Needs root.
"""

import contextlib
import ctypes
import fcntl
import glob
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import sys
import time

PREFIX = "sdlrun-dockerd-"
# Held shared by each running Dockerd; it holds what the machine had before the first of them.
LOCK = pathlib.Path("/run/sdlrun-dockerd.lock")
IP_FORWARD = pathlib.Path("/proc/sys/net/ipv4/ip_forward")
SYSTEM_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"


class CannotStart(Exception):
    """This machine lets no dockerd run: the text says why."""


def program(name):
    found = shutil.which(name, path=SYSTEM_PATH)
    if found is None:
        package = {"dockerd": "docker.io", "docker": "docker.io", "ip": "iproute2"}.get(name, name)
        raise CannotStart(f"{name} is not installed: apt-get install {package}")
    return found


def quietly(*command):
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, env={**os.environ, "PATH": SYSTEM_PATH}, check=False)


class Dockerd:
    def __init__(self):
        self.process = self.folder = self.octet = self.lock = None

    # ---- what tests use

    @property
    def host(self):
        return f"unix://{self.folder}/docker.sock"

    @property
    def environment(self):
        """DOCKER_CONFIG too: what is in the home of who runs the tests is nothing to them."""
        return {"DOCKER_HOST": self.host, "DOCKER_CONFIG": str(self.folder / "config")}

    def run(self, *words, check=True, **options):
        """The client's output, as text; without check, the finished process."""
        done = subprocess.run([program("docker"), *map(str, words)], env={**os.environ, **self.environment}, capture_output=True, text=True,
                              check=False, **({"stdin": subprocess.DEVNULL} | options))
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"docker {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()

    def inspect(self, name):
        return json.loads(self.run("inspect", name))[0]

    def remove_all(self):
        """All containers, their volumes and networks; images stay."""
        kinds = {"container": (["--all"], ["--force", "--volumes"]), "volume": ([], ["--force"]), "network": (["--filter", "type=custom"], [])}
        for kind, (which, how) in kinds.items():
            if names := self.run(kind, "ls", "--quiet", *which).split():
                self.run(kind, "rm", *how, *names)

    def start(self):
        """Begins the engine, also again after stop(): it has what it had."""
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
                                            env={**os.environ, "PATH": SYSTEM_PATH}, preexec_fn=end_with_parent)
        deadline = time.monotonic() + 300
        while self.run("version", check=False).returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise CannotStart(self.last_words())
            time.sleep(0.05)

    def stop(self):
        """Ends the engine and what runs in it."""
        if self.process is None:
            return
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
        kill_all(self.folder.name)

    # ---- its beginning and its end

    def __enter__(self):
        if os.geteuid() != 0:
            raise CannotStart("it needs root")
        for name in ("dockerd", "docker", "iptables", "ip"):
            program(name)
        try:
            self.join()
            # Short, for the socket's sake; hexadecimal, as containerd takes no name that ends with the `_` of tempfile's.
            self.folder = pathlib.Path("/tmp", PREFIX + secrets.token_hex(4))
            self.folder.mkdir(mode=0o700)
            (self.folder / "config").mkdir()
            self.make_bridge()
            self.start()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None and self.process.poll() is None:
            # Many a container would wait ten seconds for a SIGTERM that it ignores.
            if running := self.run("ps", "-q", check=False).stdout.split():
                self.run("kill", *running, check=False)
        with contextlib.suppress(OSError):
            self.stop()
        if self.folder is not None:
            remove_traces(self.folder)
        if self.octet is not None:
            remove_network(self.octet)
        self.leave()

    def command(self):
        # Docker's own rules would set the policy of FORWARD and stay behind: our three do, and docker-proxy publishes ports.
        return [program("dockerd"), "--data-root", self.folder / "data", "--exec-root", self.folder / "exec", "-H", self.host,
                "--pidfile", self.folder / "docker.pid", "--bridge", f"sdlrun-br-{self.octet}", "--iptables=false", "--ip6tables=false",
                "--default-address-pool", f"base=10.{self.octet}.0.0/17,size=24", "--cgroup-parent", f"/{self.folder.name}",
                "--containerd-namespace", self.folder.name, "--containerd-plugins-namespace", f"{self.folder.name}-plugins"]

    def last_words(self):
        lines = (self.folder / "log").read_text(errors="replace").splitlines()
        return next((line for line in reversed(lines) if "failed" in line or "rror" in line), "\n".join(lines[-3:]))

    def join(self):
        """The first one notes how the machine was, and removes what killed ones left."""
        self.lock = open(LOCK, "a+")  # closed in leave()
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.lock, fcntl.LOCK_SH)
        if not self.has_the_lock():
            return self.join_again()
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(self.lock, fcntl.LOCK_SH)  # which was let go of for a moment
            return None if self.has_the_lock() else self.join_again()
        if LOCK.stat().st_size == 0:
            self.lock.write(IP_FORWARD.read_text())
            self.lock.flush()
        for folder in pathlib.Path("/tmp").glob(PREFIX + "*"):
            remove_traces(folder)
        for bridge in glob.glob("/sys/class/net/sdlrun-br-*"):
            remove_network(bridge.rsplit("-", 1)[1])
        fcntl.flock(self.lock, fcntl.LOCK_SH)

    def has_the_lock(self):
        try:
            return os.path.samestat(os.fstat(self.lock.fileno()), LOCK.stat())
        except FileNotFoundError:
            return False

    def join_again(self):
        """The last one has just removed the lock's file."""
        self.lock.close()
        return self.join()

    def leave(self):
        """The last one puts the machine back as it was."""
        if self.lock is None:
            return
        with self.lock, contextlib.suppress(BlockingIOError):
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.lock.seek(0)
            if before := self.lock.read():
                IP_FORWARD.write_text(before)
            LOCK.unlink(missing_ok=True)

    def make_bridge(self):
        """The bridge's name is the number of our 10.N.0.0/16: who makes it has the addresses."""
        routes = quietly("ip", "route", "show", "table", "all").stdout
        for octet in range(71, 250):
            if f"10.{octet}." not in routes and quietly("ip", "link", "add", "name", f"sdlrun-br-{octet}", "type", "bridge").returncode == 0:
                break
        else:
            raise CannotStart("no bridge can be made: " + quietly("ip", "link", "add", "name", "sdlrun-br-none", "type", "bridge").stderr.strip())
        self.octet = octet
        quietly("ip", "address", "add", f"10.{octet}.255.1/24", "dev", f"sdlrun-br-{octet}")
        quietly("ip", "link", "set", f"sdlrun-br-{octet}", "up")
        for table, rule in rules(octet):
            done = quietly("iptables", "-w", "-t", table, "-I", *rule)
            if done.returncode != 0:
                raise CannotStart("the firewall takes no rule: " + done.stderr.strip())


def rules(octet):
    """What lets our containers reach others, whatever the machine's policy is."""
    ours = f"10.{octet}.0.0/16"
    return [("nat", ["POSTROUTING", "-s", ours, "!", "-d", ours, "-j", "MASQUERADE"]),
            ("filter", ["FORWARD", "-s", ours, "-j", "ACCEPT"]), ("filter", ["FORWARD", "-d", ours, "-j", "ACCEPT"])]


def remove_network(octet):
    for table, rule in rules(octet):
        quietly("iptables", "-w", "-t", table, "-D", *rule)
    # The bridges of networks that compose or a test made have our addresses too.
    for line in quietly("ip", "-o", "-4", "address").stdout.splitlines():
        if f" 10.{octet}." in line:
            quietly("ip", "link", "delete", line.split()[1])
    quietly("ip", "link", "delete", f"sdlrun-br-{octet}")


def remove_traces(folder):
    kill_all(folder.name)
    mounts = [line.split()[4] for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if f"{folder}/" in line]
    for mount in sorted(mounts, key=len, reverse=True):
        quietly("umount", "-l", mount)
    for group in glob.glob(f"/sys/fs/cgroup/**/{folder.name}", recursive=True):
        for path, _, _ in os.walk(group, topdown=False):
            with contextlib.suppress(OSError):
                os.rmdir(path)
    shutil.rmtree(folder, ignore_errors=True)


def kill_all(name):
    """Those that name the engine's folder: dockerd, containerd, shims and proxies by their arguments, containers by their group."""
    deadline = time.monotonic() + 60
    while (found := list(processes_of(name))) and time.monotonic() < deadline:
        for process in found:
            with contextlib.suppress(OSError):
                os.kill(process, signal.SIGKILL)
        time.sleep(0.02)


def processes_of(name):
    for folder in glob.glob("/proc/[0-9]*"):
        with contextlib.suppress(OSError):
            group = pathlib.Path(folder, "cgroup").read_text()
            arguments = pathlib.Path(folder, "cmdline").read_bytes().decode(errors="replace").split("\0")
            is_engine = arguments[0].endswith(("dockerd", "containerd", "containerd-shim-runc-v2", "docker-proxy", "runc"))
            is_dead = pathlib.Path(folder, "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            if not is_dead and (f"/{name}/" in group or (is_engine and any(f"/{name}/" in argument for argument in arguments))):
                yield int(folder.rsplit("/", 1)[1])


def end_with_parent():
    """A test that is killed takes its engine along (PR_SET_PDEATHSIG)."""
    ctypes.CDLL(None).prctl(1, signal.SIGTERM)


def run_tests(tests):
    """Calls tests(docker) and ends with what it gives; with 77 where no engine can run. SIGTERM too ends the engine."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with contextlib.ExitStack() as stack:
        try:
            docker = stack.enter_context(Dockerd())
        except CannotStart as reason:
            print(f"skipped: dockerd cannot start here: {reason}")
            sys.exit(77)
        status = tests(docker)
    sys.exit(status)
