"""Reads a notebook and says what is wrong with one that cannot be used."""

import json
import warnings
from pathlib import Path

import nbformat

from stages.notebook.cells import CodeCell
from stages.python.program import Refused

PYTHON_KERNELS = ("python", "pyspark", "conda")


def read_notebook(path):
    """The notebook as nbformat 4, valid and in Python."""
    name = Path(path).name
    content = parse(Path(path).read_bytes(), name)
    check_format(content, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of ids that older notebooks do not have
        try:
            notebook = nbformat.reads(json.dumps(content), as_version=4)
            nbformat.validate(notebook)
        except (nbformat.ValidationError, nbformat.reader.NotJSONError, KeyError, AttributeError, TypeError) as error:
            reason = str(error).splitlines()[0] if str(error) else type(error).__name__
            raise Refused(f"`{name}` is no valid notebook: {reason}", "open and save it in Jupyter") from error
    check_language(notebook, name)
    check_characters(notebook, name)
    return notebook


def parse(content, name):
    if not content.strip():
        raise Refused(f"`{name}` is empty", "a notebook is a JSON file, as Jupyter saves it")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise Refused(f"`{name}` is no notebook: byte {error.start} is not UTF-8", "save it again in Jupyter") from error
    try:
        return json.loads(text)
    except RecursionError as error:
        raise Refused(f"`{name}` is no notebook: its JSON is nested too deeply") from error
    except json.JSONDecodeError as error:
        lines = text.splitlines()
        line = lines[error.lineno - 1] if error.lineno <= len(lines) else ""
        conflict = any(line.startswith(("<<<<<<< ", ">>>>>>> ")) for line in lines)
        hint = "it holds a merge conflict: settle it first" if conflict else "restore it, or save it again in Jupyter"
        raise Refused(
            f"`{name}` is no notebook: broken JSON in line {error.lineno}, column {error.colno}: {error.msg.lower()}",
            hint,
            excerpt(line, error.colno),
        ) from error


def excerpt(line, column):
    """The part of a line around a column, with a caret; a notebook may be one line of a megabyte."""
    begin = max(0, column - 60)
    return f"{line[begin : column + 40]}\n{' ' * (column - 1 - begin)}^"


def check_format(content, name):
    if not isinstance(content, dict) or ("cells" not in content and "worksheets" not in content):
        raise Refused(f"`{name}` is no notebook: it is JSON, but has no `cells`")
    version = content.get("nbformat")
    if "worksheets" in content or (isinstance(version, int) and version < 4):
        raise Refused(
            f"`{name}` has notebook format {version}, which Jupyter has not written since 2015",
            f"bring it to format 4: jupyter nbconvert --to notebook --inplace {name}",
        )
    if version != 4:
        raise Refused(f"`{name}` has notebook format {version}; only format 4 is known")


def check_language(notebook, name):
    kernel = notebook.metadata.get("kernelspec", {})
    language = kernel.get("language") or notebook.metadata.get("language_info", {}).get("name")
    if language is None and not kernel.get("name", "python").lower().startswith(PYTHON_KERNELS):
        language = kernel.get("display_name") or kernel["name"]
    if language is not None and not language.lower().startswith("python"):
        raise Refused(f"`{name}` is a notebook in {language}: only Python is converted")


def check_characters(notebook, name):
    """JSON can hold half of a character (`\\ud83d`), which no script can."""
    for number, cell in enumerate(notebook.cells, 1):
        for line, text in enumerate(cell.source.split("\n"), 1):
            half = next((character for character in text if "\ud800" <= character <= "\udfff"), None)
            if half is not None:
                raise Refused(
                    f"`{name}`: cell {number}, line {line} holds half of a character, \\u{ord(half):04x}",
                    "write the character again in Jupyter, and save the notebook",
                    text.replace(half, "?"),
                )


def code_cells(notebook, name):
    """The code cells that hold something, in order."""
    cells = []
    for cell in notebook.cells:
        if cell.cell_type != "code" or not cell.source.strip():
            continue
        number = len(cells) + 1
        language = cell.metadata.get("vscode", {}).get("languageId") or cell.metadata.get("language", "python")
        code = CodeCell(number, cell.source, tuple(cell.metadata.get("tags", ())))
        if language.lower() != "python":
            raise code.refuse(1, f"the cell is in {language}", "only Python is converted; take the cell out")
        cells.append(code)
    if not notebook.cells:
        raise Refused(f"`{name}` has no cells")
    if not cells:
        raise Refused(f"`{name}` has no code: none of its {len(notebook.cells)} cells holds any")
    return cells
