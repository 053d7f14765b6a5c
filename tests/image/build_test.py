#!/usr/bin/env python3
"""image.build with the real program: the same digest everywhere, and every kind of base."""

import gzip
import io
import json
import os
import shutil
import subprocess
import tarfile
import unittest

from fixture import SKOPEO, ImageCase, blob, layout_of, main, manifest_of

BUILD = """
  step image = image.build {{
    base = {base}
    files = {files}
    env = {{ "MODE": "fast" }}
    labels = {{ "team": "data" }}
    user = "1000"
    entrypoint = ["python3", "/opt/app/train.py"]
  }}
  output layout = image.image.layout
  output digest = image.image.digest
"""


def build(base="none", files='{ "/opt/app/train.py": file("train.py"), "/opt/data": dir("data") }'):
    return BUILD.format(base=base, files=files)


def sources(project):
    project.write("train.py", "print('train')\n")
    project.write("data/b.csv", "2\n")
    project.write("data/a.csv", "1\n")


class BuildTest(ImageCase):
    def built(self, text=None, project=None):
        project = project or self.project
        sources(project)
        self.good(self.run_pipeline(text or build(), project=project))
        return manifest_of(layout_of(project))

    def test_the_same_digest_in_two_folders_and_in_two_orders(self):
        _, digest = self.built()
        other = self.new_project()
        os.utime(other.folder, (1, 1))
        _, again = self.built(build(files='{ "/opt/data": dir("data"), "/opt/app/train.py": file("train.py") }'), project=other)
        self.assertEqual(digest, again)
        (other.folder / "train.py").write_text("print('changed')\n")
        self.good(self.run_pipeline(build(), project=other))
        self.assertNotEqual(manifest_of(layout_of(other))[1], digest)

    def test_what_is_in_it(self):
        manifest, _ = self.built()
        layout = layout_of(self.project)
        config = json.loads(blob(layout, manifest["config"]["digest"]).read_bytes())
        self.assertEqual(config["config"], {"Entrypoint": ["python3", "/opt/app/train.py"], "Env": ["MODE=fast"], "Labels": {"team": "data"}, "User": "1000"})
        self.assertEqual((config["os"], config["architecture"]), ("linux", "amd64"))
        with tarfile.open(blob(layout, manifest["layers"][0]["digest"])) as layer:
            entries = layer.getmembers()
            self.assertEqual([entry.name for entry in entries], ["opt", "opt/app", "opt/app/train.py", "opt/data", "opt/data/a.csv", "opt/data/b.csv"])
            self.assertEqual({(entry.uid, entry.gid, entry.mtime) for entry in entries}, {(0, 0, 0)})
            self.assertEqual(layer.extractfile("opt/data/b.csv").read(), b"2\n")

    def test_a_second_time_comes_from_the_cache(self):
        self.built()
        self.assertEqual(self.run_pipeline(build()).outcomes(), {"image": "cached"})

    @unittest.skipUnless(SKOPEO, "skopeo is not installed")
    def test_skopeo_sees_the_same_digest(self):
        _, digest = self.built()
        done = subprocess.run([SKOPEO, "inspect", f"oci:{layout_of(self.project)}"], capture_output=True, text=True, check=True)
        self.assertEqual(json.loads(done.stdout)["Digest"], digest)

    def base_layout(self):
        """A base of one layer, with folders of its own and a link."""
        base = self.new_project()
        base.write("root/usr/bin/tool", "#!/bin/sh\n")
        os.symlink("usr/bin", base.folder / "root" / "bin")
        self.good(self.run_pipeline('step base = image.build { files = { "/": dir("root") } }\n output layout = base.image.layout', project=base))
        target = self.project.folder / "base"
        shutil.copytree(layout_of(base), target)
        for path in target.rglob("*"):
            path.chmod(0o755 if path.is_dir() else 0o644)
        return target

    def test_on_a_layout(self):
        base, _ = manifest_of(self.base_layout())
        manifest, _ = self.built(build('dir("base")', '{ "/bin/other": file("train.py"), "/opt/x": file("train.py") }'))
        self.assertEqual(manifest["layers"][:1], base["layers"])
        self.assertEqual(len(manifest["layers"]), 2)
        with tarfile.open(blob(layout_of(self.project), manifest["layers"][1]["digest"])) as layer:
            self.assertEqual(layer.getnames(), ["opt", "opt/x", "usr/bin/other"])

    @unittest.skipUnless(SKOPEO, "skopeo is not installed")
    def test_on_archives(self):
        base = self.base_layout()
        for form, name in (("docker-archive", "docker.tar"), ("oci-archive", "oci.tar")):
            suffix = ":base:1" if form == "docker-archive" else ""
            subprocess.run([SKOPEO, "copy", "--insecure-policy", f"oci:{base}", f"{form}:{self.project.folder / name}{suffix}"], check=True, capture_output=True)
            manifest, _ = self.built(build(f'file("{name}")', '{ "/bin/other": file("train.py") }'))
            config = json.loads(blob(layout_of(self.project), manifest["config"]["digest"]).read_bytes())
            original = json.loads(blob(base, manifest_of(base)[0]["config"]["digest"]).read_bytes())
            self.assertEqual(config["rootfs"]["diff_ids"][:1], original["rootfs"]["diff_ids"])

    def test_on_another_step(self):
        text = 'step base = image.build { files = { "/a": file("train.py") } }\n' + build("base.image", '{ "/b": file("train.py") }')
        manifest, _ = self.built(text)
        self.assertEqual(len(manifest["layers"]), 2)

    def test_a_base_whose_manifest_is_not_what_its_digest_says(self):
        base = self.base_layout()
        _, digest = manifest_of(base)
        path = blob(base, digest)
        path.write_bytes(path.read_bytes().replace(b"sha256:", b"sha256:", 1).replace(b'"size":', b'"size": ', 1))
        sources(self.project)
        self.assertIn("bytes instead of", self.error_of(self.run_pipeline(build('dir("base")'))))
        text = bytearray(path.read_bytes()[:-1])
        text[20] ^= 1
        path.write_bytes(bytes(text))
        self.assertIn("is not what its digest says", self.error_of(self.run_pipeline(build('dir("base")'))))

    def test_a_base_with_links_in_a_circle(self):
        base = self.new_project()
        base.write("root/usr/keep", "1\n")
        os.symlink("sbin", base.folder / "root" / "bin")
        os.symlink("bin", base.folder / "root" / "sbin")
        text = 'step base = image.build {{ files = {{ "/": dir("root") }} }}\n step image = image.build {{ base = base.image, files = {{ "{}": file("train.py") }} }}'
        sources(base)
        self.assertIn("the base's link `/bin`, which leads to `sbin`, leads in a circle", self.error_of(self.run_pipeline(text.format("/bin/tool"), project=base)))
        self.good(self.run_pipeline(text.format("/usr/tool"), project=base))

    def test_a_name_that_is_also_a_folder_or_a_file_here(self):
        sources(self.project)
        self.project.write("no.invalid/base/x", "1\n")
        self.project.write("no.invalid/base.tar", "1\n")
        self.assertIn('for the folder here write `dir("no.invalid/base")`', self.error_of(self.run_pipeline(build('"no.invalid/base"'))))
        self.assertIn('for the file here write `file("no.invalid/base.tar")`', self.error_of(self.run_pipeline(build('"no.invalid/base.tar"'))))
        self.assertIn('for the folder here write `dir("./data")`', self.error_of(self.run_pipeline(build('"./data"'))))

    def test_archives_that_are_not_whole(self):
        sources(self.project)
        for name in ("a/layer.tar", "b/layer.tar"):
            self.project.write(name, "x")
        config = {"architecture": "amd64", "os": "linux", "config": {}, "rootfs": {"type": "layers", "diff_ids": ["sha256:" + "0" * 64]}}
        whole = {"manifest.json": json.dumps([{"Config": "c.json", "RepoTags": ["a:1"], "Layers": ["a/layer.tar"]}]), "c.json": json.dumps(config), "a/layer.tar": "x"}
        two = json.dumps([{"Config": "c.json", "RepoTags": [f"a:{number}"], "Layers": []} for number in (1, 2)])
        for change, words in (({"c.json": None}, "the image's configuration `c.json` is missing"), ({"a/layer.tar": None}, "the layer `a/layer.tar` is missing"),
                              ({}, "the layer `a/layer.tar` is not what its digest says"), ({"manifest.json": two}, "holds 2 images: a:1, a:2"),
                              ({"manifest.json": "[]"}, "names no image"), ({"manifest.json": None}, "is no archive of an image")):
            with tarfile.open(self.project.folder / "a.tar", "w") as archive:
                for name, text in {**whole, **change}.items():
                    if text is not None:
                        entry = tarfile.TarInfo(name)
                        entry.size = len(text)
                        archive.addfile(entry, io.BytesIO(text.encode()))
            self.assertIn(words, self.error_of(self.run_pipeline(build('file("a.tar")'))))
        (self.project.folder / "b.tar").write_bytes(gzip.compress((self.project.folder / "a.tar").read_bytes()))
        self.assertIn("the archive is compressed", self.error_of(self.run_pipeline(build('file("b.tar")'))))

    def test_a_base_whose_layer_was_changed(self):
        base = self.base_layout()
        path = blob(base, manifest_of(base)[0]["layers"][0]["digest"])
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(bytes(content))
        sources(self.project)
        self.assertIn("is not what its digest says", self.error_of(self.run_pipeline(build('dir("base")'))))

    def test_a_full_disk(self):
        if os.geteuid() != 0:
            self.skipTest("needs root to mount a small disk")
        small = self.project.folder / ".sdl"
        small.mkdir()
        if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "none", small], stderr=subprocess.DEVNULL).returncode != 0:
            self.skipTest("mounting is not allowed here")
        self.addCleanup(subprocess.run, ["umount", "-l", small], check=True)
        (self.project.folder / "large").write_bytes(os.urandom(20_000_000))
        error = self.error_of(self.run_pipeline('step image = image.build { files = { "/large": file("large") } }'))
        self.assertIn("no space left on device", error)
        self.assertIn("make room", error)


if __name__ == "__main__":
    main()
