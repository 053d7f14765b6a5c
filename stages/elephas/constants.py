"""What a script's text tells of its numbers: constants, lengths of arrays, rows and partitions of an RDD."""

import ast


class Constants:
    """Follows names that are assigned once, at the top level; whatever is not plain stays unknown."""

    def __init__(self, tree):
        assigned = {}
        for node in ast.walk(tree):
            for target in getattr(node, "targets", [getattr(node, "target", None)]):
                for name in ast.walk(target) if isinstance(target, ast.AST) else ():
                    if isinstance(name, ast.Name):
                        assigned.setdefault(name.id, []).append(node)
        self.values = {
            name: nodes[0].value
            for name, nodes in assigned.items()
            if len(nodes) == 1 and isinstance(nodes[0], ast.Assign) and isinstance(nodes[0].targets[0], ast.Name)
        }

    def number(self, node, depth=0):
        """The value of a whole number, or nothing."""
        if isinstance(node, ast.Constant) and type(node.value) is int:
            return node.value
        if isinstance(node, ast.Name) and depth < 10:
            return self.number(self.values.get(node.id), depth + 1)
        return None

    def rows(self, node, depth=0):
        """The length of an array, at most, or nothing."""
        if depth > 10:
            return None
        if isinstance(node, ast.Name):
            return self.rows(self.values.get(node.id), depth + 1)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Slice):
            begin = 0 if node.slice.lower is None else self.number(node.slice.lower)
            end = self.number(node.slice.upper)
            return end - begin if begin is not None and end is not None and 0 <= begin <= end else None
        if isinstance(node, ast.Call) and node.args:
            return self.rows_of_call(node)
        return None

    def rows_of_call(self, call):
        name = getattr(call.func, "attr", "")
        if name in ("zeros", "ones", "empty") and isinstance(call.args[0], ast.Tuple) and call.args[0].elts:
            return self.number(call.args[0].elts[0])
        if name in ("rand", "randn", "zeros", "ones", "empty", "arange"):
            return self.number(call.args[0])
        return None

    def rows_of_rdd(self, node, depth=0):
        if depth > 10 or node is None:
            return None
        if isinstance(node, ast.Name):
            return self.rows_of_rdd(self.values.get(node.id), depth + 1)
        if not isinstance(node, ast.Call):
            return None
        name = getattr(node.func, "attr", getattr(node.func, "id", ""))
        if name == "to_simple_rdd" and len(node.args) > 1:
            return self.rows(node.args[1])
        if name in ("repartition", "coalesce", "cache", "persist"):
            return self.rows_of_rdd(node.func.value, depth + 1)
        return None

    def partitions_of(self, node, depth=0):
        """How many partitions `repartition` or `coalesce` asks for, or nothing."""
        if depth > 10 or node is None:
            return None
        if isinstance(node, ast.Name):
            return self.partitions_of(self.values.get(node.id), depth + 1)
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            return None
        if node.func.attr in ("repartition", "coalesce") and node.args:
            return self.number(node.args[0])
        if node.func.attr in ("cache", "persist"):
            return self.partitions_of(node.func.value, depth + 1)
        return None
