"""Root file systems to make images of, since no registry is there to pull from.

    docker.run("import", debian(), "debian:bookworm")   # 200 MB, made once and kept in build/
    import_busybox(docker, "busybox:1")                 # 2 MB, at once
"""

import fcntl
import hashlib
import io
import os
import pathlib
import shutil
import subprocess
import tarfile
import tempfile

from dockerd import CannotStart, program

# What Spark's images have: also for tests that want Java and Python of the same Debian, as it is made once.
SPARK_PACKAGES = ["openjdk-17-jre-headless", "python3", "tini"]
BUILD = pathlib.Path(__file__).resolve().parents[2] / "build"
CERTIFICATES = pathlib.Path("/usr/local/share/ca-certificates")


def import_busybox(docker, name, files=None):
    """An image of Debian's static busybox: a shell, httpd, wget, nc. Further files are path: text."""
    done = subprocess.run([program("docker"), "import", "--change", "ENV PATH=/bin", "--change", 'CMD ["sh"]', "-", name], input=busybox_archive(files),
                          env={**os.environ, **docker.environment}, capture_output=True, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stderr.decode())


def busybox_archive(files=None):
    """The bytes of a tar: a root file system of busybox with further files, path: text."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for folder in ("bin", "etc", "tmp", "www"):
            entry = tarfile.TarInfo(folder)
            entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder == "tmp" else 0o755
            archive.addfile(entry)
        busybox = static_busybox()
        add(archive, "bin/busybox", pathlib.Path(busybox).read_bytes(), 0o755)
        for applet in subprocess.run([busybox, "--list"], capture_output=True, text=True, check=True).stdout.split():
            entry = tarfile.TarInfo(f"bin/{applet}")
            entry.type, entry.linkname = tarfile.SYMTYPE, "busybox"
            if applet != "busybox":
                archive.addfile(entry)
        for path, text in {"etc/passwd": "root:x:0:0::/:/bin/sh\n", "etc/group": "root:x:0:\n", **(files or {})}.items():
            add(archive, path, text.encode(), 0o644)
    return content.getvalue()


def static_busybox():
    busybox = program("busybox")
    if b"/ld-linux" in pathlib.Path(busybox).read_bytes():
        raise CannotStart(f"{busybox} needs shared libraries: apt-get install busybox-static")
    return busybox


def add(archive, path, content, mode):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


def debian(packages=()):
    """A tar of Debian 12's smallest system, with packages on it. Made in a minute, by one at a time, and kept between runs."""
    # With the machine's own authorities, so that HTTPS works in it where the network has one: ca-certificates reads them.
    own = sorted(CERTIFICATES.glob("*.crt"))
    mirror = os.environ.get("SDLRUN_MIRROR", "http://deb.debian.org/debian")
    key = hashlib.sha256("\n".join([mirror, *sorted(packages), *(file.read_text() for file in own)]).encode()).hexdigest()[:12]
    kept = BUILD / "root-systems"
    kept.mkdir(parents=True, exist_ok=True)
    archive = kept / f"debian-{key}.tar"
    with open(kept / f"debian-{key}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not archive.exists():
            make_debian(archive, mirror, packages, own)
    return archive


def make_debian(archive, mirror, packages, certificates):
    with tempfile.TemporaryDirectory(dir=archive.parent, ignore_cleanup_errors=True) as folder:
        root = pathlib.Path(folder) / "root"
        target = root / CERTIFICATES.relative_to("/")
        target.mkdir(parents=True)
        for file in certificates:
            shutil.copy(file, target)
        done = subprocess.run([program("debootstrap"), "--variant=minbase", *([f"--include={','.join(packages)}"] if packages else []), "bookworm", root, mirror],
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode != 0:
            raise CannotStart("debootstrap could not make a Debian: " + "\n".join(done.stdout.splitlines()[-3:]))
        subprocess.run(["chroot", root, "apt-get", "clean"], check=True)
        subprocess.run(["tar", "-C", root, "-cf", f"{folder}/new.tar", "."], check=True)
        os.replace(f"{folder}/new.tar", archive)
