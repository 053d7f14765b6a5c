"""The packages that a notebook imports, against those that are pinned for it."""

import ast
import importlib.util
import re
import sys

CAUGHT = {"ImportError", "ModuleNotFoundError", "Exception", "BaseException"}


def refuse_unpinned(cells, plain, packages, requirements):
    """An import that nothing pinned brings, and that is not tried only, fails now and not on the cluster."""
    pinned = {normalized(package) for package in packages}
    for cell, part in zip(cells, plain):
        for name, line in needed_imports(part.tree):
            if name in sys.stdlib_module_names or normalized(name) in pinned or importlib.util.find_spec(name) is not None:
                continue
            raise cell.refuse(part.origins[line - 1], f"`{name}` is imported, and no package of {requirements} brings it",
                              "pin the package there, with all that it needs: `uv pip compile` writes such a file")


def normalized(name):
    """https://peps.python.org/pep-0503/#normalized-names"""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed_imports(tree):
    """First names and lines of imports that must succeed, in their order."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name.split(".")[0], node.lineno) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module.split(".")[0], node.lineno
        elif not (isinstance(node, ast.Try) and catches_imports(node)):
            yield from needed_imports(node)


def catches_imports(attempt):
    names = {node.id for handler in attempt.handlers for node in ast.walk(handler.type or ast.Name("Exception")) if isinstance(node, ast.Name)}
    return bool(names & CAUGHT)
