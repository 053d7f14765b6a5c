"""Parameters by papermill's convention: a cell tagged `parameters` holds the defaults, a cell after it the given values."""

import ast
from dataclasses import dataclass

from stages.python.program import Refused, nearest

TAG = "parameters"
INJECTED_TAG = "injected-parameters"  # what papermill itself leaves behind
TYPES = {"int": int, "float": float, "str": str, "bool": bool}
TYPE_NAMES = {int: "an int", float: "a float", str: "a string", bool: "a bool"}
HOW_TO_TAG = "tag the cell that sets the defaults: in Jupyter, the gear at the right, Cell Tags, `parameters`"


@dataclass(frozen=True)
class Parameter:
    name: str
    type: type | None  # none where the default does not tell
    line: int


def declared_parameters(tree):
    """What the tagged cell sets at its top level, by name; the last assignment counts."""
    parameters = {}
    for node in tree.body:
        if isinstance(node, ast.Assign):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            kind = literal_type(node.value)
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            names = [node.target.id]
            annotation = node.annotation.id if isinstance(node.annotation, ast.Name) else ""
            kind = TYPES.get(annotation) or (literal_type(node.value) if node.value else None)
        else:
            continue
        parameters.update({name: Parameter(name, kind, node.lineno) for name in names})
    return parameters


def literal_type(value):
    try:
        kind = type(ast.literal_eval(value))
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    return kind if kind in TYPE_NAMES else None


def parameter_cell(cells):
    """The tagged cell, or nothing."""
    tagged = [cell for cell in cells if TAG in cell.tags]
    if len(tagged) > 1:
        numbers = " and ".join(str(cell.number) for cell in tagged)
        raise Refused(f"code cells {numbers} are all tagged `{TAG}`; only one may be", "take the tag off the others")
    return tagged[0] if tagged else None


def injected_code(cell, tree, values):
    """The lines that set the given values, in the order of the defaults; nothing where none are given."""
    if not values:
        return ""
    if cell is None:
        raise Refused(f"parameters are given, but no cell is tagged `{TAG}`", HOW_TO_TAG)
    declared = declared_parameters(tree)
    for name, value in values.items():
        check_parameter(cell, declared, name, value)
    lines = [f"{name} = {literal(values[name], declared[name])}" for name in declared if name in values]
    return "\n".join(lines)


def check_parameter(cell, declared, name, value):
    if name not in declared:
        known = ", ".join(f"`{other}`" for other in declared) or "none"
        hint = nearest(name, declared) or f"code cell {cell.number} sets: {known}"
        raise Refused(f"the notebook has no parameter `{name}`", hint)
    wanted = declared[name].type
    if wanted is None or type(value) is wanted or (wanted is float and type(value) is int):
        return
    raise Refused(
        f"parameter `{name}` is {TYPE_NAMES[wanted]} in the notebook, but is given {TYPE_NAMES[type(value)]}: {value!r}",
        f"its default stands in {cell.place(declared[name].line)}",
        cell.excerpt(declared[name].line),
    )


def literal(value, parameter):
    return repr(float(value)) if parameter.type is float else repr(value)
