"""`!` lines and `%%bash` cells as processes of a plain Python script."""

import ast
import builtins
import re

from IPython.utils.text import DollarFormatter

INSTALLATION = re.compile(
    r"(?:^|[\s;&|(/])(?:pip[0-9.]*|conda|mamba|micromamba|uv)\s+(?:-\S+\s+|pip\s+)*(?:install|add)\b"
)


def installs_packages(command):
    """Whether a shell command, or a cell of them, brings packages into the environment."""
    return INSTALLATION.search(command) is not None


def command_expression(cell, line, command, names):
    """The command as a Python expression: text, or an f-string where IPython would put Python values in.

    IPython evaluates `{expression}` and `$name`, and leaves the whole command as it stands where one of them fails, so
    that `$HOME` and `awk '{print $1}'` reach the shell. Here a name counts as Python's where the notebook binds it.
    """
    if re.search(r"(?<!&)&\s*$", command):
        raise cell.refuse(line, "a command in the background would outlive its cell", "take the `&` out")
    try:
        parts = list(DollarFormatter().parse(command))
        fields = [field for _, field, _, _ in parts if field is not None]
        expressions = [ast.parse(field, mode="eval").body for field in fields]
    except (SyntaxError, ValueError):
        return ast.Constant(command)
    for expression in expressions:
        used = {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}
        if not used <= names | set(dir(builtins)):
            return ast.Constant(command)
    return formatted(cell, line, parts, expressions)


def formatted(cell, line, parts, expressions):
    values = []
    remaining = iter(expressions)
    for literal, field, specification, conversion in parts:
        if literal:
            values.append(ast.Constant(literal))
        if field is None:
            continue
        if "{" in (specification or ""):
            raise cell.refuse(line, "a format inside a format is not supported", "put the text together in Python first")
        values.append(
            ast.FormattedValue(
                value=next(remaining),
                conversion=ord(conversion) if conversion else -1,
                format_spec=ast.JoinedStr([ast.Constant(specification)]) if specification else None,
            )
        )
    if not expressions:
        return ast.Constant("".join(value.value for value in values))
    return ast.JoinedStr(values)


def expression_text(cell, line, expression):
    try:
        return ast.unparse(ast.fix_missing_locations(expression))
    except ValueError as error:  # quotes and backslashes that an f-string of this Python cannot hold
        raise cell.refuse(line, "the quotes are too deep to be converted", "put the text together in Python first") from error


def run_statement(cell, line, command, names):
    """`!command`: its output is the script's, a failure ends the script."""
    expression = expression_text(cell, line, command_expression(cell, line, command, names))
    return f"subprocess.run({expression}, shell=True, check=True)"


def lines_expression(cell, line, command, names):
    """The value of `lines = !command`."""
    return f"_shell_lines({expression_text(cell, line, command_expression(cell, line, command, names))})"


def run_script(shell, script, check):
    """A `%%bash` cell."""
    raw = '"""' not in script and not script.endswith("\\\n") and "\r" not in script
    text = f'r"""\n{script}"""' if raw else repr("\n" + script)
    return f"subprocess.run([{shell!r}], input={text}, text=True, check={check})"


SHELL_LINES = '''\
def _shell_lines(command):
    """What `lines = !command` gives in a notebook: the command's output, line by line."""
    finished = subprocess.run(command, shell=True, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if finished.returncode != 0:
        print(finished.stdout, end="", flush=True)
        finished.check_returncode()
    return finished.stdout.splitlines()
'''
