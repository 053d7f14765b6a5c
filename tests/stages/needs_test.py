#!/usr/bin/env python3
"""What `sdlrun check` says of a notebook's imports without Python, against notebook.convert, which has Python's own parser.

Notebooks are put together at random, from a seed. What `check` refuses, convert must refuse too; and `check` must find the plain ones.
"""

import argparse
import json
import os
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import python_environment

PLAIN = ["import nowhere", "import os, nowhere.deep as deep", "from nowhere import x", "from nowhere.deep import (x)", "import nowhere; x = 1", "import nowhere  # why"]
LINES = PLAIN + [
    "import os", "import IPython", "from PIL import Image", "import traitlets.config", "from . import nowhere", "from .nowhere import x", "import stages",
    "from nowhere import (", "    x,", ")", '"""', "'''", 'text = """', "import nowhere  # '''", "text = 'one \\", "x = 1 + \\", "!ls \\", "# \\", "%matplotlib inline",
    "%%bash", "%%time", "%%html", "%%capture", "%%writefile a.py", "try:", "    import nowhere", "except ImportError:", "    pass", "if True:", "import nowhere?",
    "?import nowhere", ">>> import nowhere", "In [1]: import nowhere", "import nowhere\r", "\rimport nowhere", "\x0c", "x = [", "]", "   ", "", "f'''{", "import nowhere if",
    "import nowhere as", "class A:", '    """text"""', "def f():", "x = 1", "pip install nowhere", "import\tnowhere", "import nowhere,", "# text\u2028import nowhere",
]


def random_notebook(chance):
    cells = []
    for _ in range(chance.randint(1, 4)):
        kind = chance.choice(["code", "code", "code", "markdown"])
        source = "\n".join(chance.choices(LINES, k=chance.randint(0, 5)))
        cell = {"cell_type": kind, "metadata": {"tags": chance.choice([[], [], ["injected-parameters"], ["parameters"]])},
                "source": chance.choice([source, source.splitlines(keepends=True)])}
        cells.append(cell | ({"outputs": [], "execution_count": None} if kind == "code" else {}))
    return {"cells": cells, "metadata": chance.choice([{}, {"language_info": {"name": "python"}}]), "nbformat": 4, "nbformat_minor": 4}


def plain_notebook(line):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": "x = 1\n" + line}
    return {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 4}


class NeedsTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.requirements = pathlib.Path(__file__).with_name("requirements.txt")
        self.packages = re.findall(r"^([\w.-]+)==", self.requirements.read_text(), re.M)

    def checked(self, notebooks, requirements=None):
        """What is refused, by the notebook's number. Nothing is installed, as the cache is empty."""
        lines = [f'pipeline p {{\n  step python = python.venv {{ requirements = "{requirements or self.requirements}" }}']
        for number, notebook in enumerate(notebooks):
            (self.folder / f"n{number}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
            lines.append(f'  step n{number} = notebook.convert {{ notebook = "n{number}.ipynb", python = python.env }}')
        (self.folder / "p.sdl").write_text("\n".join(lines) + "\n}\n")
        done = subprocess.run([choices.sdlrun, "check", "p.sdl", "--json"], cwd=self.folder, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
                              env={**os.environ, "HOME": str(self.folder), "XDG_CACHE_HOME": str(self.folder / "cache")})
        messages = [json.loads(line)["message"] for line in done.stdout.splitlines()]
        found = [re.fullmatch(r"step `n(\d+)`: (.*)", message) for message in messages]
        self.assertNotIn(None, found, messages)
        self.assertEqual(done.returncode, 2 if found else 0)
        return {int(match[1]): match[2] for match in found}

    def refusal(self, notebook):
        """Convert's own, or nothing."""
        from stages.notebook import convert
        from stages.python.program import Refused

        file = self.folder / "notebook.ipynb"
        file.write_text(json.dumps(notebook), encoding="utf-8")
        try:
            convert.answer({"notebook": str(file), "script": str(self.folder / "script.py"), "parameters": {}, "requirements": str(self.requirements),
                            "packages": self.packages, "elephas": "7.3.0"})
        except Refused as refused:
            return refused.message
        return None

    def test_what_check_refuses_convert_refuses(self):
        chance = random.Random(choices.seed)
        notebooks = [random_notebook(chance) for _ in range(choices.notebooks)]
        refused = self.checked(notebooks)
        self.assertGreater(len(refused), choices.notebooks // 20)
        for number in refused:
            with self.subTest(seed=choices.seed, number=number, cells=[cell["source"] for cell in notebooks[number]["cells"]]):
                self.assertIsNotNone(self.refusal(notebooks[number]), refused[number])

    def test_plain_imports_are_found_with_the_same_words(self):
        notebooks = [plain_notebook(line) for line in PLAIN]
        refused = self.checked(notebooks)
        for number, notebook in enumerate(notebooks):
            with self.subTest(PLAIN[number]):
                self.assertEqual(refused.get(number), self.refusal(notebook))

    def test_all_that_is_installed_may_be_imported(self):
        sites = [pathlib.Path(folder) for folder in sys.path if folder.startswith(sys.prefix) and folder.endswith("site-packages")]
        modules = sorted({module for site in sites for record in site.glob("*.dist-info/RECORD") for module in modules_in(record)})
        self.assertIn("bs4", modules)
        self.assertEqual(self.checked([plain_notebook(f"import {module}") for module in modules]), {})

    def test_what_shipped_pipelines_pin_is_known(self):
        for requirements in (python_environment.ROOT / "pipelines").glob("*/requirements.txt"):
            with self.subTest(requirements):
                self.assertIn(0, self.checked([plain_notebook("import nowhere")], requirements))


def modules_in(record):
    """What a package brings to be imported; those that begin with `_` are its own business."""
    for path in (line.split(",")[0].split("/") for line in record.read_text().splitlines()):
        name = path[0].split(".")[0] if len(path) == 1 and path[0].endswith((".py", ".so")) else path[0]
        if name.isidentifier() and not name.startswith("_"):
            yield name


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--sdlrun", required=True, type=lambda path: str(pathlib.Path(path).resolve()))
    parser.add_argument("--notebooks", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=6)
    choices, rest = parser.parse_known_args()
    python_environment.run_in_environment()
    unittest.main(argv=[sys.argv[0], *rest])
