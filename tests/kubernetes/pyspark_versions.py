"""Spark as PyPI has it, kept between runs: its jars hold the client of Kubernetes, and its bin/spark-submit runs it."""

import subprocess
import sys

from kept import kept
from namespaces import CannotStart

PY4J = {"3.5.9": "0.10.9.7", "4.0.0": "0.10.9.9", "4.1.4": "0.10.9.9"}
VERSIONS = list(PY4J)


def spark_home(version):
    """A folder with bin, jars and examples; what Python imports (pyspark, py4j) is its parent."""
    return kept(f"pyspark-{version}", "1", lambda folder: install(version, folder)) / "pyspark"


def install(version, folder):
    # Debian's Python has pip only where an environment was made with it. No bytecode: it would be made at another path.
    folder.mkdir()
    environment = folder.with_name("environment")
    run(sys.executable, "-m", "venv", environment)
    run(environment / "bin/pip", "install", "--quiet", "--no-deps", "--no-compile", "--no-cache-dir", "--target", folder, f"pyspark=={version}", f"py4j=={PY4J[version]}")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0:
        raise CannotStart(f"pyspark cannot be had: {' '.join(map(str, command))}: " + "\n".join(done.stdout.splitlines()[-3:]))
