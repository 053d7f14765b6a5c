#!/usr/bin/env python3
"""An image like apache/spark:VERSION-python3, made of Debian's Java 17 and Python 3.11, and Spark of PyPI: an OCI layout that
is made once, in two minutes, and kept (kept.py). A cluster loads it, and it is a base for image.build.

usage: tests/kubernetes/spark_image.py [VERSION]    prints the layout
"""

import hashlib
import io
import subprocess
import sys
import tarfile

from images import Image, write_layout
from kept import kept
from pyspark_versions import spark_home
from shared import HERE, JAVA, SPARK_PACKAGES, CannotStart, debian

USER = 185  # as Spark's own images have it
# In Spark's own images these come beside what Python imports; PyPI has all in one.
BESIDE_PYTHON = ("bin", "sbin", "jars", "examples", "data")
CONFIG = {"User": "spark", "WorkingDir": "/opt/spark/work-dir", "Entrypoint": ["/opt/entrypoint.sh"],
          "Env": ["PATH=/opt/java/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "SPARK_HOME=/opt/spark", "JAVA_HOME=/opt/java"]}


def image_name(version):
    """What a pod calls it."""
    return f"localhost/spark:{version}"


def spark_image(version="4.0.0"):
    """Its layout, a folder."""
    sources = b"".join(path.read_bytes() for path in (HERE / "spark_image.py", HERE / "spark_entrypoint.sh", HERE / "images.py", JAVA / "bin/java"))
    return kept(f"spark-image-{version}", hashlib.sha256(sources).hexdigest()[:12], lambda folder: make(folder, version))


def make(folder, version):
    system, spark = folder.with_name("system.tar.gz"), folder.with_name("spark.tar.gz")
    base = debian(SPARK_PACKAGES)
    with open(system, "wb") as file:
        subprocess.run(["gzip", "-1nc", base], stdout=file, check=True)
    with tarfile.open(spark, "w:gz", compresslevel=1) as archive:
        add_user(archive, base)
        add_spark(archive, spark_home(version))
    write_layout(folder, [Image(image_name(version), [system, spark], CONFIG)])


def add_user(archive, base):
    with tarfile.open(base) as system:
        for path, line in (("etc/passwd", f"spark:x:{USER}:{USER}::/home/spark:/bin/sh\n"), ("etc/group", f"spark:x:{USER}:\n")):
            add_file(archive, path, system.extractfile(f"./{path}").read() + line.encode())


def add_spark(archive, home):
    for path in ("opt/spark", "opt/spark/python", "opt/spark/work-dir"):
        folder = tarfile.TarInfo(path)
        folder.type, folder.mode, folder.uid, folder.gid = tarfile.DIRTYPE, 0o775, USER, USER
        archive.addfile(folder)
    for name in BESIDE_PYTHON:
        archive.add(home / name, f"opt/spark/{name}", filter=owned_by_spark)
    archive.add(home / "python/lib", "opt/spark/python/lib", filter=owned_by_spark)
    for path in sorted(home.iterdir()):
        if path.name not in (*BESIDE_PYTHON, "python", "licenses"):
            archive.add(path, f"opt/spark/python/pyspark/{path.name}", filter=owned_by_spark)
    add_file(archive, "opt/java/bin/java", (JAVA / "bin/java").read_bytes(), 0o755)
    add_file(archive, "opt/entrypoint.sh", (HERE / "spark_entrypoint.sh").read_bytes(), 0o755)


def owned_by_spark(entry):
    entry.uid = entry.gid = USER
    entry.uname = entry.gname = "spark"
    return None if entry.name.endswith((".cmd", "__pycache__")) else entry


def add_file(archive, path, content, mode=0o644):
    entry = tarfile.TarInfo(path)
    entry.size, entry.mode = len(content), mode
    archive.addfile(entry, io.BytesIO(content))


if __name__ == "__main__":
    try:
        print(spark_image(*sys.argv[1:2]))
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        sys.exit(77)
