"""A node: containerd, kubelet and kube-proxy with all their files in the cluster's folder."""

import json
import socket
import subprocess

from control_plane import DNS_SERVICE, PODS
from shared import CannotStart, program

NAMES = ("containerd", "kubelet", "kube-proxy")  # in the order in which they are begun
PLUGINS = "/usr/lib/cni"  # where Debian's containernetworking-plugins has them


def check_programs():
    for name, package in {"containerd": "containerd", "ctr": "containerd", "runc": "runc", "iptables": "iptables", f"{PLUGINS}/ptp": "containernetworking-plugins"}.items():
        try:
            program(name)
        except CannotStart as reason:
            raise CannotStart(f"{name} is not installed: apt-get install {package}") from reason


def commands(kubernetes, folder, address):
    """By name, as NAMES has them."""
    # The kubelet ends where containerd is not ready yet: whatever starts it on other machines has patience too.
    patiently = ["sh", "-c", 'until "$@"; do sleep 0.1; done', "sh"]
    return {"containerd": [program("containerd"), "--config", folder / "containerd.toml"],
            "kubelet": [*patiently, kubernetes, "kubelet", f"--config={folder}/kubelet.json", f"--kubeconfig={folder}/kubelet.conf", "--hostname-override=node1",
                        f"--node-ip={address}", f"--root-dir={folder}/kubelet", f"--cert-dir={folder}/kubelet-certificates"],
            "kube-proxy": [kubernetes, "kube-proxy", f"--config={folder}/kube-proxy.json"]}


def write_settings(folder, address):
    (folder / "containerd.toml").write_text(containerd(folder))
    (folder / "network").mkdir()
    write(folder / "network/pods.conflist", pod_network(folder))
    (folder / "resolv.conf").write_text("")  # there is no name server outside
    write_kubelet_settings(folder, address, {})
    write(folder / "kube-proxy.json", {"apiVersion": "kubeproxy.config.k8s.io/v1alpha1", "kind": "KubeProxyConfiguration", **proxy(folder, address)})


def write_kubelet_settings(folder, address, more):
    write(folder / "kubelet.json", {"apiVersion": "kubelet.config.k8s.io/v1beta1", "kind": "KubeletConfiguration", **kubelet(folder, address), **more})


def write(path, document):
    path.write_text(json.dumps(document, indent=1))


def containerd(folder):
    """restrict_oom_score_adj: in some machines not even root may lower it."""
    runtime = '[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc'
    return f"""version = 2
root = "{folder}/containerd"
state = "{folder}/containerd-state"
disabled_plugins = ["io.containerd.internal.v1.opt", "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
                    "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.aufs"]
[grpc]
  address = "{folder}/containerd.sock"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "localhost/pause:1"
  disable_tcp_service = true
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    {runtime}]
      runtime_type = "io.containerd.runc.v2"
      {runtime}.options]
        BinaryName = "{program('runc')}"
        SystemdCgroup = false
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "{PLUGINS}"
    conf_dir = "{folder}/network"
"""


def pod_network(folder):
    addresses = {"type": "host-local", "ranges": [[{"subnet": PODS}]], "routes": [{"dst": "0.0.0.0/0"}], "dataDir": f"{folder}/network-addresses"}
    return {"cniVersion": "0.4.0", "name": "pods", "plugins": [{"type": "ptp", "ipMasq": False, "mtu": 1500, "ipam": addresses}]}


def kubelet(folder, address):
    return {"address": address, "authentication": {"x509": {"clientCAFile": f"{folder}/certificates/ca.crt"}, "anonymous": {"enabled": False}},
            "authorization": {"mode": "Webhook"}, "clusterDomain": "cluster.local", "clusterDNS": [DNS_SERVICE], "resolvConf": f"{folder}/resolv.conf",
            "cgroupDriver": "cgroupfs", "cgroupRoot": f"/{folder.name}", "failCgroupV1": False, "failSwapOn": False,
            "containerRuntimeEndpoint": f"unix://{folder}/containerd.sock", "healthzBindAddress": "127.0.0.1",
            "evictionHard": {"memory.available": "200Mi", "nodefs.available": "1%", "imagefs.available": "1%"},
            "imageGCHighThresholdPercent": 100, "imageGCLowThresholdPercent": 99, "volumePluginDir": f"{folder}/kubelet/volume-plugins",
            "podLogsDir": f"{folder}/pod-logs", "maxPods": 60, "nodeStatusUpdateFrequency": "5s"}


def proxy(folder, address):
    """Limits of connections are the whole machine's, and stay as they are."""
    return {"mode": "iptables", "clusterCIDR": PODS, "bindAddress": address, "hostnameOverride": "node1", "healthzBindAddress": "127.0.0.1:10256",
            "metricsBindAddress": "127.0.0.1:10249", "clientConnection": {"kubeconfig": f"{folder}/kube-proxy.conf"}, "conntrack": {"maxPerCore": 0, "min": 0}}


def containerd_listens(folder):
    with socket.socket(socket.AF_UNIX) as probe:
        return probe.connect_ex(f"{folder}/containerd.sock") == 0


def load(folder, image):
    """Gives containerd an image: a folder (an OCI layout) or an archive of one."""
    # Not the folder itself: whoever asks for one that is kept gives it a new time, and tar fails of what changes meanwhile.
    archive = ["tar", "-C", image, "-cf", "-", *sorted(path.name for path in image.iterdir())] if image.is_dir() else ["cat", image]
    with subprocess.Popen(archive, stdout=subprocess.PIPE) as reading:
        done = subprocess.run([program("ctr"), "--address", folder / "containerd.sock", "--namespace", "k8s.io", "images", "import", "-"],
                              stdin=reading.stdout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode != 0 or reading.returncode != 0:
        raise AssertionError(f"ctr images import of {image}: {done.stdout}")
