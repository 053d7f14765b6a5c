"""Which names the code of a notebook binds, and which it takes for granted."""

import ast
import builtins


def bound_names(tree):
    """Every name that is bound anywhere in the tree, in functions too."""
    return {name for node in ast.walk(tree) for name in _bound_by(node)}


def _bound_by(node):
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, ast.arg):
        return [node.arg]
    if isinstance(node, ast.alias):
        return [(node.asname or node.name).split(".")[0]]
    if isinstance(node, ast.ExceptHandler) and node.name:
        return [node.name]
    return []


def free_names(trees):
    """Names that are used before the notebook has bound them: what must be there from the start."""
    bound, free = set(dir(builtins)), set()
    for tree in trees:
        for statement in tree.body:
            own = bound_names(statement) if isinstance(statement, (ast.FunctionDef, ast.ClassDef)) else set()
            free |= _used_names(statement) - bound - own
            bound |= bound_names(statement)
    return free


def _used_names(statement):
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}


def imported_packages(trees):
    """The packages that are imported anywhere, by their first name."""
    packages = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import):
            packages |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            packages.add(node.module.split(".")[0])
    return packages
