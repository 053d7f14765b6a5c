#!/usr/bin/env python3
"""The program of notebook.run, with a real kernel."""

import json
import os
import pathlib
import tempfile
import unittest

import python_environment


def code(source, tags=()):
    return {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": source, "outputs": [], "execution_count": None}


class NotebookRunTest(unittest.TestCase):
    def setUp(self):
        tempfile.tempdir = None
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        tempfile.tempdir = str(self.folder)

    def run_notebook(self, cells, **request):
        from stages.notebook import run

        notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 4}
        (self.folder / "in.ipynb").write_text(json.dumps(notebook))
        paths = {name: str(self.folder / name) for name in ("executed", "page")}
        defaults = {"parameters": {}, "requirements": "requirements.txt", "cell_timeout": None}
        run.answer({**defaults, **paths, "notebook": str(self.folder / "in.ipynb"), "directory": str(self.folder), **request})
        return json.loads((self.folder / "executed").read_text()), (self.folder / "page").read_text()

    def refusal(self, cells, **request):
        from stages.python.program import Refused

        with self.assertRaises(Refused) as refused:
            self.run_notebook(cells, **request)
        return refused.exception

    def test_the_executed_notebook_and_its_page_hold_the_outputs(self):
        executed, page = self.run_notebook([code("x = 6"), code("print('answer', x * 7)")])
        self.assertEqual(executed["cells"][1]["outputs"][0]["text"], ["answer 42\n"])
        self.assertEqual([cell["execution_count"] for cell in executed["cells"]], [1, 2])
        self.assertIn("answer 42", page)

    def test_a_kernel_that_may_overlook_a_cell_is_warned_of(self):
        from stages.notebook.run import kernel_warnings

        self.assertIn("ipykernel 7.3.0 may overlook a cell", kernel_warnings("7.3.0")[0])
        for version in ("", "6.31.0", "7.4.0", "7.10.0", "8.0.1"):
            self.assertEqual(kernel_warnings(version), [], version)

    def test_the_pipelines_that_ship_have_no_such_kernel(self):
        from stages.notebook.run import kernel_warnings

        root = pathlib.Path(__file__).resolve().parents[2]
        pinned = [line.split()[0] for file in root.glob("pipelines/*/requirements.txt") for line in file.read_text().splitlines() if line.startswith("ipykernel==")]
        self.assertGreater(len(pinned), 1)
        for pin in pinned:
            self.assertEqual(kernel_warnings(pin.removeprefix("ipykernel==")), [], pin)

    def test_parameters_are_set_after_the_tagged_cell(self):
        executed, _ = self.run_notebook([code("x = 1", ["parameters"]), code("print(x)")], parameters={"x": 5})
        self.assertEqual(executed["cells"][1]["metadata"]["tags"], ["injected-parameters"])
        self.assertEqual(executed["cells"][2]["outputs"][0]["text"], ["5\n"])

    def test_an_unknown_parameter_is_refused(self):
        refused = self.refusal([code("epochs = 1", ["parameters"])], parameters={"epoch": 5})
        self.assertIn("no parameter `epoch`", refused.message)
        self.assertEqual(refused.hint, "did you mean `epochs`?")

    def test_a_failing_cell_is_named_with_its_line(self):
        refused = self.refusal([code("x = 1"), code(""), code("def f():\n    return 1 / 0\n\nf()")])
        self.assertEqual(refused.message, "code cell 2, line 4: ZeroDivisionError: division by zero")
        self.assertIn("return 1 / 0", refused.detail)
        for noise in ("nbclient", "\x1b"):
            self.assertNotIn(noise, refused.detail)

    def test_a_syntax_error_is_named_with_its_cell(self):
        refused = self.refusal([code("x = 1"), code("y = = 2")])
        self.assertTrue(refused.message.startswith("code cell 2"), refused.message)
        self.assertIn("SyntaxError", refused.message)

    def test_a_cell_that_takes_too_long_is_ended(self):
        refused = self.refusal([code("import time\ntime.sleep(1000)")], cell_timeout=2)
        self.assertEqual(refused.message, "code cell 1 has not ended after 2 s")

    def test_a_kernel_that_dies_is_told_with_its_cell(self):
        refused = self.refusal([code("x = 1"), code("import os\nos._exit(9)")])
        self.assertEqual(refused.message, "the kernel died in code cell 2")


if __name__ == "__main__":
    python_environment.run_in_environment()
    unittest.main()
