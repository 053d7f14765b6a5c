"""Spark's own spark-submit, in cluster mode, on a cluster of the test's own."""

import os
import subprocess

from pyspark_versions import spark_home
from shared import JAVA

# What a driver does in its namespace, least of all rights with which Spark neither fails nor complains.
DRIVER_RULES = [{"apiGroups": [""], "resources": ["pods", "services", "configmaps", "persistentvolumeclaims"],
                 "verbs": ["get", "list", "watch", "create", "patch", "update", "delete", "deletecollection"]}]


def words(server, settings, *rest):
    """The arguments of spark-submit: settings (--conf) by name, then the application and its own."""
    return ["--master", f"k8s://{server}", "--deploy-mode", "cluster", *(word for name, value in settings.items() for word in ("--conf", f"{name}={value}")), *rest]


def spark_submit(version, kubeconfig, arguments, user="tester"):
    """The finished process, with all that it wrote in `stdout`. The settings of whoever runs the tests are nothing to it."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("SPARK_", "PYSPARK_", "HADOOP_"))}
    return subprocess.run([spark_home(version) / "bin/spark-submit", *arguments], env={**own, "JAVA_HOME": str(JAVA), "KUBECONFIG": str(kubeconfig), "HADOOP_USER_NAME": user, "LC_ALL": "C.UTF-8"},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
