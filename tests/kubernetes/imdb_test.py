#!/usr/bin/env python3
"""The main job on a real Kubernetes: pipelines/imdb.sdl makes an image of the notebook, brings it to the node, trains there
with Elephas on executors that are Pods, and brings the model back."""

import json
import sys
import unittest

from cluster import HERE, run_tests
from namespaces import CannotStart
from spark_image import spark_image

for folder in ("end_to_end", "image"):
    sys.path.insert(0, str(HERE.parent / folder))
from project import Project  # noqa: E402
from servers import Registry  # noqa: E402

VERSION = "4.0.0"
PUSH_BASE = """pipeline base {{
  step base = image.build {{ base = dir("{layout}") }}
  step pushed = image.push {{ image = base.image, repository = "{host}/spark", tags = ["{version}"] }}
}}
"""
cluster = None


class ImdbTest(unittest.TestCase):
    def test_the_notebook_is_trained_by_pods(self):
        registry = Registry()
        registry.__enter__()
        self.addCleanup(registry.__exit__)
        project = Project()
        self.addCleanup(project.close)
        project.write("base.sdl", PUSH_BASE.format(layout=spark_image(VERSION), host=registry.host, version=VERSION))
        pushed = project.run("base.sdl")
        self.assertEqual(pushed.code, 0, pushed.text)
        words = ["pipelines/imdb.sdl", "target=kubernetes", "by=containerd", f"base={registry.host}/spark:{VERSION}", "python_version=3.11", "cpu=100m"]
        where = {"KUBECONFIG": str(cluster.kubeconfig), "CONTAINERD_ADDRESS": str(cluster.containerd)}
        done = project.run(*words, "--json", **where)
        self.assertEqual(done.code, 0, done.text[-6000:])
        published = {event["name"]: event["value"] for event in done.events if event["event"] == "output_published"}
        self.assertGreaterEqual(published["accuracy"], 0.75)
        self.assertEqual(len(published["rows_trained"]), 2)
        self.assertTrue((project.folder / "out/imdb/model").exists())
        executors = {event["objectRef"]["name"] for event in cluster.requests() if event["verb"] == "create" and "-exec-" in event.get("objectRef", {}).get("name", "")}
        told = [event["text"] for event in done.events if event["event"] == "step_progressed" and event["step"] == "train"]
        self.assertTrue([text for text in told if "2 of 2 executors" in text], (executors, told[-10:]))
        again = project.run(*words, **where)
        self.assertEqual(again.code, 0, again.text)
        self.assertNotIn("train     ran", again.text)
        plan = json.loads(project.run("plan", *words, "--json", **where).text)
        self.assertEqual({step["decision"] for step in plan["steps"] if step["step"] in ("app/image", "train")}, {"cached"})


def tests(begun):
    global cluster
    cluster = begun
    try:
        spark_image(VERSION)
    except CannotStart as reason:
        print(f"skipped: there is no image of Spark: {reason}")
        return 77
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
