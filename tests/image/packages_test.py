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


if __name__ == "__main__":
    main()
