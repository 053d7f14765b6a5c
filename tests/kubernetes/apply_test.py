#!/usr/bin/env python3
"""kubernetes.apply, delete and wait on a real cluster: what is applied is there and ready, others' fields stay, and the plan tells what would change."""

import json
import os
import signal
import sys
import time
import unittest

from cluster import HERE, run_tests

sys.path.insert(0, str(HERE.parent / "end_to_end"))
from project import Project  # noqa: E402

cluster = None
WEB = """apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 1
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      terminationGracePeriodSeconds: 0
      containers:
      - {name: web, image: IMAGE, imagePullPolicy: IfNotPresent, command: [sleep, "1000"]}
""".replace("IMAGE", "localhost/busybox:1")
WIDGETS = """apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.example.com}
spec:
  group: example.com
  scope: Namespaced
  names: {plural: widgets, singular: widget, kind: Widget}
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {size: {type: integer}}}}}}
"""


def space(name):
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {name}}}\n"


def settings(name, **data):
    return json.dumps({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}) + "\n"


class ApplyTest(unittest.TestCase):
    def setUp(self):
        self.project = Project()
        self.addCleanup(self.project.close)

    def write(self, *documents, inputs="", steps=""):
        """One step `app`, which applies the documents in a namespace that is named after the test."""
        self.space = self._testMethodName.replace("_", "-")[:60]
        self.project.write("k8s/all.yaml", "---\n".join(documents))
        self.project.write("p.sdl", f"""pipeline p {{
  step kube = kubernetes.cluster {{}}
  step app = kubernetes.apply {{ cluster = kube.cluster, manifests = [dir("k8s")], namespace = "{self.space}", inventory = "{self.space}"{inputs} }}
{steps}}}
""")

    def run_words(self, *words):
        return self.project.run(*words, KUBECONFIG=str(cluster.kubeconfig), XDG_CACHE_HOME=str(self.project.folder / "cache"))

    def run_it(self, code=0):
        done = self.run_words("p.sdl", "--json")
        self.assertEqual(done.code, code, done.text)
        return done

    def outcome(self, code=0, step="app"):
        return self.run_it(code).outcomes()[step]

    def error(self):
        done = self.run_words("p.sdl")
        self.assertEqual(done.code, 1, done.text)
        return done.text

    def plan(self):
        done = self.run_words("plan", "p.sdl")
        self.assertEqual(done.code, 0, done.text)
        return done.text

    def get(self, *words):
        return cluster.get("--namespace", self.space, *words)

    def is_there(self, *words):
        return cluster.kubectl("get", "--namespace", self.space, *words, check=False).returncode == 0

    def test_applied_once_and_then_cached(self):
        self.write(space("test-applied-once-and-then-cached"), WEB, settings("settings", mode="fast"))
        self.assertEqual(self.outcome(), "ran")
        self.assertEqual(self.get("deployment/web")["status"]["availableReplicas"], 1)
        managers = [entry["manager"] for entry in self.get("configmap/settings", "--show-managed-fields")["metadata"]["managedFields"]]
        self.assertEqual(managers, ["sdlrun"])
        version = self.get("configmap/settings")["metadata"]["resourceVersion"]
        self.assertEqual(self.outcome(), "cached")
        self.assertIn("nothing to do", self.plan())
        self.assertEqual(self.get("configmap/settings")["metadata"]["resourceVersion"], version)

    def test_a_change_is_planned_and_made(self):
        self.write(space("test-a-change-is-planned-and-made"), settings("settings", mode="fast"), settings("other", a="1"))
        self.run_it()
        other = self.get("configmap/other")["metadata"]["resourceVersion"]
        self.write(space("test-a-change-is-planned-and-made"), settings("settings", mode="slow"), settings("other", a="1"), settings("more", b="2"))
        plan = self.plan()
        self.assertIn("~ the ConfigMap `settings` in `test-a-change-is-planned-and-made`", plan)
        self.assertIn('-   data.mode: "fast"', plan)
        self.assertIn('+   data.mode: "slow"', plan)
        self.assertIn("+ the ConfigMap `more` in `test-a-change-is-planned-and-made`: is not there yet", plan)
        self.assertNotIn("`other`", plan)
        self.assertEqual(self.get("configmap/settings")["data"], {"mode": "fast"}, "a plan changes nothing")
        self.assertEqual(self.outcome(), "ran")
        self.assertEqual(self.get("configmap/settings")["data"], {"mode": "slow"})
        self.assertEqual(self.get("configmap/other")["metadata"]["resourceVersion"], other)

    def test_what_somebody_deletes_or_changes_is_applied_again(self):
        self.write(space("test-what-somebody-deletes-or-changes-is-applied-again"), settings("settings", mode="fast"))
        self.run_it()
        cluster.kubectl("delete", "configmap/settings", "--namespace", self.space)
        self.assertIn("+ the ConfigMap `settings`", self.plan())
        self.assertEqual(self.outcome(), "ran")
        self.assertTrue(self.is_there("configmap/settings"))
        cluster.kubectl("label", "configmap/settings", "somebody=else", "--namespace", self.space)
        self.assertEqual(self.outcome(), "cached", "a field of somebody else's is theirs")
        cluster.kubectl("patch", "configmap/settings", "--namespace", self.space, '--patch={"data": {"mode": "wrong"}}', "--field-manager=somebody")
        self.assertIn("fields of it belong to `somebody`", self.error())
        self.write(space("test-what-somebody-deletes-or-changes-is-applied-again"), settings("settings", mode="fast"), inputs=", force = true")
        self.assertIn('-   data.mode: "wrong"', self.plan())
        self.run_it()
        found = self.get("configmap/settings")
        self.assertEqual((found["data"], found["metadata"]["labels"]), ({"mode": "fast"}, {"somebody": "else"}))

    def test_a_conflict_names_the_owner_and_the_field(self):
        self.write(space("test-a-conflict-names-the-owner-and-the-field"), settings("settings", mode="fast"))
        cluster.apply(space(self.space))
        cluster.kubectl("create", "configmap", "settings", "--from-literal=mode=theirs", "--namespace", self.space, "--field-manager=their-tool")
        text = self.error()
        self.assertIn("cannot apply the ConfigMap `settings` in `test-a-conflict-names-the-owner-and-the-field` (`k8s/all.yaml`, line 5): fields of it belong to `their-tool`", text)
        self.assertIn(".data.mode: set by their-tool", text)
        self.assertEqual(self.get("configmap/settings")["data"], {"mode": "theirs"})

    def test_what_is_not_named_any_more_is_removed_on_request_and_nothing_else(self):
        name = "test-what-is-not-named-any-more-is-removed-on-request-and-not"[:60]
        both, one = (space(name), settings("kept", a="1"), settings("old", a="1")), (space(name), settings("kept", a="1"))
        self.write(*both)
        self.run_it()
        cluster.kubectl("create", "configmap", "theirs", "--namespace", self.space)
        self.write(*one)
        self.run_it()
        self.assertTrue(self.is_there("configmap/old"), "without `remove`, nothing is")
        self.write(*one, inputs=", remove = true")
        self.assertIn("- the ConfigMap `old`", self.plan())
        self.run_it()
        self.assertFalse(self.is_there("configmap/old"))
        self.assertTrue(self.is_there("configmap/kept") and self.is_there("configmap/theirs"))
        self.write(*both, inputs=", remove = true")
        self.run_it()
        cluster.kubectl("delete", "configmap/old", "--namespace", self.space)
        cluster.kubectl("create", "configmap", "old", "--namespace", self.space)
        self.write(*one, inputs=", remove = true")
        self.assertIn("somebody else has made it anew since", self.run_it().text)
        self.assertTrue(self.is_there("configmap/old"), "that one is somebody else's")

    def test_a_run_that_is_killed_forgets_nothing(self):
        name = "test-a-run-that-is-killed-forgets-nothing"
        # The last of them never comes up, so that the run lasts until it is killed.
        self.write(space(name), *[settings(f"map-{number}", value=str(number)) for number in range(300)], WEB.replace("localhost/busybox:1", "localhost/none:1"))
        process = self.project.start("p.sdl", KUBECONFIG=str(cluster.kubeconfig), XDG_CACHE_HOME=str(self.project.folder / "cache"))
        deadline = time.monotonic() + 300
        while "map-" not in cluster.kubectl("get", "configmaps", "--namespace", name, "--output=name", check=False).stdout:
            self.assertLess(time.monotonic(), deadline)
        os.kill(self.project.engine_of(process), signal.SIGKILL)
        self.project.finish(process)
        left = [item["metadata"]["name"] for item in self.get("configmaps")["items"]]
        self.assertTrue(any(each.startswith("map-") for each in left), left)
        print(f"killed with {len(left)} objects there")
        self.write(space(name), inputs=", remove = true")
        self.assertEqual(self.outcome(), "ran")
        left = [item["metadata"]["name"] for item in self.get("configmaps")["items"]]
        self.assertFalse([each for each in left if each.startswith("map-")])

    def test_a_kind_and_an_object_of_it(self):
        widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: small}\nspec: {size: 3}\n"
        self.write(widget, WIDGETS, space("test-a-kind-and-an-object-of-it"))
        self.addCleanup(cluster.kubectl, "delete", "crd/widgets.example.com", "--ignore-not-found")
        self.assertEqual(self.outcome(), "ran")
        self.assertEqual(self.get("widget/small")["spec"], {"size": 3})
        self.assertEqual(self.outcome(), "cached")

    def test_an_image_that_cannot_be_pulled_is_told(self):
        self.write(space("test-an-image-that-cannot-be-pulled-is-told"), WEB.replace("localhost/busybox:1", "localhost/none:1"), inputs=", timeout = 40s")
        text = self.error()
        self.assertIn("was not ready within 40s: 0 of 1 replicas are available", text)
        self.assertIn("cannot start: the image `localhost/none:1` cannot be pulled", text)

    def test_a_container_that_crashes_is_told_with_the_end_of_its_log(self):
        crashes = WEB.replace('[sleep, "1000"]', '[sh, "-c", "echo no database; exit 3"]').replace("replicas: 1", "replicas: 1\n  minReadySeconds: 60")
        self.write(space("test-a-container-that-crashes-is-told-with-the-end-of-its-log"[:60]), crashes, inputs=", timeout = 40s")
        text = self.error()
        self.assertIn("exit code 3", text)
        self.assertIn("no database", text)

    def test_what_the_api_server_refuses(self):
        self.write(space("test-what-the-api-server-refuses"), settings("Not_A_Name"))
        self.assertIn("cannot apply the ConfigMap `Not_A_Name`", self.error())
        self.write(space("test-what-the-api-server-refuses"), '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "dat": {}}\n')
        self.assertIn(".dat", self.error())
        self.write(space("test-what-the-api-server-refuses"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: yes}\n")
        text = self.error()
        self.assertIn(".data.a: expected string", text)
        self.assertIn("texts stand in quotes", text)
        self.assertNotIn("asked again", text, "it would never be taken")
        self.write("apiVersion: example.org/v1\nkind: Gadget\nmetadata: {name: a}\n")
        self.assertIn("the cluster knows no kind `Gadget` of `example.org/v1`", self.error())
        self.write(settings("a"))
        self.space = "nowhere"
        self.project.write("p.sdl", 'pipeline p { step kube = kubernetes.cluster {}\n step app = kubernetes.apply { cluster = kube.cluster, manifests = [dir("k8s")], namespace = "nowhere" } }')
        self.assertIn("there is no namespace `nowhere` on the cluster", self.error())

    def test_objects_as_values(self):
        self.write(space("test-objects-as-values"), inputs=', objects = [json({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "made" }, data: { mode: "fast" } })]')
        self.run_it()
        self.assertEqual(self.get("configmap/made")["data"], {"mode": "fast"})

    def test_waited_for_and_deleted(self):
        job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "work"},
               "spec": {"template": {"spec": {"restartPolicy": "Never", "containers": [{"name": "work", "image": "localhost/busybox:1", "imagePullPolicy": "Never", "command": ["true"]}]}}}}
        steps = """  step done = kubernetes.wait { cluster = kube.cluster, kind = "jobs", name = "work", namespace = "SPACE", for = "Complete" } with { after = [app] }
  step gone = kubernetes.delete { cluster = kube.cluster, names = ["job/work"], namespace = "SPACE" } with { after = [done] }
""".replace("SPACE", "test-waited-for-and-deleted")
        self.write(space("test-waited-for-and-deleted"), json.dumps(job) + "\n", steps=steps, inputs=", wait = false")
        self.assertEqual(self.run_it().outcomes(), {"kube": "ran", "app": "ran", "done": "ran", "gone": "ran"})
        self.assertFalse(self.is_there("job/work"))
        self.assertEqual(self.get("pods")["items"], [], "its Pods go with it")

    def test_a_wait_in_vain_says_what_there_is(self):
        self.project.write("p.sdl", """pipeline p {
  step kube = kubernetes.cluster {}
  step app = kubernetes.wait { cluster = kube.cluster, kind = "deploy", name = "nobody", timeout = 2s }
}
""")
        self.assertIn("the Deployment `nobody` in `default` was not ready within 2s: it is not there", self.error())
        self.project.write("p.sdl", self.project.folder.joinpath("p.sdl").read_text().replace('"deploy"', '"gizmo"'))
        self.assertIn("the cluster knows no kind `gizmo`", self.error())

    def test_what_a_finalizer_holds_is_told(self):
        self.write(space("test-what-a-finalizer-holds-is-told"))
        cluster.apply(space(self.space), {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "held", "namespace": self.space, "finalizers": ["example.com/hold"]}})
        self.project.write("p.sdl", f"""pipeline p {{
  step kube = kubernetes.cluster {{}}
  step gone = kubernetes.delete {{ cluster = kube.cluster, names = ["cm/held", "cm/nobody"], namespace = "{self.space}", timeout = 15s }}
}}
""")
        self.assertIn("held by its finalizers (example.com/hold)", self.error())
        cluster.kubectl("patch", "configmap/held", "--namespace", self.space, "--type=merge", '--patch={"metadata": {"finalizers": null}}')

    def test_a_plan_against_five_hundred_objects(self):
        name = "test-a-plan-against-five-hundred-objects"
        self.write(space(name), *[settings(f"map-{number}", value=str(number)) for number in range(500)])
        self.run_it()
        before = time.monotonic()
        plan = self.plan()
        print(f"a plan against 501 applied objects: {time.monotonic() - before:.2f} s")
        self.assertIn("nothing to do", plan)

    def test_a_cluster_that_does_not_answer(self):
        self.write(space("test-a-cluster-that-does-not-answer"), settings("settings", mode="fast"))
        self.run_it()
        cluster.server.refuse()
        self.addCleanup(cluster.server.serve)
        self.assertIn("what it would change was not asked: the API server", self.plan())


def tests(begun):
    global cluster
    cluster = begun
    return not unittest.main(exit=False).result.wasSuccessful()


if __name__ == "__main__":
    run_tests(tests)
