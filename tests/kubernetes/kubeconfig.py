"""Files that tell a client where a cluster is and who it is there."""

import base64
import json


def kubeconfig(server, authority, user, namespace="default"):
    """Its text. `user` is what stands under `user` there, such as {"token": "…"}; `authority` is the file of the cluster's CA."""
    certificate = base64.b64encode(authority.read_bytes()).decode()
    return f"""apiVersion: v1
kind: Config
current-context: test
contexts:
- name: test
  context: {{cluster: test, user: test, namespace: {namespace}}}
clusters:
- name: test
  cluster:
    server: {server}
    certificate-authority-data: {certificate}
users:
- name: test
  user: {json.dumps(user)}
"""


def by_certificate(folder, name):
    """A user who shows the certificate NAME.crt of that folder."""
    return {f"client-{kind}-data": base64.b64encode((folder / f"{name}.{end}").read_bytes()).decode() for kind, end in (("certificate", "crt"), ("key", "key"))}
