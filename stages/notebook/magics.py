"""One code cell as plain Python: what only a notebook understands is dropped, replaced, or refused."""

import ast
from dataclasses import dataclass, field

from IPython.core import inputtransformer2 as ipython

from stages.notebook import shell_commands
from stages.python.program import nearest

# What only changes how a notebook looks or reloads, and has no meaning in a script.
DROPPED_LINES = {
    "matplotlib", "autoreload", "aimport", "automagic", "colors", "pprint", "precision", "xmode", "pinfo", "pinfo2",
    "psearch", "who", "whos", "who_ls", "lsmagic", "magic", "quickref", "page", "pdoc", "psource", "pfile", "pdef",
}
DROPPED_CELLS = {"html", "HTML", "latex", "markdown", "svg", "SVG"}
KEPT_CELLS = {"time", "capture"}
SHELL_CELLS = {"bash": "bash", "sh": "sh", "!": "sh", "system": "sh", "sx": "sh"}
LANGUAGES = {
    "R": "R", "javascript": "JavaScript", "js": "JavaScript", "ruby": "Ruby", "perl": "Perl", "cython": "Cython",
    "julia": "Julia", "scala": "Scala", "octave": "Octave", "sql": "SQL", "pypy": "PyPy", "python2": "Python 2",
    "python3": "another Python", "python": "another Python",
}
INSTALLERS = {"pip", "conda", "mamba", "micromamba", "uv"}
INSTEAD = {
    "cd": "use `os.chdir(…)`", "env": "use `os.environ[…]`", "set_env": "use `os.environ[…]`", "pwd": "use `os.getcwd()`",
    "run": "import it, or use `runpy.run_path(…)`", "pylab": "import numpy and matplotlib.pyplot by name",
    "writefile": "use `pathlib.Path(…).write_text(…)`", "file": "use `pathlib.Path(…).write_text(…)`",
    "timeit": "take the measurement out", "prun": "take the measurement out", "sql": "use `spark.sql(…)`",
    "load_ext": "only `autoreload` is known without a notebook", "config": "only `InlineBackend` is known and dropped",
    "tensorboard": "start TensorBoard by hand, on the log folder",
}


@dataclass
class PlainCell:
    """A cell as plain Python. `origins[i]` is the line of the notebook's cell that line i+1 comes from."""

    code: str
    origins: list
    tree: ast.Module
    future_imports: list = field(default_factory=list)


def plain_cell(cell, names, requirements):
    """`names` are the Python names that the notebook binds; `requirements` is where packages belong."""
    return _Converter(cell, names, requirements).convert()


class _Converter:
    def __init__(self, cell, names, requirements):
        self.cell = cell
        self.names = names
        self.requirements = requirements

    def convert(self):
        lines = [line + "\n" for line in self.cell.source.splitlines()]
        origins = list(range(1, len(lines) + 1))
        return self.convert_lines(lines, origins)

    def convert_lines(self, lines, origins):
        while lines and not lines[0].strip():
            lines, origins = lines[1:], origins[1:]
        if lines and lines[0].startswith("%%"):
            return self.convert_cell_magic(lines, origins)
        for cleanup in (ipython.leading_indent, ipython.classic_prompt, ipython.ipython_prompt):
            lines = cleanup(lines)
        lines, origins = self.tokens_to_calls(lines, list(origins))
        tree = self.parse("".join(lines), origins)
        lines, origins = self.replace_calls(tree, lines, origins)
        return self.finished("".join(lines), origins)

    def finished(self, code, origins):
        tree = self.parse(code, origins)
        future = [node for node in tree.body if _is_future_import(node)]
        lines = code.splitlines()
        for node in future:  # must stand at the top of the script, where the caller puts it
            for index in range(node.lineno - 1, node.end_lineno):
                lines[index] = "# " + lines[index]
        return PlainCell("\n".join(lines).rstrip(), origins, tree, [ast.unparse(node) for node in future])

    def refuse(self, line, message, hint=""):
        return self.cell.refuse(line, message, hint)

    def parse(self, code, origins):
        try:
            tree = ast.parse(code)
            # Some mistakes show only now. Imports from __future__ may stand anywhere in a notebook.
            rest = [node for node in tree.body if not _is_future_import(node)]
            compile(ast.Module(rest, type_ignores=[]), "cell", "exec", dont_inherit=True)
            return tree
        except (SyntaxError, ValueError, RecursionError) as error:
            raise self.syntax_error(error, origins) from error

    def syntax_error(self, error, origins):
        number = getattr(error, "lineno", None) or 1
        line = origins[min(number, len(origins)) - 1] if origins else 1
        text = self.cell.source.splitlines()[line - 1]
        if shell_commands.installs_packages(text.strip()):
            return self.refuse_installation(line, text.strip())
        refused = self.refuse(line, f"not valid Python: {getattr(error, 'msg', None) or error}")
        if getattr(error, "offset", None) and (error.text or "").strip() == text.strip():
            refused.detail = self.cell.excerpt(line, max(1, error.offset))
        return refused

    # ---- magics of a line ----

    def tokens_to_calls(self, lines, origins):
        """IPython's own reading of `%magic`, `!command`, `x = !command` and `name?`, into calls of get_ipython()."""
        transformers = ipython.TransformerManager().token_transformers
        for _ in range(ipython.TRANSFORM_LOOP_LIMIT):
            tokens = ipython.make_tokens_by_line(lines)
            found = [match for match in (kind.find(tokens) for kind in transformers) if match]
            changed = self.first_change(sorted(found, key=lambda match: match.sortby()), lines)
            if changed is None:
                break
            new_lines, begin = changed
            del origins[begin + 1 : begin + 1 + len(lines) - len(new_lines)]
            lines = new_lines
        return lines, origins

    @staticmethod
    def first_change(matches, lines):
        for match in matches:
            try:
                changed = match.transform(lines)
            except SyntaxError:
                continue  # a `?` or `%` that is plain Python after all
            if changed != lines:
                return changed, match.start_line
        return None

    def replace_calls(self, tree, lines, origins):
        statements = [node for node in ast.walk(tree) if isinstance(node, ast.stmt) and _notebook_call(node)]
        handled = set()
        for node in sorted(statements, key=lambda node: node.lineno, reverse=True):
            handled.update(id(name) for name in ast.walk(node) if _is_get_ipython(name))
            before = lines[node.lineno - 1].encode()[: node.col_offset].decode()
            after = lines[node.end_lineno - 1].encode()[node.end_col_offset :].decode().strip()
            if before.strip() or (after and not after.startswith(("#", ";"))):
                raise self.refuse(origins[node.lineno - 1], "a magic must have its line to itself")
            replaced = before + self.replacement(node, origins[node.lineno - 1], indented=bool(before)) + "\n"
            lines = lines[: node.lineno - 1] + [replaced] + lines[node.end_lineno :]
            origins = origins[: node.lineno] + origins[node.end_lineno :]
        for name in ast.walk(tree):
            if _is_get_ipython(name) and id(name) not in handled:
                raise self.refuse(origins[name.lineno - 1], "`get_ipython()` exists in notebooks only")
        return lines, origins

    def replacement(self, node, line, indented):
        method, arguments = _notebook_call(node)
        target = "".join(ast.unparse(target) + " = " for target in getattr(node, "targets", ()))
        if method == "system":
            if target:
                raise self.refuse(line, "its value is the exit code of a notebook's shell", "use `subprocess.run(…)`")
            return self.shell(line, arguments[0], shell_commands.run_statement)
        if method == "getoutput":
            write = shell_commands.lines_expression if target else shell_commands.run_statement
            return target + self.shell(line, arguments[0], write)
        name, _, rest = arguments[0].partition(" ") if method == "magic" else (arguments[0], "", arguments[1])
        return self.line_magic(line, name, rest.strip(), target, indented)

    def line_magic(self, line, name, rest, target, indented):
        written = f"%{name} {rest}".strip()
        if name.startswith("%"):
            raise self.refuse(line, f"`%{name}` must be the first line of its cell", "move it there, or take it out")
        if name in INSTALLERS:
            raise self.refuse_installation(line, written)
        if name in ("system", "sx", "sc"):
            write = shell_commands.lines_expression if target else shell_commands.run_statement
            return target + self.shell(line, rest, write)
        if name == "time" and rest:
            self.parse(rest, [line])
            return target + rest
        if not target and _is_dropped(name, rest):
            dropped = self.cell.source.splitlines()[line - 1].strip()
            return f"pass  # {dropped}" if indented else f"# {dropped}"
        raise self.refuse(line, f"`%{name}` has no meaning outside a notebook", self.hint(name, DROPPED_LINES | {"time"}, "%"))

    def shell(self, line, command, write):
        if shell_commands.installs_packages(command):
            raise self.refuse_installation(line, "!" + command.strip())
        return write(self.cell, line, command, self.names)

    def refuse_installation(self, line, written):
        return self.refuse(
            line,
            f"`{written}` would change the environment while it is in use",
            f"take it out, and pin the package in {self.requirements}",
        )

    @staticmethod
    def hint(name, known, sign):
        near = nearest(name, known)
        return INSTEAD.get(name) or near.replace("`", f"`{sign}", 1) or "take it out of the notebook, or write it in Python"

    # ---- magics of a whole cell ----

    def convert_cell_magic(self, lines, origins):
        name, _, rest = lines[0][2:].strip().partition(" ")
        rest = rest.strip()
        line, body, body_origins = origins[0], lines[1:], origins[1:]
        if name == "script" and rest in ("bash", "sh"):
            name, rest = rest, ""
        if name in SHELL_CELLS and rest in ("", "--no-raise-error"):
            return self.shell_cell(name, body, origins, check=not rest)
        if name in KEPT_CELLS and not [word for word in rest.split() if not word.startswith("--")]:
            inner = self.convert_lines(body, body_origins)
            return PlainCell(f"# %%{name}\n{inner.code}".rstrip(), [line, *inner.origins], inner.tree, inner.future_imports)
        if name in DROPPED_CELLS:
            return self.finished("".join("# " + text for text in lines), origins)
        raise self.refuse(line, *self.cell_magic_refused(name, rest))

    def cell_magic_refused(self, name, rest):
        if name in LANGUAGES:
            return f"the cell is in {LANGUAGES[name]}, by `%%{name}`", INSTEAD.get(name, "only Python is converted; take the cell out")
        if name == "capture":
            return f"`%%capture` keeps the output in `{rest}`, which a script cannot", "take the name out"
        if name in SHELL_CELLS:
            return f"`%%{name}` with `{rest}` is not converted", "use `subprocess.run(…)`"
        known = SHELL_CELLS.keys() | KEPT_CELLS | DROPPED_CELLS
        return f"`%%{name}` has no meaning outside a notebook", self.hint(name, known, "%%")

    def shell_cell(self, name, body, origins, check):
        for text, line in zip(body, origins[1:]):
            if shell_commands.installs_packages(text):
                raise self.refuse_installation(line, text.strip())
        code = shell_commands.run_script(SHELL_CELLS[name], "".join(body), check)
        count = code.count("\n") + 1
        return self.finished(code + "\n", (origins + [origins[-1]] * count)[:count])


def _is_dropped(name, rest):
    if name == "config":
        return rest.startswith("InlineBackend")
    if name in ("load_ext", "reload_ext"):
        return rest == "autoreload"
    return name in DROPPED_LINES or (name == "time" and not rest)


def _is_future_import(node):
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _is_get_ipython(node):
    return isinstance(node, ast.Name) and node.id == "get_ipython"


def _notebook_call(node):
    """The method and the texts of a statement that is one call get_ipython().method("…"), else nothing."""
    call = getattr(node, "value", None)
    if not isinstance(node, (ast.Expr, ast.Assign)) or not isinstance(call, ast.Call):
        return None
    method = call.func
    if not isinstance(method, ast.Attribute) or not isinstance(method.value, ast.Call):
        return None
    texts = [argument.value for argument in call.args if isinstance(argument, ast.Constant)]
    wanted = {"system": 1, "getoutput": 1, "run_line_magic": 2, "magic": 1}
    if not _is_get_ipython(method.value.func) or len(texts) != wanted.get(method.attr) or len(texts) != len(call.args):
        return None
    return method.attr, [str(text) for text in texts]
