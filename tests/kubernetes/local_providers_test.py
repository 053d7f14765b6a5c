#!/usr/bin/env python3
"""kubernetes.cluster and kubernetes.delete_cluster with programs that answer as minikube and kind do (contracts/README.md says how that is known)."""

import json
import unittest

import recorded_tool
from api_stub import listing, node
from providers_fixture import ProviderCase

LOOP = '[FATAL] plugin/loop: Loop (127.0.0.1:55953 -> :53) detected for zone ".", see https://coredns.io/plugins/loop#troubleshooting. Query: "HINFO 1.2."'
DOWN = '\n step down = kubernetes.delete_cluster {{ provider = "{}" }} with {{ on_demand = true }}'


class ToolCase(ProviderCase):
    tool = ""

    def setUp(self):
        super().setUp()
        self.folder = self.home / self.tool
        recorded_tool.install(self.home / "bin", self.tool, self.folder)
        self.set_state(clusters={})

    def set_state(self, **more):
        """What there is, and what the next start answers."""
        state = {"clusters": {}, "name": "sdlrun-demo", "kubeconfig": self.api.kubeconfig("sdlrun-demo")}
        if (self.folder / "state.json").exists():
            state = self.state()
        (self.folder / "state.json").write_text(json.dumps({**state, **more}))

    def state(self):
        return json.loads((self.folder / "state.json").read_text())

    def calls(self, *beginning):
        calls = [json.loads(line) for line in (self.folder / "calls").read_text().splitlines()] if (self.folder / "calls").exists() else []
        return [call for call in calls if tuple(call["words"][: len(beginning)]) == beginning]

    def step(self, inputs="", more=""):
        return f'step kube = kubernetes.cluster {{ provider = "{self.tool}" {inputs} }}\n output version = kube.version\n output nodes = json(kube.nodes)\n output where = kube.kubeconfig\n output name = kube.name ?? "none"' + more

    def own(self):
        return self.clusters_folder() / f"{self.tool}-sdlrun-demo"


class MinikubeTest(ToolCase):
    tool = "minikube"

    def test_it_is_made_once_and_found_by_the_next_run(self):
        done = self.good(self.run_pipeline(self.step()))
        start = self.calls("start")
        self.assertEqual([call["words"] for call in start], [["start", "--profile", "sdlrun-demo", "--output", "json", "--interactive=false", "--memory", "1800mb", "--cpus", "2"]])
        # The user's own kubeconfig stays as it is.
        self.assertEqual(start[0]["kubeconfig"], str(self.own() / "kubeconfig"))
        self.assert_private(self.own() / "kubeconfig")
        self.assertIn("v1.34.4", done.text)
        self.assertIn("Preparing Kubernetes (11 of 19)", done.text)
        outputs = next(event["outputs"] for event in done.events if "outputs" in event)
        self.assertIn("sdlrun-demo", json.dumps(outputs))
        again = self.good(self.run_pipeline(self.step()))
        self.assertEqual(again.outcomes(), {"kube": "cached"})
        # Another pipeline that names it finds it.
        self.project.write("other.sdl", 'pipeline other { step kube = kubernetes.cluster { provider = "minikube", name = "sdlrun-demo" } }')
        other = self.project.run("other.sdl", "--json", **self.variables)
        self.assertEqual(other.code, 0, other.text)
        self.assertEqual(len(self.calls("start")), 1)

    def test_all_inputs_reach_it(self):
        self.good(self.run_pipeline(self.step(', name = "big", memory = 4GiB, cpus = 4, nodes = 2, driver = "kvm2", version = "v1.33.1"')))
        self.assertEqual(self.calls("start")[0]["words"][3:], ["--output", "json", "--interactive=false", "--memory", "4096mb", "--cpus", "4", "--nodes", "2", "--driver", "kvm2", "--kubernetes-version", "1.33.1"])

    def test_less_memory_than_it_takes_is_said(self):
        done = self.good(self.run_pipeline(self.step(", memory = 1GiB")))
        self.assertIn("minikube starts with no less than 1800MiB: it gets that instead of 1GiB", done.text)
        self.assertIn("1800mb", self.calls("start")[0]["words"])

    def test_one_that_was_stopped_is_started(self):
        self.good(self.run_pipeline(self.step()))
        self.set_state(clusters={"sdlrun-demo": {"Host": "Stopped", "APIServer": "Stopped", "Kubeconfig": "Stopped"}})
        done = self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.calls("start")), 2)
        self.assertIn("is not running: its machine is Stopped", done.text)

    def test_one_that_is_paused_goes_on(self):
        self.good(self.run_pipeline(self.step()))
        self.set_state(clusters={"sdlrun-demo": {"Host": "Running", "APIServer": "Paused", "Kubeconfig": "Configured"}})
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.calls("unpause")), 1)

    def test_one_of_several_nodes_is_ready_by_its_control_plane(self):
        self.good(self.run_pipeline(self.step(", nodes = 2")))
        again = self.good(self.run_pipeline(self.step(", nodes = 2")))
        self.assertEqual(again.outcomes(), {"kube": "cached"})

    def test_other_nodes_are_not_to_be_had(self):
        self.good(self.run_pipeline(self.step()))
        done = self.good(self.run_pipeline(self.step(", nodes = 3")))
        self.assertIn("has 1 node, and 3 are wanted: minikube changes that only for one made anew", done.text)

    def test_another_size_is_not_to_be_had(self):
        self.good(self.run_pipeline(self.step(", memory = 4GiB")))
        self.assertEqual(self.warnings_of(self.good(self.run_pipeline(self.step(", memory = 4GiB, cpus = 2")))), [])
        done = self.good(self.run_pipeline(self.step(", memory = 8GiB")))
        self.assertIn("has nodes with 4096MiB and 2 processors: minikube gives another size only to one made anew", done.text)

    def test_a_start_that_breaks_off_is_taken_up(self):
        self.set_state(next="breaks off")
        error = self.error_of(self.run_pipeline(self.step()))
        self.assertIn("the minikube cluster `sdlrun-demo` does not start: wait 6m0s for node: wait for healthy API server", error)
        self.assertIn("taken up by the next run", error)
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.calls("start")), 2)

    def test_a_profile_without_a_machine_is_taken_up(self):
        self.set_state(clusters={"sdlrun-demo": {}})
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.calls("start")), 1)

    def test_a_start_that_says_well_and_is_not(self):
        self.set_state(stays=True)
        self.assertIn("was started, and is not running: its machine is Stopped, its API server Stopped", self.error_of(self.run_pipeline(self.step())))

    def test_commands_that_fail(self):
        said = 'error deleting profile "sdlrun-demo": error getting client machine client'
        self.good(self.run_pipeline(self.step(more=DOWN.format("minikube"))))
        for command, words in {"delete": "is not deleted: `minikube delete` ended with exit code 80", "unpause": "is paused and does not go on: exit code 80", "update-context": "minikube writes no kubeconfig for `sdlrun-demo`: exit code 80"}.items():
            with self.subTest(command):
                is_paused, is_lost = command == "unpause", command == "update-context"
                self.set_state(fails=command, clusters={"sdlrun-demo": {"Host": "Running", "APIServer": "Paused" if is_paused else "Running", "Kubeconfig": "Misconfigured" if is_lost else "Configured"}})
                goal = ["down"] if command == "delete" else []
                error = self.error_of(self.project.run("demo.sdl", *goal, "--json", **self.variables))
                self.assertIn(words, error)
                self.assertIn(said, error)

    def test_an_invalid_profile(self):
        self.set_state(clusters={"sdlrun-demo": {"invalid": True}})
        self.assertIn("is broken: minikube calls its profile invalid", self.error_of(self.run_pipeline(self.step())))

    def test_refusals(self):
        for answer, words in {"too little memory": ("Requested memory allocation 1000MiB is less than the usable minimum of 1800MB", "ask for less"),
                              "too few processors": ("Requested cpu count 16 is greater than the available cpus of 2", "ask for less with `memory` and `cpus`"),
                              "as root": ('The "docker" driver should not be used with root privileges', 'such as "none"'),
                              "no driver": ('exec: "virsh": executable file not found in $PATH', "Install KVM")}.items():
            with self.subTest(answer):
                self.set_state(next=answer)
                error = self.error_of(self.run_pipeline(self.step()))
                for word in words:
                    self.assertIn(word, error)

    def test_it_is_not_installed(self):
        (self.home / "bin" / "minikube").unlink()
        error = self.error_of(self.run_pipeline(self.step()))
        self.assertIn("minikube is not installed", error)
        self.assertIn("https://minikube.sigs.k8s.io/docs/start", error)

    def test_one_of_somebody_else_is_used_and_never_deleted(self):
        self.set_state(clusters={"sdlrun-demo": {"Host": "Running", "APIServer": "Running", "Kubeconfig": "Misconfigured"}})
        done = self.good(self.run_pipeline(self.step()))
        self.assertIn("was there, and not made by sdlrun", done.text)
        self.assertEqual(len(self.calls("update-context")), 1)
        self.assertIn("was not made by sdlrun, and is left there", self.error_of(self.run_pipeline(self.step(more=DOWN.format("minikube")), "down")))
        self.assertEqual(self.calls("delete"), [])

    def test_it_is_deleted_only_when_asked(self):
        self.good(self.run_pipeline(self.step(more=DOWN.format("minikube"))))
        self.assertEqual(self.calls("delete"), [])
        plan = self.project.run("plan", "demo.sdl", "down", **self.variables)
        self.assertIn("- the minikube cluster `sdlrun-demo`, with all that is on it", plan.text)
        self.good(self.project.run("demo.sdl", "down", "--json", **self.variables))
        self.assertEqual([call["words"] for call in self.calls("delete")], [["delete", "--profile", "sdlrun-demo"]])
        self.assertFalse(self.own().exists())
        self.good(self.project.run("demo.sdl", "down", "--json", **self.variables))  # what is not there is no mistake
        self.assertEqual(len(self.calls("delete")), 1)
        # And it is made anew.
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.calls("start")), 2)

    def test_the_plan_says_what_would_be_made_and_makes_nothing(self):
        self.assertIn("+ the minikube cluster `sdlrun-demo`: would make 1 node with 4GiB and 2 processors", self.plan(self.step(", memory = 4GiB")).text)
        self.assertEqual(self.calls("start"), [])
        self.good(self.run_pipeline(self.step()))
        self.assertNotIn("would make", self.plan(self.step()).text)
        self.set_state(clusters={"sdlrun-demo": {"Host": "Stopped", "APIServer": "Stopped"}})
        self.assertIn("~ the minikube cluster `sdlrun-demo`: would be started", self.plan(self.step()).text)

    # ---- CoreDNS

    def let_dns_loop(self, until):
        """CoreDNS that loops until `until` says that it is mended and its Pod was made anew."""
        gone = []

        def pod(is_ready):
            status = {"containerStatuses": [{"name": "coredns", "ready": is_ready, "restartCount": 3, "state": {}, "lastState": {"terminated": {"exitCode": 1}}}], "conditions": [{"type": "Ready", "status": str(is_ready)}]}
            return {"metadata": {"name": "coredns-1", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}}, "spec": {"nodeName": "node-1", "containers": [{"name": "coredns"}]}, "status": status}

        def delete(method, _query):
            self.assertEqual(method, "DELETE")
            gone.append("coredns-1")
            return 200, {}

        base = "/api/v1/namespaces/kube-system"
        self.api.answers.update({
            f"{base}/pods": lambda _method, _query: (200, listing("Pod", pod(bool(gone) and until()))),
            f"{base}/pods/coredns-1": delete,
            f"{base}/pods/coredns-1/log": lambda _method, _query: (200, LOOP + "\n"),
            f"{base}/configmaps/coredns": {"data": {"Corefile": ".:53 {\n  loop\n  forward . /etc/resolv.conf\n}\n"}},
            f"{base}/services/kube-dns": {"spec": {"clusterIP": "10.96.0.10"}},
            "/api/v1/nodes/node-1/proxy/configz": {"kubeletconfig": {"resolvConf": "/etc/resolv.conf"}}})
        labelled = node("node-1")
        labelled["metadata"]["labels"] = {"minikube.k8s.io/name": "sdlrun-demo"}
        self.api.answers["/api/v1/nodes"] = listing("Node", labelled)
        return gone

    def test_coredns_that_asks_itself_is_repaired_where_the_node_is_this_machine(self):
        setting = "--extra-config=kubelet.resolv-conf=/run/systemd/resolve/resolv.conf"
        gone = self.let_dns_loop(lambda: any(setting in call["words"] for call in self.calls("start")))
        done = self.good(self.run_pipeline(self.step(', driver = "none"')))
        self.assertIn("CoreDNS asked itself, and was repaired", done.text)
        self.assertIn("Loop (127.0.0.1:55953 -> :53)", done.text)
        self.assertEqual(gone, ["coredns-1"])
        self.assertIn(setting, self.calls("start")[-1]["words"])

    def test_elsewhere_the_cause_is_told(self):
        gone = self.let_dns_loop(lambda: False)
        done = self.good(self.run_pipeline(self.step(', driver = "docker"')))
        self.assertIn("Loop (127.0.0.1:55953 -> :53)", done.text)
        self.assertIn("repair:", done.text.lower())
        self.assertEqual(gone, [])
        self.assertEqual(len(self.calls("start")), 1)

    def test_a_repair_that_does_not_help_is_an_error(self):
        self.let_dns_loop(lambda: False)
        self.assertIn("CoreDNS still asks itself", self.error_of(self.run_pipeline(self.step(', driver = "none"'))))


    # ---- what is put on it

    def fit_warning(self, nodes, pods, sizes):
        """Of `spark.kubernetes`, on a cluster with these nodes and Pods."""
        self.api.answers.update({"/api/v1/nodes": listing("Node", *nodes), "/api/v1/pods": listing("Pod", *pods)})
        self.api.otherwise = lambda method, path: (200, {"status": {"allowed": True}} if path.endswith("accessreviews") else {"metadata": {"name": path.rsplit("/", 1)[-1]}})
        done = self.good(self.run_pipeline(self.step(more=f"\n step spark = spark.kubernetes {{ cluster = kube.cluster, namespace = \"n{len(self.api.seen)}\", {sizes} }}")))
        return next((warning for warning in self.warnings_of(done) if "too small" in warning), "")

    def test_one_that_is_too_small_for_a_job(self):
        full = {"metadata": {"name": "full", "namespace": "a"}, "spec": {"nodeName": "node-1", "containers": [{"resources": {"requests": {"memory": "2Gi"}}}]}, "status": {"phase": "Running"}}
        ended = {**full, "status": {"phase": "Succeeded"}}
        warning = self.fit_warning([node("node-1", "1700Mi")], [], "executors = 2")
        self.assertIn("not even the driver finds room", self.fit_warning([node("node-1", "1Gi")], [], "executors = 2"))
        self.assertIn("0 of 2 executors find room beside the driver. A driver takes 1.4GiB, an executor 1.4GiB, what Python needs included; free on its nodes: 1.66GiB", warning)
        self.assertIn("1 of 2 executors", self.fit_warning([node("node-1", "5Gi")], [full], "executors = 2, driver_memory = 1GiB"))
        self.assertEqual(self.fit_warning([node("node-1", "5Gi")], [ended], "executors = 2"), "")
        kept = node("node-2", "64Gi")
        kept["spec"]["taints"] = [{"key": "node-role.kubernetes.io/control-plane", "effect": "NoSchedule"}]
        self.assertIn("1 of 3 executors", self.fit_warning([node("node-1", "3Gi"), kept], [], "executors = 3"))


class KindTest(ToolCase):
    tool = "kind"

    def test_it_is_made_once_and_found_by_the_next_run(self):
        done = self.good(self.run_pipeline(self.step(', nodes = 3, version = "1.34.0"')))
        [create] = self.calls("create")
        own = self.own()
        self.assertEqual(create["words"], ["create", "cluster", "--name", "sdlrun-demo", "--config", str(own / "kind.yaml"), "--kubeconfig", str(own / "kubeconfig"), "--wait", "1800s", "--image", "kindest/node:v1.34.0"])
        self.assertEqual((own / "kind.yaml").read_text(), "kind: Cluster\napiVersion: kind.x-k8s.io/v1alpha4\nnodes:\n- role: control-plane\n- role: worker\n- role: worker\n")
        self.assert_private(own / "kubeconfig")
        self.assertIn("Ensuring node image (kindest/node:v1.37.0)", done.text)
        self.assertEqual(self.good(self.run_pipeline(self.step(', nodes = 3, version = "1.34.0"'))).outcomes(), {"kube": "cached"})
        self.assertEqual(len(self.calls("create")), 1)

    def test_one_that_somebody_has_deleted_is_made_anew(self):
        self.good(self.run_pipeline(self.step()))
        self.set_state(clusters={})
        self.assertIn("the kind cluster `sdlrun-demo` is gone", self.good(self.run_pipeline(self.step())).text)
        self.assertEqual(len(self.calls("create")), 2)

    def test_refusals(self):
        for answer, words in {"image cannot be pulled": ('failed to pull image "kindest/node:v1.37.0', "`docker load` brings one by hand"),
                              "bad role": ("invalid configuration for node 0", "")}.items():
            with self.subTest(answer):
                self.set_state(next=answer)
                error = self.error_of(self.run_pipeline(self.step()))
                for word in words:
                    self.assertIn(word, error)

    def test_one_that_is_made_and_not_there(self):
        self.set_state(vanishes=True)
        self.assertIn("the kind cluster `sdlrun-demo` was asked for, and is not there", self.error_of(self.run_pipeline(self.step())))

    def test_no_engine(self):
        for answer, words in {"no engine": "the Docker engine at `unix:///var/run/docker.sock` does not answer", "no docker": "kind makes nodes of containers: install Docker or Podman"}.items():
            with self.subTest(answer):
                self.set_state(engine=answer)
                self.assertIn(words, self.error_of(self.run_pipeline(self.step())))

    def test_a_half_made_cluster(self):
        self.set_state(clusters={"sdlrun-demo": {"nodes": ["sdlrun-demo-control-plane"], "half made": True}})
        error = self.error_of(self.run_pipeline(self.step()))
        self.assertIn("kind gives no kubeconfig for `sdlrun-demo`: failed to get cluster internal kubeconfig", error)
        self.assertIn("`docker start sdlrun-demo-control-plane`", error)

    def test_it_is_deleted_only_when_asked(self):
        self.good(self.run_pipeline(self.step(more=DOWN.format("kind"))))
        self.assertEqual(self.calls("delete"), [])
        self.good(self.project.run("demo.sdl", "down", "--json", **self.variables))
        self.assertEqual(self.calls("delete")[0]["words"], ["delete", "cluster", "--name", "sdlrun-demo", "--kubeconfig", str(self.own() / "kubeconfig")])
        self.assertFalse(self.own().exists())

    def test_it_is_not_installed(self):
        (self.home / "bin" / "kind").unlink()
        self.assertIn("kind is not installed", self.error_of(self.run_pipeline(self.step())))


if __name__ == "__main__":
    unittest.main()
