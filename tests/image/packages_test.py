#!/usr/bin/env python3
"""image.build with the packages of a real Python environment: a layer of its own, the same wherever it was installed."""

import json
import subprocess
import sys
import tarfile
import unittest

from fixture import ImageCase, blob, layout_of, main, manifest_of

TEXT = """
  step python = python.venv { requirements = "requirements.txt" }
  step image = image.build { packages = python.env, files = { "/opt/app.py": file("app.py") }, env = { "PYTHONPATH": "/opt" } }
  output layout = image.image.layout
"""

PACKAGES = """
  step packages = python.packages { requirements = "requirements.txt", version = "VERSION", platform = "PLATFORM", without = ["tabulate"] }
  step image = image.build { packages = packages.packages, platform = "PLATFORM" }
  output layout = image.image.layout
"""


class PackagesTest(ImageCase):
    def built(self, project, home):
        project.write("requirements.txt", "six==1.16.0\ntabulate==0.9.0\n")
        project.write("app.py", "import six\n")
        self.good(self.run_pipeline(TEXT, project=project, XDG_CACHE_HOME=str(self.home / home)))
        return manifest_of(layout_of(project))

    def test_packages_are_a_layer_below_the_files(self):
        manifest, digest = self.built(self.project, "one")
        self.assertEqual(len(manifest["layers"]), 2)
        layout = layout_of(self.project)
        config = json.loads(blob(layout, manifest["config"]["digest"]).read_bytes())
        version = "%d.%d" % sys.version_info[:2]
        place = f"opt/python/lib/python{version}/site-packages"
        self.assertEqual(config["config"]["Env"], [f"PYTHONPATH=/{place}:/opt"])
        with tarfile.open(blob(layout, manifest["layers"][0]["digest"])) as layer:
            names = layer.getnames()
            layer.extractall(self.home / "root", filter="fully_trusted")
        tops = {name.removeprefix(place + "/").split("/")[0] for name in names if name.startswith(place + "/")}
        self.assertEqual(tops, {"six.py", "six-1.16.0.dist-info", "tabulate", "tabulate-0.9.0.dist-info"})
        # They are found there, with what they say of themselves.
        program = "import six, tabulate, importlib.metadata; print(six.__file__, importlib.metadata.version('tabulate'))"
        done = subprocess.run([sys.executable, "-I", "-c", f"import sys; sys.path.insert(0, {str(self.home / 'root' / place)!r}); {program}"], capture_output=True, text=True, check=True)
        self.assertEqual(done.stdout.split(), [str(self.home / "root" / place / "six.py"), "0.9.0"])
        # Another installation of the same, elsewhere, and a changed script: the layer of packages stays.
        other = self.new_project()
        again, other_digest = self.built(other, "two")
        self.assertEqual(other_digest, digest)
        other.write("app.py", "import tabulate\n")
        self.good(self.run_pipeline(TEXT, project=other, XDG_CACHE_HOME=str(self.home / "two")))
        changed, _ = manifest_of(layout_of(other))
        self.assertEqual(changed["layers"][0], manifest["layers"][0])
        self.assertNotEqual(changed["layers"][1], manifest["layers"][1])

    def test_a_layer_that_was_made_is_taken_again_and_one_that_is_damaged_is_not(self):
        _, digest = self.built(self.project, "one")
        records = list((self.home / "one" / "sdlrun" / "images" / "layers").iterdir())
        self.assertEqual(len(records), 1)
        kept = self.home / "one" / "sdlrun" / "images" / "blobs" / json.loads(records[0].read_text())["digest"].removeprefix("sha256:")
        before = kept.stat()
        self.assertEqual(before.st_nlink > 1 or before.st_size < 4096, True, "it is one with that of the image")
        self.project.write("app.py", "import tabulate\n")
        self.good(self.run_pipeline(TEXT, XDG_CACHE_HOME=str(self.home / "one")))
        self.assertEqual(kept.stat().st_mtime_ns, before.st_mtime_ns)
        kept.unlink()
        kept.write_bytes(b"cut off")
        self.assertEqual(self.built(self.new_project(), "one")[1], digest)

    def test_packages_for_another_python(self):
        self.project.write("requirements.txt", "markupsafe==3.0.2\nsix==1.16.0\ntabulate==0.9.0\n")
        for version, platform, machine in (("3.10", "linux/amd64", "x86_64"), ("3.12", "linux/arm64", "aarch64")):
            text = PACKAGES.replace("VERSION", version).replace("PLATFORM", platform)
            self.good(self.run_pipeline(text, XDG_CACHE_HOME=str(self.home / "one")))
            manifest, _ = manifest_of(layout_of(self.project))
            with tarfile.open(blob(layout_of(self.project), manifest["layers"][0]["digest"])) as layer:
                names = [name.removeprefix(f"opt/python/lib/python{version}/site-packages/") for name in layer.getnames()]
            self.assertIn(f"markupsafe/_speedups.cpython-{version.replace('.', '')}-{machine}-linux-gnu.so", names)
            self.assertIn("six.py", names)
            self.assertFalse([name for name in names if name.startswith(("tabulate", "bin", ".lock"))])

    def test_mistakes_of_packages_for_another_python(self):
        self.project.write("requirements.txt", "six==1.16.0\n")
        for old, new, message in (('"VERSION"', '"python3"', "`python3` is no version of Python"),
                                  ('"PLATFORM"', '"windows/amd64"', "packages are found for linux/amd64 and linux/arm64, not for `windows/amd64`"),
                                  ('["tabulate"]', '["Six"]', "requirements.txt pins no `Six`, which `without` leaves out")):
            text = PACKAGES.replace(old, new).replace("VERSION", "3.10").replace("PLATFORM", "linux/amd64")
            self.assertIn(message, self.error_of(self.run_pipeline(text)))

    def test_an_image_for_another_machine_wants_packages_for_it(self):
        self.project.write("requirements.txt", "six==1.16.0\n")
        text = PACKAGES.replace("VERSION", "3.10").replace("PLATFORM", "linux/amd64").replace('platform = "linux/amd64" }\n  output', 'platform = "linux/arm64" }\n  output')
        text = text.replace('["tabulate"]', "[]")
        error = self.error_of(self.run_pipeline(text, XDG_CACHE_HOME=str(self.home / "one")))
        self.assertIn("the Python packages are for linux/amd64, and the image for linux/arm64", error)

    def test_a_base_with_another_python_is_warned_of(self):
        root = self.project.folder / "root" / "usr" / "bin"
        root.mkdir(parents=True)
        (root / "python3.9").write_text("")
        (root / "python3").symlink_to("python3.9")
        self.project.write("requirements.txt", "six==1.16.0\n")
        text = """
  step base = image.build { files = { "/": dir("root") } }
  step packages = python.packages { requirements = "requirements.txt", version = "3.10" }
  step image = image.build { base = base.image, packages = packages.packages }
"""
        done = self.run_pipeline(text, XDG_CACHE_HOME=str(self.home / "one"))
        self.good(done)
        self.assertIn("the packages are for Python 3.10, and the base's is 3.9", done.text)


if __name__ == "__main__":
    main()
