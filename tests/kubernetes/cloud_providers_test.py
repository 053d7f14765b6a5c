#!/usr/bin/env python3
"""kubernetes.cluster and kubernetes.delete_cluster with servers that answer as GKE and DigitalOcean do (contracts/README.md says how that is known)."""

import json
import time
import unittest

import clouds
from api_stub import listing, node
from providers_fixture import ProviderCase


class CloudCase(ProviderCase):
    kind = None
    place = ""

    def setUp(self):
        super().setUp()
        context = clouds.running(self.kind, self.api)
        self.cloud = context.__enter__()
        self.addCleanup(context.__exit__, None, None, None)

    def inputs(self, more=""):
        return f'{self.place}, key = key, api = "{self.cloud.url}", poll = 10ms {more}'

    def step(self, more="", after=""):
        return f'secret key = env("CLOUD_KEY")\n step kube = kubernetes.cluster {{ {self.inputs(more)} }}\n output version = kube.version\n' + after

    def down(self):
        return f"\n step down = kubernetes.delete_cluster {{ {self.inputs()} }} with {{ on_demand = true }}"

    def assert_no_secret(self, *secrets):
        """In what people see, and what is kept below the project."""
        for path in self.project.folder.rglob("*"):
            if path.is_file() and "pipelines" not in path.parts:
                for secret in secrets:
                    self.assertNotIn(secret.encode(), path.read_bytes(), path)

    def check_refusals(self, table):
        """{(method, path's end, answers): words that the message has}"""
        for (method, end, names), words in table.items():
            with self.subTest(names):
                self.cloud.refuse = {(method, end): list(names)}
                error = self.error_of(self.run_pipeline(self.step()))
                for word in words:
                    self.assertIn(word, error)
                self.assertEqual(self.cloud.clusters, {})


class GkeTest(CloudCase):
    kind = clouds.Gke
    place = 'provider = "gke", project = "team-data", location = "europe-west3-a"'

    def setUp(self):
        super().setUp()
        self.variables["CLOUD_KEY"] = json.dumps(self.cloud.key)
        self.api.tokens = []
        self.own = self.clusters_folder() / "gke-team-data-europe-west3-a-sdlrun-demo"

    def test_it_is_made_waited_for_and_found_by_the_next_run(self):
        done = self.good(self.run_pipeline(self.step(", nodes = 3, version = \"1.34\"")))
        [wish] = self.cloud.json_of("POST", "/clusters")
        self.assertEqual(wish, {"cluster": {"name": "sdlrun-demo", "resourceLabels": {"sdlrun": "demo"}, "initialClusterVersion": "1.34", "nodePools": [{"name": "sdlrun", "initialNodeCount": 3, "config": {
            "machineType": "e2-standard-2", "oauthScopes": ["https://www.googleapis.com/auth/devstorage.read_only", "https://www.googleapis.com/auth/logging.write", "https://www.googleapis.com/auth/monitoring"]}}]}})
        self.assertIn("v1.34.4", done.text)
        self.assertTrue(self.cloud.asked("GET", "operation-1764403200000-00000000"))
        again = self.good(self.run_pipeline(self.step(", nodes = 3, version = \"1.34\"")))
        self.assertEqual(again.outcomes(), {"kube": "cached"})
        self.assertEqual(len(self.cloud.json_of("POST", "/clusters")), 1)

    def test_the_key_signs_and_stays_secret(self):
        before = time.time()
        done = self.good(self.run_pipeline(self.step()))
        head, claims = self.cloud.claimed
        self.assertEqual(head, {"alg": "RS256", "typ": "JWT", "kid": "0123abcd"})
        self.assertEqual({key: claims[key] for key in ("iss", "aud", "scope")}, {"iss": "trainer@team-data.iam.gserviceaccount.com", "aud": f"{self.cloud.url}/token",
                                                                              "scope": "https://www.googleapis.com/auth/cloud-platform https://www.googleapis.com/auth/userinfo.email"})
        self.assertEqual(claims["exp"] - claims["iat"], 3600)
        self.assertLess(abs(claims["iat"] - before), 60)
        self.assertTrue(all(request["token"] == "Bearer ya29.token-1" for request in self.cloud.seen if request["path"] != "/token"))
        secret = self.cloud.key["private_key"].splitlines()[3]
        self.assertNotIn("ya29", done.text)
        self.assertNotIn(secret, done.text)
        self.assert_no_secret("ya29", secret)
        for name in ("kubeconfig", "token"):
            self.assert_private(self.own / name)
        kubeconfig = (self.own / "kubeconfig").read_text()
        self.assertNotIn("ya29", kubeconfig)
        self.assertNotIn("PRIVATE", kubeconfig)
        self.assertEqual((self.own / "token").read_text(), "ya29.token-1")

    def test_a_token_that_runs_out_while_a_step_works_is_renewed(self):
        self.good(self.run_pipeline(self.step()))
        looks = []

        def nodes(_method, _query):
            looks.append(list(self.cloud.tokens))
            if len(looks) == 1:
                self.api.tokens.clear()  # an hour has passed
                return 401, {"kind": "Status", "code": 401, "reason": "Unauthorized", "message": "Unauthorized"}
            return 200, listing("Node", node("node-1"))

        self.api.answers["/api/v1/nodes"] = nodes
        inspect = "step state = kubernetes.inspect { cluster = kube.cluster }\n output problems = json(state.problems)"
        done = self.good(self.run_pipeline(self.step(after=inspect)))
        # The step itself has asked for another, and is let in: nobody else renews what the file has.
        self.assertEqual(len(looks), 2)
        self.assertEqual(looks[0], ["ya29.token-1", "ya29.token-2"])
        self.assertGreater(len(looks[1]), 2)
        self.assertNotIn("Unauthorized", done.text)

    def test_each_run_writes_the_token_anew(self):
        self.good(self.run_pipeline(self.step()))
        self.good(self.run_pipeline(self.step()))
        self.assertEqual((self.own / "token").read_text(), "ya29.token-2")

    def test_other_numbers_of_nodes(self):
        self.good(self.run_pipeline(self.step()))
        plan = self.plan(self.step(", nodes = 4"))
        self.assertIn("~ the GKE cluster `sdlrun-demo`: would go from 1 node to 4 × e2-standard-2 in europe-west3-a: about $196 a month", plan.text)
        self.good(self.run_pipeline(self.step(", nodes = 4")))
        self.assertEqual(self.cloud.json_of("POST", ":setSize"), [{"nodeCount": 4}])
        # Somebody takes two away.
        self.cloud.clusters["sdlrun-demo"]["currentNodeCount"] = 2
        self.assertIn("the GKE cluster `sdlrun-demo` has 2 nodes", self.good(self.run_pipeline(self.step(", nodes = 4"))).text)
        self.assertEqual(self.cloud.json_of("POST", ":setSize"), [{"nodeCount": 4}] * 2)

    def test_the_plan_says_what_it_would_cost(self):
        for inputs, price in {"": "would make 1 × e2-standard-2 in europe-west3-a: about $49 a month, and about $73 a month for its control plane, as of September 2026",
                              ', nodes = 3, machine = "n2-highmem-8"': "3 × n2-highmem-8 in europe-west3-a: about $1148 a month",
                              ', machine = "c4-standard-4"': "price unknown: no price is kept of `c4-standard-4`"}.items():
            with self.subTest(inputs):
                self.assertIn(price, self.plan(self.step(inputs)).text)
        self.assertEqual(self.cloud.asked("POST", "/clusters"), [])

    def test_refusals(self):
        self.check_refusals({
            ("POST", "/clusters", ("quota",)): ("GKE does not make the cluster: Insufficient regional quota", "iam-admin/quotas"),
            ("POST", "/clusters", ("forbidden",)): ('Required "container.clusters.create" permission', "roles/container.admin"),
            ("GET", "/sdlrun-demo", ("unauthorized",)): ("GKE does not tell of its clusters: Request had invalid authentication credentials", "is the key in `key` still one"),
            ("GET", "/sdlrun-demo", ("no project",)): ("Permission denied on resource project nobodys-project", "roles/container.admin"),
            ("GET", "/sdlrun-demo", ("no such project",)): ("Not found: projects/nobodys-project", "are `project` and `location` right?"),
            ("GET", "/sdlrun-demo", ("no location",)): ('Location "mars-north1" does not exist', "are `machine`, `location`"),
            ("GET", "/sdlrun-demo", ("too many",) * 6): ("Quota exceeded for quota metric", "wait a while and run again"),
            ("POST", "/clusters", ("unavailable",)): ("The service is currently unavailable", "what was begun is found then"),
            ("POST", "/token", ("bad signature",)): ("Google gives no token to the service account: Invalid JWT Signature.", "was the key deleted"),
        })

    def test_what_may_go_better_is_asked_again(self):
        self.cloud.refuse = {("GET", "/sdlrun-demo"): ["unavailable", "too many"], ("POST", "/clusters"): ["too many"], ("POST", "/token"): ["unavailable"]}
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.clusters), 1)

    def test_a_key_that_is_none(self):
        for key, word in {"{}": "`key` is no key of a service account", json.dumps({**self.cloud.key, "private_key": "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"}): "is no RSA key in the form of PEM"}.items():
            self.assertIn(word, self.error_of(self.run_pipeline(self.step(), CLOUD_KEY=key)))

    def test_one_that_another_run_has_asked_for(self):
        """Between the look and the request: 409, and it is waited for."""
        self.cloud.refuse = {("GET", "/sdlrun-demo"): ["not found"]}
        self.cloud.POST_clusters("", {"body": json.dumps({"cluster": {"name": "sdlrun-demo", "resourceLabels": {"sdlrun": "demo"}, "nodePools": [{"name": "sdlrun", "initialNodeCount": 1}]}})})
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.asked("POST", "/clusters")), 1)

    def test_one_that_shows_late(self):
        self.cloud.refuse = {("GET", "/sdlrun-demo"): ["not found"] * 4}
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.asked("POST", "/clusters")), 1)

    def test_one_that_never_shows(self):
        self.cloud.refuse = {("GET", "/sdlrun-demo"): ["not found"] * 20}
        self.assertIn("the GKE cluster `sdlrun-demo` was asked for, and is not there", self.error_of(self.run_pipeline(self.step())))

    def test_one_that_google_works_on(self):
        self.good(self.run_pipeline(self.step()))
        self.cloud.clusters["sdlrun-demo"]["status"] = "RECONCILING"
        self.assertEqual(self.good(self.run_pipeline(self.step())).outcomes(), {"kube": "cached"})

    def test_a_private_cluster(self):
        self.api.endpoint = ""
        self.assertIn("has no address that can be reached from outside", self.error_of(self.run_pipeline(self.step())))

    def test_nodes_that_are_not_to_be_had(self):
        self.good(self.run_pipeline(self.step()))
        operation = self.cloud.operation
        self.cloud.operation = lambda kind, **more: operation(kind, error={"code": 8, "message": self.cloud.contract["stockout"]})
        self.assertIn("does not get 4 nodes: Try a different location", self.error_of(self.run_pipeline(self.step(", nodes = 4"))))

    def test_time_is_up_midway_and_the_next_run_goes_on(self):
        self.cloud.begins = 1000000
        error = self.error_of(self.run_pipeline(self.step(", timeout = 1s")))
        self.assertIn("the GKE cluster `sdlrun-demo` is not ready after 1s: it is being made: PROVISIONING", error)
        self.assertIn("run again to go on waiting", error)
        self.cloud.clusters["sdlrun-demo"]["looks"] = 1
        self.assertIn("~ the GKE cluster `sdlrun-demo`: would be waited for: PROVISIONING", self.plan(self.step()).text)
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.asked("POST", "/clusters")), 1)

    def test_one_that_breaks_while_it_is_made(self):
        self.cloud.begins = 1000000
        operation = self.cloud.operation

        def breaks(kind, done=True, **more):
            return operation(kind, done=True, error={"code": 8, "message": self.cloud.contract["stockout"]})

        self.cloud.operation = breaks
        error = self.error_of(self.run_pipeline(self.step(after=self.down())))
        self.assertIn("is broken: PROVISIONING, Try a different location, or try again later: Google Compute Engine does not have enough resources", error)
        self.assertIn("kubernetes.delete_cluster", error)
        self.cloud.operation = operation
        self.cloud.clusters["sdlrun-demo"].update({"status": "ERROR", "statusMessage": self.cloud.contract["stockout"]})
        self.assertIn("is broken: ERROR, Try a different location", self.error_of(self.run_pipeline(self.step())))
        self.cloud.clusters["sdlrun-demo"].update({"status": "DEGRADED", "conditions": [{"code": "UNKNOWN", "message": "The node service account was deleted."}]})
        self.assertIn("is broken: DEGRADED, The node service account was deleted.", self.error_of(self.run_pipeline(self.step())))

    def test_it_is_deleted_only_when_asked(self):
        self.good(self.run_pipeline(self.step(after=self.down())))
        self.assertEqual(self.cloud.asked("DELETE"), [])
        self.good(self.project.run("demo.sdl", "down", "--json", **self.variables))
        self.assertEqual([request["path"] for request in self.cloud.asked("DELETE")], ["/v1/projects/team-data/locations/europe-west3-a/clusters/sdlrun-demo"])
        self.assertEqual(self.cloud.clusters, {})
        self.assertFalse(self.own.exists())

    def test_one_of_somebody_else_is_used_as_it_is(self):
        self.cloud.POST_clusters("", {"body": json.dumps({"cluster": {"name": "sdlrun-demo", "resourceLabels": {}, "nodePools": [{"name": "sdlrun", "initialNodeCount": 2}]}})})
        done = self.good(self.run_pipeline(self.step(", nodes = 5", after=self.down())))
        self.assertIn("was there, and not made by sdlrun", done.text)
        self.assertEqual(self.cloud.asked("POST", ":setSize"), [])
        self.assertIn("was not made by sdlrun, and is left there", self.error_of(self.project.run("demo.sdl", "down", "--json", **self.variables)))
        self.assertEqual(self.cloud.asked("DELETE"), [])


class DigitalOceanTest(CloudCase):
    kind = clouds.DigitalOcean
    place = 'provider = "digitalocean", location = "fra1"'

    def setUp(self):
        super().setUp()
        self.variables["CLOUD_KEY"] = self.cloud.token
        self.own = self.clusters_folder() / "digitalocean-fra1-sdlrun-demo"

    def test_it_is_made_waited_for_and_found_by_the_next_run(self):
        self.cloud.make({"name": "another", "region": "nyc1", "tags": [], "node_pools": []})
        done = self.good(self.run_pipeline(self.step(", nodes = 3")))
        [wish] = self.cloud.json_of("POST")
        self.assertEqual(wish, {"name": "sdlrun-demo", "region": "fra1", "version": "latest", "tags": ["sdlrun"], "node_pools": [{"name": "sdlrun", "size": "s-2vcpu-4gb", "count": 3}]})
        self.assertIn("v1.34.4", done.text)
        self.assert_private(self.own / "kubeconfig")
        self.assertEqual(self.good(self.run_pipeline(self.step(", nodes = 3"))).outcomes(), {"kube": "cached"})
        self.assertEqual(len(self.cloud.asked("POST")), 1)
        self.assertNotIn(self.cloud.token, done.text)
        self.assert_no_secret(self.cloud.token, "dop_v1_of-the-cluster")

    def test_credentials_that_have_run_out_are_asked_for_anew(self):
        self.good(self.run_pipeline(self.step()))
        self.api.tokens = ["dop_v1_new"]
        self.cloud.api = self.api
        kubeconfig = self.api.kubeconfig
        self.api.kubeconfig = lambda name, **user: kubeconfig(name, token="dop_v1_new")
        self.assertEqual(self.good(self.run_pipeline(self.step())).outcomes(), {"kube": "cached"})
        self.assertIn("dop_v1_new", (self.own / "kubeconfig").read_text())

    def test_a_cluster_that_answers_no_more_is_looked_at_again(self):
        self.good(self.run_pipeline(self.step()))
        self.api.tokens = ["of somebody else"]
        done = self.run_pipeline(self.step())
        self.assertIn("it does not answer any more", done.text)
        self.assertIn("the kubeconfig's credentials are not accepted", self.error_of(done))

    def test_other_numbers_of_nodes(self):
        self.good(self.run_pipeline(self.step()))
        self.assertIn("would go from 1 node to 2 × s-2vcpu-4gb in fra1: about $48 a month", self.plan(self.step(", nodes = 2")).text)
        self.good(self.run_pipeline(self.step(", nodes = 2")))
        [change] = self.cloud.asked("PUT")
        self.assertEqual((change["path"], json.loads(change["body"])), ("/v2/kubernetes/clusters/bd5f5959-5e1e-4205-a714-a914373942af/node_pools/cdda885e-7663-40c8-bc74-3a036c66545d", {"name": "sdlrun", "count": 2}))

    def test_the_plan_says_what_it_would_cost(self):
        for inputs, price in {", nodes = 3": "+ the DigitalOcean cluster `sdlrun-demo`: would make 3 × s-2vcpu-4gb in fra1: about $72 a month; its control plane costs nothing",
                              ', machine = "g-2vcpu-8gb"': "`g-2vcpu-8gb` is not offered in fra1",
                              ', machine = "huge"': "price unknown: DigitalOcean has no machine `huge`"}.items():
            with self.subTest(inputs):
                self.assertIn(price, self.plan(self.step(inputs)).text)
        self.assertEqual(self.cloud.asked("POST"), [])
        self.assertIn("what it would change was not asked: DigitalOcean does not tell of its clusters: Unable to authenticate you", self.plan(self.step(), CLOUD_KEY="wrong").text)

    def test_refusals(self):
        self.check_refusals({
            ("POST", "/clusters", ("limit",)): ("DigitalOcean does not make the cluster: validation error: autoscale desired max nodes exceed limits", "droplet_limit_increase"),
            ("POST", "/clusters", ("bad size",)): ("invalid droplet size", "are `machine`, `location` and `version` such as it has?"),
            ("GET", "/clusters", ("unauthorized",)): ("Unable to authenticate you", "is the token whole, and not revoked?"),
            ("GET", "/clusters", ("forbidden",)): ("You are not authorized to perform this operation", "scopes kubernetes and tag"),
            ("GET", "/clusters", ("too many",) * 6): ("API rate limit exceeded.", "wait a while"),
            ("POST", "/clusters", ("server error",)): ("Unexpected server-side error", "what was begun is found then"),
        })

    def test_what_may_go_better_is_asked_again(self):
        self.cloud.refuse = {("GET", "/clusters"): ["too many", "server error"], ("POST", "/clusters"): ["too many"], ("GET", "/kubeconfig"): ["server error"]}
        self.good(self.run_pipeline(self.step()))

    def test_time_is_up_midway_and_the_next_run_goes_on(self):
        self.cloud.begins = 1000000
        self.assertIn("is not ready after 1s: it is being made: provisioning", self.error_of(self.run_pipeline(self.step(", timeout = 1s"))))
        self.cloud.clusters["sdlrun-demo"]["looks"] = 1
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.asked("POST")), 1)

    def test_a_broken_one(self):
        for state in ("degraded", "error"):
            self.cloud.make({"name": "sdlrun-demo", "region": "fra1", "tags": ["sdlrun"], "node_pools": []})
            self.cloud.clusters["sdlrun-demo"]["status"] = {"state": state, "message": "node pool is not healthy"}
            error = self.error_of(self.run_pipeline(self.step()))
            self.assertIn(f"is broken: {state}, node pool is not healthy", error)
            self.assertIn("kubernetes.delete_cluster", error)

    def test_one_that_is_being_deleted_is_made_anew_when_it_is_gone(self):
        self.good(self.run_pipeline(self.step()))
        self.cloud.clusters["sdlrun-demo"].update({"status": {"state": "deleting"}, "looks": 3})
        self.good(self.run_pipeline(self.step()))
        self.assertEqual(len(self.cloud.asked("POST")), 2)

    def test_it_is_elsewhere_or_twice(self):
        self.cloud.make({"name": "sdlrun-demo", "region": "nyc1", "tags": ["sdlrun"], "node_pools": []})
        self.assertIn("is there, in nyc1 and not in fra1", self.error_of(self.run_pipeline(self.step())))
        self.cloud.clusters["another"] = {**self.cloud.clusters["sdlrun-demo"], "id": "0a1b"}
        self.assertIn("DigitalOcean has 2 clusters named `sdlrun-demo`", self.error_of(self.run_pipeline(self.step())))

    def test_it_is_deleted_only_when_asked_and_only_if_ours(self):
        self.good(self.run_pipeline(self.step(after=self.down())))
        self.assertEqual(self.cloud.asked("DELETE"), [])
        self.cloud.clusters["sdlrun-demo"]["tags"].remove("sdlrun")
        self.assertIn("was not made by sdlrun, and is left there", self.error_of(self.project.run("demo.sdl", "down", "--json", **self.variables)))
        self.cloud.clusters["sdlrun-demo"]["tags"].append("sdlrun")
        self.good(self.project.run("demo.sdl", "down", "--json", **self.variables))
        self.assertEqual(self.cloud.clusters, {})
        self.assertFalse(self.own.exists())

    def test_a_cloud_that_is_not_there(self):
        self.cloud.http.end()
        error = self.plan(self.step()).text
        self.assertIn("what it would change was not asked: DigitalOcean does not answer: cannot reach", error)


if __name__ == "__main__":
    unittest.main()
