"""Servers that speak as GKE's and DigitalOcean's APIs do (contracts/), as much as `kubernetes.cluster` asks of them.

A cloud has `clusters` by name, and keeps all requests in `seen`. `refuse[(method, path's end)]` is a list of answers, by their names in
the contract, that come before the good ones; `begins` says how many looks a cluster takes until it is ready.
"""

import base64
import contextlib
import copy
import json
import pathlib
import subprocess
import tempfile
import threading
import urllib.parse

from api_stub import Server

CONTRACTS = pathlib.Path(__file__).resolve().parent / "contracts"


class Refused(Exception):
    pass


class Cloud:
    contract_file = ""

    def __init__(self, api):
        self.api = api  # the API server of what it makes
        self.contract = json.loads((CONTRACTS / self.contract_file).read_text())
        self.clusters, self.refuse, self.seen = {}, {}, []
        self.begins = 2
        self.lock = threading.Lock()
        self.http = Server(self.serve).begin()
        self.url = f"http://127.0.0.1:{self.http.port}"

    def serve(self, method, path, query, body, headers):
        request = {"method": method, "path": path, "query": dict(urllib.parse.parse_qsl(query)), "body": body.decode(), "token": headers.get("Authorization", "")}
        with self.lock:
            return self.serve_one(request)

    def serve_one(self, request):
        method, path = request["method"], request["path"]
        self.seen.append(request)
        for (wanted, end), names in self.refuse.items():
            if wanted == method and path.endswith(end) and names:
                return self.refusal(names.pop(0))
        try:
            return self.answer(request)
        except Refused as refused:
            return self.refusal(str(refused))

    def refusal(self, name):
        answer = self.contract[name]
        return answer["code"], answer["body"], {"Retry-After": "0"}

    def asked(self, method, end=""):
        return [request for request in self.seen if request["method"] == method and request["path"].endswith(end)]

    def json_of(self, method, end=""):
        return [json.loads(request["body"]) for request in self.asked(method, end)]


class Gke(Cloud):
    contract_file = "gke.json"

    def __init__(self, api):
        super().__init__(api)
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="sdlrun-google-"))
        self.tokens = []  # given out
        self.operations = {}
        subprocess.run(["openssl", "genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-out", self.folder / "key"], check=True, capture_output=True)
        subprocess.run(["openssl", "pkey", "-in", self.folder / "key", "-pubout", "-out", self.folder / "public"], check=True, capture_output=True)
        self.key = {"type": "service_account", "project_id": "team-data", "private_key_id": "0123abcd", "private_key": (self.folder / "key").read_text(), "client_email": "trainer@team-data.iam.gserviceaccount.com",
                    "client_id": "4711", "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": f"{self.url}/token"}

    def claims(self, assertion):
        """Of a claim whose signature is the key's: openssl verifies it."""
        head, claims, signature = assertion.split(".")
        decode = lambda text: base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))  # noqa: E731
        (self.folder / "signature").write_bytes(decode(signature))
        (self.folder / "text").write_text(f"{head}.{claims}")
        verified = subprocess.run(["openssl", "dgst", "-sha256", "-verify", self.folder / "public", "-signature", self.folder / "signature", self.folder / "text"], capture_output=True, text=True, check=False)
        if verified.returncode != 0:
            raise Refused("bad signature")
        return json.loads(decode(head)), json.loads(decode(claims))

    def answer(self, request):
        method, path = request["method"], request["path"]
        if path == "/token":
            form = dict(urllib.parse.parse_qsl(request["body"]))
            self.claimed = self.claims(form["assertion"])
            assert form["grant_type"] == "urn:ietf:params:oauth:grant-type:jwt-bearer", form
            self.tokens.append(f"ya29.token-{len(self.tokens) + 1}")
            if self.api.tokens is not None:
                self.api.tokens.append(self.tokens[-1])
            return 200, {"access_token": self.tokens[-1], "expires_in": 3599, "token_type": "Bearer"}
        if request["token"].removeprefix("Bearer ") not in self.tokens:
            raise Refused("unauthorized")
        beginning = "/v1/projects/team-data/locations/europe-west3-a/"
        assert path.startswith(beginning), path
        kind, _, rest = path.removeprefix(beginning).partition("/")
        return getattr(self, f"{method}_{kind}")(rest, request)

    def operation(self, kind, done=True, **more):
        name = f"operation-1764403200000-{len(self.operations):08x}"
        self.operations[name] = {**self.contract["operation"], "name": name, "operationType": kind, "status": "DONE" if done else "RUNNING", **more}
        return 200, self.operations[name]

    def POST_clusters(self, rest, request):
        body = json.loads(request["body"])
        if not rest:
            wish = body["cluster"]
            if wish["name"] in self.clusters:
                raise Refused("exists")
            cluster = copy.deepcopy(self.contract["cluster"])
            nodes = wish["nodePools"][0]["initialNodeCount"]
            cluster.update({"name": wish["name"], "resourceLabels": wish["resourceLabels"], "nodePools": wish["nodePools"], "currentNodeCount": nodes, "looks": self.begins})
            self.clusters[wish["name"]] = cluster
            return self.operation("CREATE_CLUSTER", done=False)
        name, _, pool = rest.partition("/nodePools/")
        assert pool == "sdlrun:setSize", rest
        self.clusters[name]["currentNodeCount"] = body["nodeCount"]
        return self.operation("SET_NODE_POOL_SIZE")

    def GET_clusters(self, name, _request):
        if name not in self.clusters:
            raise Refused("not found")
        cluster = self.clusters[name]
        if "looks" in cluster:
            cluster["looks"] -= 1
            if cluster["looks"] < 0 and cluster["status"] == "PROVISIONING":
                cluster.update({"status": "RUNNING", "endpoint": self.api.endpoint, "masterAuth": {"clusterCaCertificate": base64.b64encode(self.api.authority.encode()).decode()}})
            if cluster["looks"] < 0 and cluster["status"] == "STOPPING":
                del self.clusters[name]
                raise Refused("not found")
        return 200, {key: value for key, value in cluster.items() if key != "looks"}

    def DELETE_clusters(self, name, _request):
        self.clusters[name].update({"status": "STOPPING", "looks": self.begins})
        return self.operation("DELETE_CLUSTER", done=False)

    def GET_operations(self, name, _request):
        return 200, self.operations[name]


class DigitalOcean(Cloud):
    contract_file = "digitalocean.json"
    token = "dop_v1_0123456789abcdef-secret"

    def answer(self, request):
        if request["token"] != f"Bearer {self.token}":
            raise Refused("unauthorized")
        method, path, query = request["method"], request["path"], request["query"]
        if path == "/v2/sizes":
            return 200, {"sizes": self.contract["sizes"], "links": {}, "meta": {"total": len(self.contract["sizes"])}}
        assert path.startswith("/v2/kubernetes/clusters"), path
        rest = path.removeprefix("/v2/kubernetes/clusters").strip("/")
        if not rest and method == "GET":
            return self.page(int(query["page"]))
        if not rest:
            return self.make(json.loads(request["body"]))
        identity, _, part = rest.partition("/")
        cluster = next((each for each in self.clusters.values() if each["id"] == identity), None)
        if cluster is None:
            raise Refused("not found")
        if method == "DELETE":
            cluster.update({"status": {"state": "deleting"}, "looks": self.begins})
            return 204, ""
        if part == "kubeconfig":
            return 200, self.api.kubeconfig("do-fra1-sdlrun-demo", token="dop_v1_of-the-cluster")
        [pool] = [pool for pool in cluster["node_pools"] if part == f"node_pools/{pool['id']}"]
        pool.update(json.loads(request["body"]))
        return 202, {"node_pool": pool}

    def make(self, wish):
        cluster = copy.deepcopy(self.contract["cluster"])
        pools = [{"id": "cdda885e-7663-40c8-bc74-3a036c66545d", "nodes": [], **pool} for pool in wish["node_pools"]]
        cluster.update({"name": wish["name"], "region": wish["region"], "tags": cluster["tags"] + wish["tags"], "node_pools": pools, "looks": self.begins})
        self.clusters[wish["name"]] = cluster
        return 201, {"kubernetes_cluster": {key: value for key, value in cluster.items() if key != "looks"}}

    def page(self, number):
        """One cluster a page, so that pages are turned."""
        for name, cluster in list(self.clusters.items()):
            if "looks" not in cluster:
                continue
            cluster["looks"] -= 1
            if cluster["looks"] < 0 and cluster["status"]["state"] == "provisioning":
                cluster.update({"status": {"state": "running"}, "endpoint": self.api.server})
            if cluster["looks"] < 0 and cluster["status"]["state"] == "deleting":
                del self.clusters[name]
        all_of_them = list(self.clusters.values())
        shown = [{key: value for key, value in cluster.items() if key != "looks"} for cluster in all_of_them[number - 1:number]]
        links = {"pages": {"next": f"{self.url}/v2/kubernetes/clusters?page={number + 1}"}} if number < len(all_of_them) else {}
        return 200, {"kubernetes_clusters": shown, "links": links, "meta": {"total": len(all_of_them)}}


@contextlib.contextmanager
def running(kind, api):
    cloud = kind(api)
    try:
        yield cloud
    finally:
        cloud.http.end()
