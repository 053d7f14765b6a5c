#!/usr/bin/env python3
"""The first process in the namespaces of a cluster (network, mounts, processes). When it ends, however it ends, the kernel ends
all that runs there, and mounts and networks are gone.

usage: inside.py FOLDER LOCK

It holds the open file LOCK, makes what the machine has its own for what runs here, and then takes requests, a line of JSON each,
until its input ends:

    {"start": [PROGRAM, ARGUMENT...], "log": FILE}  → {"process": N}
    {"kill": N}                                     → {}, when it has ended
    {"ended": N}                                    → {"status": its exit code, or null while it runs}
"""

import json
import os
import pathlib
import select
import signal
import subprocess
import sys

# The kubelet and containerd have files here whatever their options are. What they write comes to lie in the cluster's folder.
SHARED_FOLDERS = ("/var/lib", "/var/log", "/run")
# What the kubelet would set for the whole machine; it finds them set.
TUNABLES = {"vm/overcommit_memory": 1, "vm/panic_on_oom": 0, "kernel/panic": 10, "kernel/panic_on_oops": 1,
            "kernel/keys/root_maxkeys": 1000000, "kernel/keys/root_maxbytes": 25000000}
NODE_ADDRESS = "10.90.0.1"


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        answer({"refused": f"{' '.join(map(str, command))}: {done.stdout.strip()}"})
        sys.exit(1)


def hide_machine(folder):
    for shared in SHARED_FOLDERS:
        own = folder / "machine" / shared.strip("/").replace("/", "-")
        for part in ("upper", "work"):
            (own / part).mkdir(parents=True)
        run("mount", "-t", "overlay", "overlay", "-o", f"lowerdir={shared},upperdir={own}/upper,workdir={own}/work", shared)
    for name, value in TUNABLES.items():
        own = folder / "machine" / name.replace("/", "-")
        own.write_text(f"{value}\n")
        if pathlib.Path("/proc/sys", name).exists():
            run("mount", "--bind", own, f"/proc/sys/{name}")


def make_network():
    """One interface, whose other end leads nowhere: no address of a cluster can leave the machine, and all clusters have the same."""
    run("ip", "link", "set", "lo", "up")
    run("ip", "link", "add", "node0", "type", "veth", "peer", "name", "nowhere0")
    for interface in ("nowhere0", "node0"):
        run("ip", "link", "set", interface, "up")
    run("ip", "address", "add", f"{NODE_ADDRESS}/24", "dev", "node0")
    run("ip", "route", "add", "default", "dev", "node0")
    pathlib.Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


class Processes:
    def __init__(self):
        self.ended = {}  # of those that were started: None while they run, then the exit code

    def handle(self, request):
        if command := request.get("start"):
            return {"process": self.start(command, request["log"])}
        if process := request.get("kill"):
            if self.ended[process] is None:
                os.kill(process, signal.SIGKILL)
                self.ended[process] = os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
            return {}
        return {"status": self.ended[request["ended"]]}

    def start(self, command, log):
        files = [(os.POSIX_SPAWN_OPEN, 0, "/dev/null", os.O_RDONLY, 0),
                 (os.POSIX_SPAWN_OPEN, 1, log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644), (os.POSIX_SPAWN_DUP2, 1, 2)]
        process = os.posix_spawnp(command[0], command, os.environ, file_actions=files, setsid=True)
        self.ended[process] = None
        return process

    def reap(self):
        """Also those that were left to process 1."""
        try:
            while (found := os.waitpid(-1, os.WNOHANG))[0] != 0:
                if found[0] in self.ended:
                    self.ended[found[0]] = os.waitstatus_to_exitcode(found[1])
        except ChildProcessError:
            pass


def answer(words):
    print(json.dumps(words), flush=True)


def main():
    folder = pathlib.Path(sys.argv[1])
    os.set_inheritable(int(sys.argv[2]), False)
    hide_machine(folder)
    make_network()
    waking, woken = os.pipe()
    for end in (waking, woken):
        os.set_blocking(end, False)
    signal.set_wakeup_fd(woken)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    processes = Processes()
    answer({"ready": True})
    while True:
        ready, _, _ = select.select([0, waking], [], [])
        if waking in ready:
            os.read(waking, 4096)
            processes.reap()
        if 0 in ready:
            line = sys.stdin.readline()
            if not line:
                return
            answer(processes.handle(json.loads(line)))


if __name__ == "__main__":
    main()
