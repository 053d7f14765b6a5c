"""What tests ask of a cluster's API server, as its administrator or as others whom they make."""

import json
import pathlib
import subprocess

from kubeconfig import kubeconfig


class Client:
    """Of a cluster with the folders `programs` and `folder`, its `address`, and the administrator's `kubeconfig`."""

    def kubectl(self, *words, check=True, **options):
        """What it prints, as text; without check, the finished process."""
        done = subprocess.run([self.programs / "kubernetes", "kubectl", f"--kubeconfig={self.kubeconfig}", *map(str, words)], text=True, capture_output=True,
                              check=False, **({"stdin": subprocess.DEVNULL} if "input" not in options else {}) | options)
        if not check:
            return done
        if done.returncode != 0:
            raise AssertionError(f"kubectl {' '.join(map(str, words))}: {done.stderr}")
        return done.stdout.strip()

    def get(self, *words):
        """Objects as the API server has them."""
        return json.loads(self.kubectl("get", *words, "--output=json"))

    def apply(self, *documents):
        """Objects as dictionaries, or as the text of a YAML file."""
        texts = [document if isinstance(document, str) else json.dumps(document) for document in documents]
        return self.kubectl("apply", "--filename=-", input="\n---\n".join(texts))

    def account(self, name, rules, namespace="default"):
        """A service account that may do what the rules of a Role say, and a token of it."""
        whose = {"name": name, "namespace": namespace}
        group = "rbac.authorization.k8s.io"
        self.apply({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": whose},
                   {"apiVersion": f"{group}/v1", "kind": "Role", "metadata": whose, "rules": rules},
                   {"apiVersion": f"{group}/v1", "kind": "RoleBinding", "metadata": whose, "roleRef": {"apiGroup": group, "kind": "Role", "name": name},
                    "subjects": [{"kind": "ServiceAccount", **whose}]})
        # The API server hears of roles that were made with it, and of who has them, a moment later.
        verb, resource = ("get" if rules[0]["verbs"][0] == "*" else rules[0]["verbs"][0]), rules[0]["resources"][0]
        asked = ["auth", "can-i", verb, resource, f"--as=system:serviceaccount:{namespace}:{name}", f"--namespace={namespace}"]
        self.wait_for(f"the rights of {name}", lambda: self.kubectl(*asked, check=False).returncode == 0)
        return self.kubectl("create", "token", name, f"--namespace={namespace}")

    def make_namespace(self, name, quota=None, **hard):
        """One that the controllers have furnished: with its account, and a count of what a quota of that name allows (pods=0)."""
        self.kubectl("create", "namespace", name)
        self.wait_for(f"the account of {name}", lambda: self.kubectl("get", "serviceaccount", "default", f"--namespace={name}", check=False).returncode == 0)
        if quota:
            self.kubectl("create", "quota", quota, "--hard=" + ",".join(f"{what}={most}" for what, most in hard.items()), f"--namespace={name}")
            self.wait_for(f"the count of {quota}", lambda: self.get("quota", quota, f"--namespace={name}").get("status", {}).get("hard"))

    def write_kubeconfig(self, path, user, namespace="default"):
        """`user` as a kubeconfig has it: {"token": …}, {"tokenFile": …}, {"exec": {…}}."""
        path = pathlib.Path(path)
        path.write_text(kubeconfig(self.address, self.folder / "certificates/ca.crt", user, namespace))
        path.chmod(0o600)
        return path

    def requests(self):
        """All that was asked of the API server, by others than the cluster's own parts: each as an audit event has it, such as
        verb, requestURI, user, userAgent, requestObject (what was sent) and responseStatus."""
        with open(self.folder / "logs/audit", encoding="utf-8") as file:
            return [json.loads(line) for line in file if line.endswith("\n")]  # the last may be being written
