"""Executes a notebook and keeps it with its outputs, and as a page: the program of `notebook.run`."""

import importlib.metadata
import os
import re
import tempfile
import warnings
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.exporters import HTMLExporter
from nbformat.v4 import new_code_cell

from stages.notebook.convert import plain_cells, without_injected
from stages.notebook.notebook_file import code_cells, read_notebook
from stages.notebook.parameters import INJECTED_TAG, TAG, injected_code, parameter_cell
from stages.python.program import Refused, serve

COLOURS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
FRAME_IN_CELL = re.compile(r"(?:Cell|Input) In\s*\[\d+\],? (?:in )?line:? ?(\d+)")


def answer(request):
    keep_out_of_home()
    path = Path(request["notebook"])
    notebook = without_injected(read_notebook(path))
    cells = code_cells(notebook, path.name)
    inject(notebook, cells, request["parameters"], request["requirements"])
    found = kernel_warnings(installed_kernel())
    for warning in found:
        print(warning, flush=True)  # at once too, as the end may never come
    execute(notebook, request)
    nbformat.write(notebook, request["executed"])
    page, _ = HTMLExporter().from_notebook_node(notebook, resources={"metadata": {"name": path.stem}})
    Path(request["page"]).write_text(page, encoding="utf-8")
    return {"warnings": found}


def installed_kernel():
    """Its version; empty where there is none, which is told when it is to begin."""
    try:
        return importlib.metadata.version("ipykernel")
    except importlib.metadata.PackageNotFoundError:
        return ""


def kernel_warnings(version):
    """A request that comes while the kernel sends an answer may lie unread: https://github.com/ipython/ipykernel/issues/1554."""
    if re.match(r"7\.[0-3]\.", version):
        return [f"ipykernel {version} may overlook a cell, and the step waits for ever: require 7.4 or later, or 6.31 for Python 3.10"]
    return []


def keep_out_of_home():
    """Jupyter, IPython and Matplotlib keep their files with the step's, and find the environment's kernel only."""
    folder = Path(tempfile.gettempdir())
    os.environ["JUPYTER_PREFER_ENV_PATH"] = "1"
    for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR", "IPYTHONDIR", "MPLCONFIGDIR"):
        os.environ[name] = str(folder / name.lower())


def inject(notebook, cells, values, requirements):
    """Puts the given values into a cell after the one tagged `parameters`, as papermill does."""
    if not values:
        return
    tagged = parameter_cell(cells)
    tree = plain_cells([tagged], requirements)[0].tree if tagged else None
    code = injected_code(tagged, tree, values)
    position = next(index for index, cell in enumerate(notebook.cells) if TAG in cell.metadata.get("tags", ()))
    notebook.cells.insert(position + 1, new_code_cell(code, metadata={"tags": [INJECTED_TAG]}))


def execute(notebook, request):
    client = Client(
        notebook,
        timeout=request["cell_timeout"],
        kernel_name="python3",
        record_timing=False,
        resources={"metadata": {"path": request["directory"]}},
    )
    try:
        client.execute()
    except CellExecutionError as error:
        raise failed_cell(notebook, client) from error
    except CellTimeoutError as error:
        raise Refused(f"{client.place()} has not ended after {request['cell_timeout']} s", "raise `cell_timeout`") from error
    except DeadKernelError as error:
        raise Refused(f"the kernel died in {client.place()}", "most often memory ran out: give the notebook less data") from error
    except NoSuchKernel as error:
        raise Refused("the environment has no kernel to run notebooks with", "add `ipykernel` to its requirements") from error


class Client(NotebookClient):
    """Tells which cell is being run, for the step's line in the terminal and for messages."""

    number = 0
    current = None

    async def async_execute_cell(self, cell, cell_index, *arguments, **options):
        if cell.cell_type == "code" and cell.source.strip():
            self.current = cell
            if INJECTED_TAG not in cell.metadata.get("tags", ()):
                self.number += 1
            print(f"{self.place()}, of {self.count()}", flush=True)
        return await super().async_execute_cell(cell, cell_index, *arguments, **options)

    def count(self):
        tags = [cell.metadata.get("tags", ()) for cell in self.nb.cells if cell.cell_type == "code" and cell.source.strip()]
        return sum(INJECTED_TAG not in tag for tag in tags)

    def place(self):
        injected = self.current is not None and INJECTED_TAG in self.current.metadata.get("tags", ())
        return "the cell of given parameters" if injected else f"code cell {self.number}"


def failed_cell(notebook, client):
    """What the failed cell's own traceback says, without that of the machinery around it."""
    output = next(output for output in client.current.outputs if output.output_type == "error")
    text = COLOURS.sub("", "\n".join(output.traceback)).strip("\n")
    lines = FRAME_IN_CELL.findall(text)
    place = client.place() + (f", line {lines[0]}" if lines else "")
    return Refused(f"{place}: {output.ename}: {output.evalue}", "", text)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(answer)
