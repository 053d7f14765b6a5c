"""`minikube` and `kind` that answer by their contracts (contracts/), with clusters that are entries of a file.

A program on the PATH is two lines: #!python, and a call of `main` with its folder, in which
    state.json   what there is: {"clusters": {name: {…}}, "next": what the next start or create answers, "kubeconfig": a text}
    calls        each call, a line of JSON: its words and KUBECONFIG
    kubelet      the kubelet's resolvConf, where a start names one; minikube goes on when somebody has taken it away. Only where state.json has "kubelet"
"""

import json
import os
import pathlib
import sys
import time

CONTRACTS = pathlib.Path(__file__).resolve().parent / "contracts"


def install(bin_folder, name, folder):
    folder.mkdir(parents=True, exist_ok=True)
    program = bin_folder / name
    program.write_text(f"#!{sys.executable}\nimport sys\nsys.path.insert(0, {str(CONTRACTS.parent)!r})\nimport recorded_tool\nrecorded_tool.main({name!r}, {str(folder)!r})\n")
    program.chmod(0o755)


def main(name, folder):
    tool = Tool(name, pathlib.Path(folder))
    code = getattr(tool, name)(sys.argv[1:])
    tool.save()
    sys.exit(code)


class Tool:
    def __init__(self, name, folder):
        self.folder = folder
        self.contract = json.loads((CONTRACTS / f"{name}.json").read_text())
        self.state = json.loads((folder / "state.json").read_text())
        with open(folder / "calls", "a", encoding="utf-8") as calls:
            calls.write(json.dumps({"words": sys.argv[1:], "kubeconfig": os.environ.get("KUBECONFIG")}) + "\n")

    def save(self):
        (self.folder / "state.json").write_text(json.dumps(self.state))

    def write_kubeconfig(self, path):
        path = pathlib.Path(path)
        path.write_text(self.state["kubeconfig"])
        path.chmod(0o600)

    def say(self, key):
        sys.stdout.write(self.contract[key]["output"])
        sys.stderr.write(self.contract[key]["errors"].replace("demo", self.state.get("name", "demo")))
        return self.contract[key]["code"]

    # ---- kind

    def kind(self, words):
        clusters = self.state["clusters"]
        name = words[words.index("--name") + 1] if "--name" in words else "kind"
        if words[:2] == ["get", "clusters"]:
            if self.state.get("engine"):
                return self.say(self.state["engine"])
            if not clusters:
                return self.say("no clusters")
            print("\n".join(clusters))
            return 0
        if words[:2] == ["get", "nodes"]:
            print("\n".join(clusters[name]["nodes"]))
            return 0
        if words[:2] == ["get", "kubeconfig"]:
            if clusters[name].get("half made"):
                return self.say("half made")
            print(self.state["kubeconfig"])
            return 0
        if words[:2] == ["create", "cluster"]:
            answer = self.state.pop("next", "made")
            if answer == "made" and not self.state.get("vanishes"):
                roles = pathlib.Path(words[words.index("--config") + 1]).read_text().count("role: ")
                clusters[name] = {"nodes": [f"{name}-control-plane"] + [f"{name}-worker{number or ''}" for number in range(roles - 1)]}
                self.write_kubeconfig(words[words.index("--kubeconfig") + 1])
            return self.say(answer)
        if words[:2] == ["delete", "cluster"]:
            clusters.pop(name, None)
            return self.say("deleted")
        raise AssertionError(words)

    # ---- minikube

    def configure_kubelet(self, words):
        settings = [word.partition("kubelet.resolv-conf=")[2] for word in words if word.startswith("--extra-config=kubelet.resolv-conf=")]
        if not settings or not self.state.get("kubelet"):
            return
        asked = self.folder / "kubelet"
        asked.with_suffix(".new").write_text(settings[0])
        asked.with_suffix(".new").rename(asked)
        while asked.exists():
            time.sleep(0.1)

    def minikube(self, words):
        clusters = self.state["clusters"]
        name = words[words.index("--profile") + 1] if "--profile" in words else ""
        if words == ["profile", "list", "--output", "json", "--light"]:
            answer = json.loads(json.dumps(self.contract["empty profiles"]))
            for each, cluster in clusters.items():
                profile = json.loads(json.dumps(self.contract["profile"]).replace("demo", each))
                profile["Config"]["Nodes"] *= cluster.get("nodes", 1)
                profile["Config"].update(cluster.get("size", {}))
                answer["invalid" if cluster.get("invalid") else "valid"].append(profile)
            print(json.dumps(answer))
            return 0
        if words[0] == "status":
            cluster = clusters[name]
            if "Host" not in cluster:  # as its source has it: no state of a node without a machine
                print("null")
                return 0
            status = {**self.contract["status"], "Name": name, **{key: cluster[key] for key in ("Host", "APIServer", "Kubeconfig") if key in cluster}}
            print(json.dumps([status, {**status, "Name": f"{name}-m02", "APIServer": "Irrelevant", "Kubeconfig": "Irrelevant", "Worker": True}] if cluster.get("nodes", 1) > 1 else status))
            return 0 if status["APIServer"] == "Running" else 7
        if words[0] == "start":
            self.configure_kubelet(words)
            answer = self.contract[self.state.pop("next", "good")]
            for event in answer["events"]:
                print(json.dumps(event, ensure_ascii=False), flush=True)
            cluster = clusters.setdefault(name, {}) if answer["code"] in (0, 80) else {}
            if not cluster.get("Host"):
                cluster["size"] = {"Memory": int(words[words.index("--memory") + 1].removesuffix("mb")), "CPUs": int(words[words.index("--cpus") + 1])}
            if "--nodes" in words:
                cluster["nodes"] = int(words[words.index("--nodes") + 1])
            if answer["code"] == 0 and self.state.get("stays"):
                cluster.update({"Host": "Stopped", "APIServer": "Stopped"})
            elif answer["code"] == 0:
                cluster.update({"Host": "Running", "APIServer": "Running", "Kubeconfig": "Configured"})
                self.write_kubeconfig(os.environ["KUBECONFIG"])
            if answer["code"] == 80:
                cluster.update({"Host": "Running", "APIServer": "Stopped"})
            return answer["code"]
        if words[0] == self.state.get("fails"):
            return self.say("fails")
        if words[0] == "update-context":
            clusters[name]["Kubeconfig"] = "Configured"
            self.write_kubeconfig(os.environ["KUBECONFIG"])
            return 0
        if words[0] == "unpause":
            clusters[name]["APIServer"] = "Running"
            return 0
        if words[0] == "delete":
            clusters.pop(name)
            return 0
        raise AssertionError(words)
