"""A folder, and namespaces of network, mounts and processes, in which programs run that all go together.

    with Namespaces() as inside:
        inside.start("etcd", [program, argument])
        inside.kill("etcd")

At its end, and also when the test is killed, the kernel ends what runs in there (inside.py). The folder and the control groups of
a test that was killed are removed by the next one.
"""

import contextlib
import fcntl
import glob
import json
import os
import pathlib
import secrets
import signal
import subprocess
import sys
import threading

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "containers"))
from dockerd import SYSTEM_PATH, CannotStart, program, remove_traces  # noqa: E402

PREFIX = "sdlrun-kubernetes-"
CONTROL_GROUPS = pathlib.Path("/sys/fs/cgroup")


class Namespaces:
    def __init__(self):
        self.folder = self.process = self.lock = None
        self.processes = {}
        self.talking = threading.Lock()

    def __enter__(self):
        check_machine()
        for folder in pathlib.Path("/tmp").glob(PREFIX + "*"):
            remove_if_dead(folder)
        # In /tmp, and short, for the sockets' sake: their paths may have 108 characters.
        self.folder = pathlib.Path("/tmp", PREFIX + secrets.token_hex(4))
        self.folder.mkdir(mode=0o711)
        try:
            self.lock = open(self.folder / "lock", "w")  # closed in __exit__
            fcntl.flock(self.lock, fcntl.LOCK_EX)
            (self.folder / "logs").mkdir()
            self.begin()
            make_control_groups(self.folder.name)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        if self.process is not None:
            self.process.stdin.close()  # inside.py ends, with it all that runs there, and then unshare
            self.process.wait()
            self.process.stdout.close()
        if self.lock is not None:
            self.lock.close()
        remove_traces(self.folder)

    def begin(self):
        lock = self.lock.fileno()
        command = [program("unshare"), "--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc",
                   sys.executable, HERE / "inside.py", self.folder, str(lock)]
        with open(self.folder / "logs/inside", "w") as log:
            self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, pass_fds=[lock], start_new_session=True,
                                            env={**os.environ, "PATH": SYSTEM_PATH, "LC_ALL": "C"})
        said = self.process.stdout.readline()
        if "ready" not in said:
            reason = json.loads(said)["refused"] if said else (self.folder / "logs/inside").read_text().strip()
            raise CannotStart(f"the kernel gives no namespaces of our own: {reason}")

    @property
    def network(self):
        """The file by which a thread enters the network."""
        return f"/proc/{self.process.pid}/ns/net"

    def ask(self, **request):
        with self.talking:
            self.process.stdin.write(json.dumps(request) + "\n")
            self.process.stdin.flush()
            return json.loads(self.process.stdout.readline())

    def start(self, name, command):
        """Begins a program, whose output goes to logs/NAME."""
        self.processes[name] = self.ask(start=[str(word) for word in command], log=str(self.folder / "logs" / name))["process"]

    def kill(self, name):
        self.ask(kill=self.processes.pop(name))

    def kill_pods(self):
        """At once, and without anybody in the cluster being told."""
        for file in glob.glob(f"{CONTROL_GROUPS}/*/{self.folder.name}/**/cgroup.procs", recursive=True):
            with contextlib.suppress(OSError):
                for process in pathlib.Path(file).read_text().split():
                    os.kill(int(process), signal.SIGKILL)

    def check(self):
        """Raises AssertionError with the last words of a program that ended by itself."""
        for name, process in self.processes.items():
            if (status := self.ask(ended=process)["status"]) is not None:
                raise AssertionError(f"{name} ended with {status}:\n{self.last_words(name)}")

    def last_words(self, name):
        return "\n".join((self.folder / "logs" / name).read_text(errors="replace").splitlines()[-20:])


def check_machine():
    if os.geteuid() != 0:
        raise CannotStart("it needs root")
    for name in ("unshare", "ip", "mount"):
        program(name)
    if all(line.split()[4] != "/" for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines()):
        raise CannotStart("it needs a root file system that is mounted, and this is a chroot")


def remove_if_dead(folder):
    """Its lock is held by unshare too, which is the last to end."""
    with contextlib.suppress(OSError), open(folder / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        remove_traces(folder)


def make_control_groups(name):
    """One for all pods, in each hierarchy: the kubelet removes pods that it does not know only below its own."""
    try:
        if (CONTROL_GROUPS / "cgroup.controllers").exists():  # version 2, not tried yet
            (CONTROL_GROUPS / name).mkdir()
            (CONTROL_GROUPS / name / "cgroup.subtree_control").write_text("+cpu +cpuset +memory +pids")
            return
        for hierarchy in glob.glob(f"{CONTROL_GROUPS}/*/cgroup.procs"):
            own = pathlib.Path(hierarchy).with_name(name)
            own.mkdir()
            for file in ("cpuset.cpus", "cpuset.mems"):
                if (own / file).exists():
                    (own / file).write_text(own.with_name(file).read_text())
    except OSError as error:
        raise CannotStart(f"there are no control groups for it: {error}") from error
