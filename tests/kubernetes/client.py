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
        return self.kubectl("create", "token", name, f"--namespace={namespace}")

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
            return [json.loads(line) for line in file]
