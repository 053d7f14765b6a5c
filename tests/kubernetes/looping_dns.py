"""A machine as those with systemd-resolved: on the node 127.0.0.53 answers, and inside of a Pod that is the Pod itself, so that CoreDNS asks itself.

    dns = LoopingDns(cluster, test.addCleanup)   # also begins a name server outside of the cluster, which knows dns.NAME
    dns.give(dns.forwarding_to("/etc/resolv.conf"), resolvConf=str(dns.stub))
    dns.wait_for_loop()
"""

import json

from inside import NODE_ADDRESS

SYSTEM = "--namespace=kube-system"


class LoopingDns:
    NAME, ADDRESS = "registry.example.com", "192.0.2.7"

    def __init__(self, cluster, add_cleanup):
        self.cluster = cluster
        self.corefile = cluster.get("configmap", "coredns", SYSTEM)["data"]["Corefile"]
        add_cleanup(self.give, self.corefile)
        hosts = cluster.folder / "Corefile.outside"
        hosts.write_text(f".:53 {{\n  hosts {{\n    {self.ADDRESS} {self.NAME}\n  }}\n}}\n")
        cluster.inside.start("name server", [cluster.programs / "coredns", "-conf", hosts])
        add_cleanup(cluster.kill, "name server")
        self.stub, self.real = cluster.folder / "resolv.stub", cluster.folder / "resolv.real"
        self.stub.write_text("nameserver 127.0.0.53\noptions edns0\n")
        self.real.write_text(f"nameserver {NODE_ADDRESS}\n")

    def forwarding_to(self, target):
        """A Corefile."""
        return self.corefile.replace("cache 5", f"cache 5\n  loop\n  forward . {target}")

    def give(self, corefile, **kubelet):
        """CoreDNS's Pod is made anew, with this configuration and what the kubelet, begun again, gives to Pods."""
        self.cluster.configure_kubelet(**kubelet)
        self.cluster.kubectl("patch", "configmap/coredns", SYSTEM, "--patch", json.dumps({"data": {"Corefile": corefile}}))
        self.cluster.kubectl("delete", "pods", SYSTEM, "--selector=k8s-app=kube-dns", "--wait=true")

    def wait_for_loop(self):
        """CoreDNS has ended by itself."""
        def waits():
            pods = self.cluster.get("pods", SYSTEM, "--selector=k8s-app=kube-dns")["items"]
            return [status for pod in pods for status in pod["status"].get("containerStatuses", []) if status["state"].get("waiting", {}).get("reason") == "CrashLoopBackOff"]

        self.cluster.wait_for("the end of CoreDNS", waits)

    def hold(self):
        """Its Pod stays for a while when it is deleted, as on a node that has a lot to do: until it is let go."""
        pods = [pod["metadata"]["name"] for pod in self.cluster.get("pods", SYSTEM, "--selector=k8s-app=kube-dns")["items"]]

        def set_finalizers(finalizers):
            for pod in pods:
                self.cluster.kubectl("patch", f"pod/{pod}", SYSTEM, "--type=merge", "--patch", json.dumps({"metadata": {"finalizers": finalizers}}), check=False)

        set_finalizers(["example.com/held"])
        return lambda: set_finalizers(None)

    def wait_until_ready(self):
        self.cluster.kubectl("rollout", "status", "deployment/coredns", SYSTEM, "--timeout=300s")
