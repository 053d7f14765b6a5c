"""A project with one job on the cluster of the tests."""

import sys
import tarfile

from images import Image, write_layout, write_python_layer
from shared import HERE, busybox_archive
from spark_image import image_name

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

VERSION = "4.0.0"
PIPELINE = """pipeline job {{
  param word: string = "hello"
  step kube = kubernetes.cluster {{}}
  step cluster = spark.kubernetes {{ cluster = kube.cluster, namespace = "{space}", executors = 1, memory = 512MiB, driver_memory = 512MiB, version = "{version}" }}
  {steps}
  step run = spark.submit {{
    cluster = cluster.spark
    image = "{image}"
    {application}
    conf = {{
      "spark.kubernetes.driver.request.cores": "100m"
      "spark.kubernetes.executor.request.cores": "100m"
      "spark.kubernetes.driver.connectionTimeout": "60000"
      "spark.kubernetes.driver.requestTimeout": "60000"
      {conf}
    }}
    {inputs}
  }} {outputs}
}}
"""
PI = 'in_image = "/opt/spark/examples/src/main/python/pi.py"'


class Job:
    """Of a script, or of an `application` that the image has (pi.py where nothing is said)."""

    cluster = None  # set once, before the first is made

    def __init__(self, test, script=None, image=None, conf="", inputs="", outputs="", space="spark", application=PI, steps=""):
        self.project = Project()
        test.addCleanup(self.project.close)
        if script is not None:
            self.project.write("main.py", script)
            application = 'app = "main.py"'
        self.project.write("job.sdl", PIPELINE.format(space=space, version=VERSION, image=image or image_name(VERSION), application=application, conf=conf, inputs=inputs, outputs=outputs,
                                                       steps=steps))

    def start(self, *words, **variables):
        return self.project.start("job.sdl", *words, **{"KUBECONFIG": str(self.cluster.kubeconfig), **variables})

    def run(self, *words, **variables):
        return self.project.finish(self.start(*words, **variables))


# Its child dies alone, as Java does below tini; asked to end, it ends at once.
ENTRYPOINT = """#!/bin/sh
trap 'exit 143' TERM
sh -c "${SCRIPT:-echo the job has run}" &
wait $!
"""
# As Spark's runs an application in Python: driver --properties-file FILE --class CLASS local:///PATH ARGUMENT…
PYTHON_ENTRYPOINT = """#!/bin/sh
script=${6#local://}
shift 6
exec python3 "$script" "$@"
"""
# That image's application: `conf` with `spark.kubernetes.driverEnv.SCRIPT` says what it does.
SMALL = 'class = "org.example.Small"\n    jars_in_image = ["/opt/small.jar"]'


def small_image(cluster):
    """A layout of busybox whose entrypoint takes Spark's words and runs a line of shell: for drivers of which nothing else is asked."""
    return image_with_entrypoint(cluster, "small", ENTRYPOINT, [])


def python_image(cluster):
    """One whose entrypoint runs a script by Python, without Java and Spark."""
    layer = cluster.folder / "python-layer.tar"
    write_python_layer(layer)
    return image_with_entrypoint(cluster, "python", PYTHON_ENTRYPOINT, [layer])


def image_with_entrypoint(cluster, name, entrypoint, layers):
    archive, script = cluster.folder / f"{name}.tar", cluster.folder / "entrypoint.sh"
    archive.write_bytes(busybox_archive())
    script.write_text(entrypoint)
    script.chmod(0o755)
    with tarfile.open(archive, "a") as file:
        file.add(script, "opt/entrypoint.sh")
    layout = cluster.folder / name
    write_layout(layout, [Image(f"localhost/{name}:1", [archive, *layers], {"Env": ["PATH=/bin:/usr/bin"], "Entrypoint": ["/opt/entrypoint.sh"]})])
    return layout


def pods(space="spark"):
    return {pod["metadata"]["name"]: pod for pod in Job.cluster.get("pods", f"--namespace={space}")["items"]}
