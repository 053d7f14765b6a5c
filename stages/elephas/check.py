"""Reads a script for the traps of Elephas and of Spark masters in code: the program of `elephas.check`.

Nothing is run or imported: only what the text shows is said.
"""

import ast
from dataclasses import dataclass
from pathlib import Path

from stages.elephas.constants import Constants
from stages.python.program import Refused, serve

ASYNCHRONOUS_ONLY = ("mode", "frequency", "parameter_server_mode", "port")


@dataclass(frozen=True)
class Finding:
    line: int
    message: str
    hint: str = ""
    fatal: bool = False  # the run could only do something else than what is written


def answer(request):
    source = Path(request["script"]).read_text(encoding="utf-8")
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise Refused(f"line {error.lineno}: not valid Python: {error.msg}", "", (error.text or "").rstrip()) from error
    findings = sorted([*find_masters(tree), *find_traps(tree, request["elephas"])], key=lambda finding: finding.line)
    lines = source.splitlines()
    for finding in findings:
        if finding.fatal:
            raise Refused(f"line {finding.line}: {finding.message}", finding.hint, lines[finding.line - 1])
    return {"warnings": [f"line {found.line}: {found.message}" + (f"; {found.hint}" if found.hint else "") for found in findings]}


# ---- a master in code ----

MASTER_HINT = "take it out: the cluster of the step says where Spark runs"


def find_masters(tree):
    """Places that say where Spark runs. What code says there wins over what the cluster says, without a word."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (written := _master_of(node)):
            yield Finding(node.func.end_lineno, f"{written} sets a master in code, which would win over the cluster's", MASTER_HINT)


def _master_of(call):
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    first = call.args[0] if call.args else None
    keywords = {keyword.arg: keyword.value for keyword in call.keywords}
    if name == "master" and first is not None and "builder" in ast.dump(call.func):
        return f"`.master({ast.unparse(first)})`"
    if name == "setMaster" and call.args:
        return f"`.setMaster({ast.unparse(first)})`"
    if name == "SparkContext" and "master" in keywords:
        return f"`SparkContext(master={ast.unparse(keywords['master'])})`"
    if name == "SparkContext" and isinstance(first, ast.Constant) and isinstance(first.value, str):
        return f"`SparkContext({ast.unparse(first)})`"
    if name in ("config", "set", "remote") and isinstance(first, ast.Constant) and first.value in ("spark.master", "spark.remote"):
        return f"`.{name}({ast.unparse(first)}, …)`"
    return None


# ---- Elephas ----


def find_traps(tree, version):
    """What goes wrong with this version of Elephas ("7.3.0", or nothing where it is not known), by lines."""
    return sorted(_traps(tree, version), key=lambda finding: finding.line)


def _traps(tree, version):
    major = int(version.split(".")[0]) if version else 7
    constants = Constants(tree)
    models = _Models(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        kind = models.kind_of_call(call)
        if kind in ("SparkModel", "AsynchronousSparkModel"):
            yield from _construction_traps(call, kind, major, version)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "compile" and major < 7:
            yield from _optimizer_traps(call)
        elif isinstance(call.func, ast.Attribute) and call.func.attr == "fit" and models.kind_of_value(call.func.value):
            yield from _fit_traps(call, constants, models, major)
    yield from _history_traps(tree, models)


class _Models:
    """Which names stand for classes of Elephas, and which for models made from them."""

    def __init__(self, tree):
        self.classes, self.values, self.workers = {}, {}, {}
        for node in ast.walk(tree):
            if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "elephas":
                self.classes.update({alias.asname or alias.name: alias.name for alias in node.names})
        for node in ast.walk(tree):
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and self.kind_of_call(node.value):
                for target in node.targets:
                    self.values[ast.unparse(target)] = self.kind_of_call(node.value)
                    self.workers[ast.unparse(target)] = _argument(node.value, "num_workers")

    def kind_of_call(self, call):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        kind = self.classes.get(name) or (name if isinstance(call.func, ast.Attribute) else None)
        return kind if kind in ("SparkModel", "AsynchronousSparkModel") else None

    def kind_of_value(self, node):
        return self.kind_of_call(node) if isinstance(node, ast.Call) else self.values.get(ast.unparse(node))


def _argument(call, name):
    return next((keyword.value for keyword in call.keywords if keyword.arg == name), None)


def _construction_traps(call, kind, major, version):
    ignored = [name for name in ASYNCHRONOUS_ONLY if _argument(call, name) is not None]
    if kind == "SparkModel" and major >= 7 and ignored:
        names = ", ".join(f"`{name}`" for name in ignored)
        yield Finding(
            call.lineno,
            f"Elephas {version or major} ignores {names} of `SparkModel` without a word, and trains synchronously",
            "use `AsynchronousSparkModel` from elephas.spark_model"
            + (", or leave them out to train synchronously" if "mode" not in ignored else ""),
            fatal=True,
        )
    if kind == "AsynchronousSparkModel" and major < 7:
        yield Finding(
            call.lineno,
            f"Elephas {version} has no `AsynchronousSparkModel`",
            "use `SparkModel(…, mode='asynchronous')`, or pin elephas 7",
            fatal=True,
        )


def _optimizer_traps(call):
    optimizer = _argument(call, "optimizer") or (call.args[0] if call.args else None)
    if isinstance(optimizer, ast.Constant) and isinstance(optimizer.value, str):
        written = repr(optimizer.value)
    elif isinstance(optimizer, ast.Call) and ".legacy." not in ast.unparse(optimizer.func) and "optimizers" in ast.unparse(optimizer.func):
        written = ast.unparse(optimizer.func)
    else:
        return
    yield Finding(call.lineno, f"the optimizer {written} cannot be sent to workers by Elephas 6", "use `keras.optimizers.legacy.…`")


def _fit_traps(call, constants, models, major):
    asynchronous = models.kind_of_value(call.func.value) == "AsynchronousSparkModel"
    if any(keyword.arg is None for keyword in call.keywords):
        return
    needed = ["batch_size"] + (["epochs"] if asynchronous else [])
    for name in needed if major >= 7 else ():
        if _argument(call, name) is None:
            yield Finding(call.lineno, f"`fit` without `{name}` fails in the workers of Elephas 7", f"write `{name}=…`")
    batch_size = constants.number(_argument(call, "batch_size"))
    rows = constants.rows_of_rdd(call.args[0] if call.args else _argument(call, "rdd"))
    if batch_size is None or rows is None:
        return
    model = ast.unparse(call.func.value)
    partitions = constants.number(models.workers.get(model)) or constants.partitions_of(call.args[0] if call.args else None)
    share = rows // (partitions or 1)
    if share <= batch_size:
        among = f"{rows} rows among {partitions} workers are {share} each" if partitions else f"there are {rows} rows"
        yield Finding(
            call.lineno,
            f"{among}, no more than the batch of {batch_size}: such a worker skips training without a word",
            "make `batch_size` smaller, or the workers fewer",
        )


def _history_traps(tree, models):
    for node in ast.walk(tree):
        if not isinstance(node, ast.Attribute) or node.attr not in ("training_histories", "_training_histories"):
            continue
        if models.kind_of_value(node.value) == "AsynchronousSparkModel":
            yield Finding(
                node.lineno,
                "`training_histories` stays empty when training asynchronously",
                "hand a Keras callback to `fit(…, callbacks=[…])`: it runs in the workers",
            )


if __name__ == "__main__":
    serve(answer)
