"""Podman and Buildah with a store, settings and folders of the test's own: what the machine's own have is not seen.

    with Podman() as podman:
        podman.run("images")                  # also podman.run("images", program="buildah")
        {**os.environ, **podman.environment}  # what another program needs to use the same store

At its end nothing of it is left. Needs root, as their rootless way wants more of a machine than tests can ask for.
"""

import json
import os
import pathlib
import shutil
import subprocess
import tempfile

from dockerd import SYSTEM_PATH, CannotStart, program, remove_traces

PREFIX = "sdlrun-podman-"
ENOUGH = 16384


def limit(name):
    """Containers get what we have, and little: Podman would ask for more than a machine may let anybody have."""
    for line in pathlib.Path("/proc/self/limits").read_text().splitlines():
        if line.startswith(name) and line.split()[-2] != "unlimited":
            return min(ENOUGH, int(line.split()[-2]))
    return ENOUGH


class Podman:
    def __enter__(self):
        if os.geteuid() != 0:
            raise CannotStart("it needs root")
        for name in ("podman", "buildah", "runc"):
            program(name)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix=PREFIX, dir="/tmp"))
        try:
            self.write_settings()
            done = self.run("info", check=False)
            if done.returncode != 0:
                raise CannotStart(done.stderr.strip().splitlines()[-1])
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        self.run("rm", "--all", "--force", check=False)
        remove_traces(self.folder)

    def write_settings(self):
        files, processes = limit("Max open files"), limit("Max processes")
        limits = [f"nofile={files}:{files}", f"nproc={processes}:{processes}"]
        # runc and cgroupfs work in control groups of either version, and without systemd.
        (self.folder / "containers.conf").write_text(
            f"[containers]\ndefault_ulimits = {json.dumps(limits)}\n[engine]\nruntime = \"runc\"\ncgroup_manager = \"cgroupfs\"\n"
            f"tmp_dir = \"{self.folder}/tmp\"\nvolume_path = \"{self.folder}/volumes\"\n[engine.runtimes]\nrunc = [\"{program('runc')}\"]\n")
        (self.folder / "storage.conf").write_text(
            f"[storage]\ndriver = \"overlay\"\ngraphroot = \"{self.folder}/store\"\nrunroot = \"{self.folder}/run\"\n")

        (self.folder / "registries.conf").write_text("")

    def trust(self, registry):
        """A registry without TLS, such as "127.0.0.1:5000"."""
        with open(self.folder / "registries.conf", "a") as file:
            file.write(f"[[registry]]\nlocation = \"{registry}\"\ninsecure = true\n")

    @property
    def environment(self):
        settings = {f"CONTAINERS_{name.upper()}CONF": str(self.folder / f"{file}.conf") for name, file in (("", "containers"), ("STORAGE_", "storage"), ("REGISTRIES_", "registries"))}
        return {**settings, "BUILDAH_ISOLATION": "chroot"}

    def run(self, *words, program="podman", check=True):
        """What it prints, as text; without check, the finished process."""
        done = subprocess.run([program, *map(str, words)], env={**os.environ, "PATH": SYSTEM_PATH, **self.environment}, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"{program} {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()
