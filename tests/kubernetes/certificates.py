"""Keys and certificates of a cluster, made by openssl in a folder: NAME.key and NAME.crt."""

import subprocess

from namespaces import program

# Whom the API server takes each for; system:masters may do everything.
CLIENTS = {"admin": "/O=system:masters/CN=admin", "kube-controller-manager": "/CN=system:kube-controller-manager", "kube-scheduler": "/CN=system:kube-scheduler",
           "kube-proxy": "/CN=system:kube-proxy", "kubelet": "/O=system:nodes/CN=system:node:node1"}
# Spark's client of Kubernetes reads no key of an elliptic curve in the form that openssl gives it; others are made faster.
RSA, CURVE = ["-newkey", "rsa:2048"], ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]


def make_certificates(folder, addresses):
    """All of them; the API server is known by its names in a cluster, and by these IP addresses."""
    folder.mkdir()
    finish(openssl(folder, "ca", "/CN=kubernetes-ca", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign,cRLSign,digitalSignature"))
    names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", "kubernetes.default.svc.cluster.local"]
    known = ",".join([f"DNS:{name}" for name in names] + [f"IP:{address}" for address in addresses])
    making = [openssl(folder, "kube-apiserver", "/CN=kube-apiserver", "extendedKeyUsage=serverAuth", f"subjectAltName={known}", by="ca"),
              openssl(folder, "accounts", "/CN=accounts")]  # its key signs the tokens of service accounts
    making += [openssl(folder, name, subject, "extendedKeyUsage=clientAuth", by="ca") for name, subject in CLIENTS.items()]
    for process in making:
        finish(process)


def finish(process):
    output, _ = process.communicate()
    if process.returncode != 0:
        raise AssertionError(f"{' '.join(map(str, process.args))}: {output}")


def openssl(folder, name, subject, *extensions, by=None):
    command = [program("openssl"), "req", "-x509", *(RSA if name == "admin" else CURVE), "-nodes", "-days", "3650", "-subj", subject, "-keyout", folder / f"{name}.key", "-out", folder / f"{name}.crt"]
    if by:
        command += ["-CA", folder / f"{by}.crt", "-CAkey", folder / f"{by}.key", "-addext", "basicConstraints=critical,CA:FALSE"]
    for extension in extensions:
        command += ["-addext", extension]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
