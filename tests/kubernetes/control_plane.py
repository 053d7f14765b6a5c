"""The command lines of a control plane: etcd, API server, controllers and scheduler, all on 127.0.0.1 but the API server."""

import json

API_SERVER = "https://127.0.0.1:6443"
SERVICES, KUBERNETES_SERVICE, DNS_SERVICE = "10.96.0.0/16", "10.96.0.1", "10.96.0.10"
PODS = "10.91.0.0/24"
# All that is asked for by others than the cluster's own parts, with what was sent.
AUDIT = {"apiVersion": "audit.k8s.io/v1", "kind": "Policy", "omitStages": ["RequestReceived", "ResponseStarted"],
         "rules": [{"level": "None", "userGroups": ["system:nodes", "system:serviceaccounts:kube-system", "system:unauthenticated"]},
                   {"level": "None", "users": ["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler", "system:kube-proxy"]}, {"level": "Request"}]}
ETCD = "http://127.0.0.1:2379"


def write_settings(folder):
    (folder / "audit.json").write_text(json.dumps(AUDIT))


def commands(kubernetes, folder, address):
    """By name, in the order in which they are begun. `address` is the node's."""
    keys = folder / "certificates"
    admin = f"{keys}/admin"
    own = {name: f"--kubeconfig={folder}/{name}.conf --authentication-kubeconfig={folder}/{name}.conf --authorization-kubeconfig={folder}/{name}.conf "
                 "--leader-elect=false --bind-address=127.0.0.1" for name in ("kube-controller-manager", "kube-scheduler")}
    lines = {
        "etcd": f"{folder}/etcd {ETCD} http://127.0.0.1:2380",
        "kube-apiserver": f"""
            --etcd-servers={ETCD} --advertise-address={address} --bind-address=0.0.0.0 --secure-port=6443
            --tls-cert-file={keys}/kube-apiserver.crt --tls-private-key-file={keys}/kube-apiserver.key --client-ca-file={keys}/ca.crt
            --authorization-mode=Node,RBAC --enable-admission-plugins=NodeRestriction --allow-privileged=true
            --service-cluster-ip-range={SERVICES} --service-account-issuer=https://kubernetes.default.svc.cluster.local
            --service-account-key-file={keys}/accounts.crt --service-account-signing-key-file={keys}/accounts.key
            --audit-policy-file={folder}/audit.json --audit-log-path={folder}/logs/audit
            --kubelet-client-certificate={admin}.crt --kubelet-client-key={admin}.key --kubelet-preferred-address-types=InternalIP""",
        "kube-controller-manager": f"""{own['kube-controller-manager']} --use-service-account-credentials=true
            --service-account-private-key-file={keys}/accounts.key --root-ca-file={keys}/ca.crt --service-cluster-ip-range={SERVICES}""",
        "kube-scheduler": own["kube-scheduler"],
    }
    return {name: [kubernetes, name, *line.split()] for name, line in lines.items()}
