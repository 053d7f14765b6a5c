"""Images in the form of an OCI layout, of layers that are tar archives, compressed by gzip or not; and those that every cluster has."""

import dataclasses
import gzip
import hashlib
import json
import os
import pathlib
import re
import shutil
import subprocess
import tarfile

from shared import busybox_archive

MANIFEST = "application/vnd.oci.image.manifest.v1+json"


@dataclasses.dataclass
class Image:
    name: str  # with a host and a tag, as containerd knows it
    layers: list  # paths: .tar or .tar.gz
    config: dict  # Entrypoint, Env, User and so on


def write_layout(folder, images):
    """A new folder with all of them. A layer of several images is there once."""
    blobs = folder / "blobs/sha256"
    blobs.mkdir(parents=True)
    layers = {layer: put_layer(blobs, layer) for layer in {layer for image in images for layer in image.layers}}
    manifests = []
    for image in images:
        described, contents = zip(*(layers[layer] for layer in image.layers))
        config = put(blobs, {"architecture": "amd64", "os": "linux", "config": image.config, "created": "1970-01-01T00:00:00Z",
                             "rootfs": {"type": "layers", "diff_ids": contents}})
        manifest = put(blobs, {"schemaVersion": 2, "mediaType": MANIFEST, "config": {"mediaType": "application/vnd.oci.image.config.v1+json", **config}, "layers": described})
        names = {"io.containerd.image.name": image.name, "org.opencontainers.image.ref.name": image.name.rpartition(":")[2]}
        manifests.append({"mediaType": MANIFEST, **manifest, "annotations": names, "platform": {"architecture": "amd64", "os": "linux"}})
    (folder / "index.json").write_text(json.dumps({"schemaVersion": 2, "manifests": manifests}))
    (folder / "oci-layout").write_text(json.dumps({"imageLayoutVersion": "1.0.0"}))


def put(blobs, document):
    content = json.dumps(document, sort_keys=True).encode()
    digest = hashlib.sha256(content).hexdigest()
    (blobs / digest).write_bytes(content)
    return {"digest": f"sha256:{digest}", "size": len(content)}


def put_layer(blobs, path):
    """What a manifest says of it, and the digest of what it holds."""
    with open(path, "rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    try:
        os.link(path, blobs / digest)
    except OSError:
        shutil.copyfile(path, blobs / digest)
    described = {"mediaType": "application/vnd.oci.image.layer.v1.tar", "digest": f"sha256:{digest}", "size": path.stat().st_size}
    if path.suffix == ".gz":
        described["mediaType"] += "+gzip"
        with gzip.open(path) as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    return described, f"sha256:{digest}"


def write_cluster_images(folder, coredns):
    """A layout of what the node itself needs, and of a small system for pods."""
    busybox_layer, coredns_layer = folder.with_name("busybox.tar"), folder.with_name("coredns.tar")
    busybox_layer.write_bytes(busybox_archive())
    with tarfile.open(coredns_layer, "w") as archive:
        archive.add(coredns, "coredns")
    path = "PATH=/bin"
    write_layout(folder, [Image("localhost/busybox:1", [busybox_layer], {"Env": [path], "Cmd": ["sh"]}),
                          # It holds a pod's namespaces, and has nothing to do.
                          Image("localhost/pause:1", [busybox_layer], {"Env": [path], "Entrypoint": ["sleep", "2147483647"]}),
                          Image("localhost/coredns:1", [coredns_layer], {"Entrypoint": ["/coredns"]})])


def write_python_layer(path):
    """Debian's Python of this machine, and all that it needs, as a layer above one with a shell."""
    program = "/usr/bin/python3"
    library = pathlib.Path(subprocess.run([program, "-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], capture_output=True, text=True, check=True).stdout.strip())
    files = {pathlib.Path(program): os.path.realpath(program)}
    modules = []
    for folder, folders, names in os.walk(library):
        folders[:] = [name for name in folders if name not in ("__pycache__", "test", "idlelib", "tkinter", "ensurepip", "lib2to3", "dist-packages") and not name.startswith("config-")]
        files.update({pathlib.Path(folder, name): pathlib.Path(folder, name) for name in names})
        modules += [os.path.join(folder, name) for name in names if name.endswith(".so")]
    told = subprocess.run(["ldd", program, *modules], capture_output=True, text=True, check=True).stdout
    for library_path in set(re.findall(r"(/\S+) \(0x", told)):
        files[pathlib.Path(library_path)] = os.path.realpath(library_path)
    with tarfile.open(path, "w") as archive:
        for place, source in sorted(files.items()):
            archive.add(source, str(place).lstrip("/"), recursive=False)
