"""A notebook as a Python script that plain Python runs: the program of `notebook.convert`.

The same code cells give the same bytes: outputs, metadata and execution counts do not reach the script.
"""

import ast
from pathlib import Path

from nbconvert.exporters import PythonExporter
from nbconvert.preprocessors import Preprocessor
from nbformat.v4 import new_code_cell

from stages.elephas.check import find_masters, find_traps
from stages.notebook.cells import CodeCell
from stages.notebook.magics import PlainCell, plain_cell
from stages.notebook.names import bound_names, imported_packages
from stages.notebook.needs import refuse_unpinned
from stages.notebook.notebook_file import code_cells, read_notebook
from stages.notebook.parameters import INJECTED_TAG, injected_code, parameter_cell
from stages.notebook.preamble import preamble
from stages.python.program import Refused, serve

TEMPLATE = """\
{%- extends 'null.j2' -%}
{%- block header -%}{{ resources.preamble }}{%- endblock header -%}
{%- block input -%}{{ cell.metadata.heading }}{{ cell.source }}{{ "\\n" }}{%- endblock input -%}
{%- block markdowncell -%}{{ cell.source }}{{ "\\n" }}{%- endblock markdowncell -%}
"""


class PlainCells(Preprocessor):
    """Puts the converted code in place of the cells' own, and markdown into comments."""

    def __init__(self, plain_sources):
        super().__init__(enabled=True)
        self.plain_sources = plain_sources

    def preprocess(self, notebook, resources):
        plain_sources = iter(self.plain_sources)
        cells = []
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = comment(cell.source)
                cells.append(cell)
            elif cell.cell_type == "code" and cell.source.strip():
                cells += [new_code_cell(source, metadata={"heading": heading}) for heading, source in next(plain_sources)]
        notebook.cells = cells
        return notebook, resources


def comment(markdown):
    return "\n" + "\n".join(f"# {line}".rstrip() for line in markdown.strip().splitlines())


def headed_sources(cell, plain, injected):
    """What comes of a code cell: its code and, after the cell of parameters, the given ones; each with a heading."""
    sources = [(f"\n# In[{cell.number}]:\n\n", plain.code)]
    if injected:
        sources.append(("\n# Parameters given to the run:\n\n", injected))
    return sources


def answer(request):
    path = Path(request["notebook"])
    notebook = without_injected(read_notebook(path))
    cells = code_cells(notebook, path.name)
    plain = plain_cells(cells, request["requirements"])
    tagged = parameter_cell(cells)
    injected = injected_code(tagged, plain[tagged.number - 1].tree if tagged else None, request["parameters"])
    refuse_masters(cells, plain)
    if request["packages"]:
        refuse_unpinned(cells, plain, request["packages"], request["requirements"])
    sources = [headed_sources(cell, part, injected if cell is tagged else "") for cell, part in zip(cells, plain)]
    script = render(notebook, sources, preamble(plain))
    check_script(script)
    Path(request["script"]).write_text(script, encoding="utf-8")
    return {"warnings": elephas_warnings(cells, plain, request["elephas"])}


def without_injected(notebook):
    """Values that papermill has put into the notebook before are not the notebook's own."""
    notebook.cells = [cell for cell in notebook.cells if INJECTED_TAG not in cell.metadata.get("tags", ())]
    return notebook


def plain_cells(cells, requirements):
    # Twice, since which `$name` of a command is Python's is known only when all code has been read.
    first = [plain_cell(cell, frozenset(), requirements) for cell in cells]
    names = frozenset(name for part in first for name in bound_names(part.tree))
    return [plain_cell(cell, names, requirements) for cell in cells]


def refuse_masters(cells, plain):
    for cell, part in zip(cells, plain):
        for finding in find_masters(part.tree):
            raise cell.refuse(part.origins[finding.line - 1], finding.message, finding.hint)


def elephas_warnings(cells, plain, version):
    """The traps of Elephas, for a notebook that uses it; one that is sure to go wrong ends the conversion."""
    if "elephas" not in imported_packages([part.tree for part in plain]):
        return []
    module, places = joined(cells, plain)
    warnings = []
    for finding in find_traps(module, version):
        cell, line = places[finding.line]
        if finding.fatal:
            raise cell.refuse(line, finding.message, finding.hint)
        warnings.append(f"{cell.place(line)}: {finding.message}" + (f"; {finding.hint}" if finding.hint else ""))
    return warnings


def joined(cells: list[CodeCell], plain: list[PlainCell]):
    """All cells as one module, and for each of its lines the cell and the line there."""
    lines, places = [], [None]
    for cell, part in zip(cells, plain):
        code = part.code.split("\n")
        lines += code
        places += [(cell, part.origins[min(index, len(part.origins) - 1)]) for index in range(len(code))]
    return ast.parse("\n".join(lines) + "\n"), places


def render(notebook, sources, top):
    exporter = PythonExporter(raw_template=TEMPLATE)
    exporter.register_preprocessor(PlainCells(sources), enabled=True)
    script, _ = exporter.from_notebook_node(notebook, resources={"preamble": top})
    return script.strip("\n") + "\n"


def check_script(script):
    """Every cell was checked alone; what only fails in the whole (a late `global`, say) fails here."""
    try:
        compile(script, "script", "exec", dont_inherit=True)
    except SyntaxError as error:
        line = (error.text or "").rstrip()
        raise Refused(f"the cells together are not valid Python: {error.msg}", "", line) from error


if __name__ == "__main__":
    serve(answer)
