"""What stands at the top of a script so that it finds what a notebook has: Spark, a display, a way to run commands."""

from stages.notebook.names import free_names, imported_packages
from stages.notebook.shell_commands import SHELL_LINES

TITLE = "# Made from a notebook by sdlrun: change the notebook, not this file.\n"

PLOTTING_PACKAGES = {"matplotlib", "seaborn", "pylab", "mpl_toolkits"}

# No screen here: figures are drawn into files.
PLOTTING = 'matplotlib.use("Agg")\n'

# As in a notebook server with Spark. The master is the cluster's business and not written here.
SPARK = """\
spark = SparkSession.builder.getOrCreate()
sc = spark.sparkContext
"""

DISPLAY = '''\
def display(*values, **_):
    """What a notebook shows under a cell, a script prints."""
    print(*values, sep="\\n")
'''


def preamble(plain_cells):
    """The top of the script."""
    trees = [cell.tree for cell in plain_cells]
    free = free_names(trees)
    imports, statements, functions = [], [], []
    if free & {"subprocess", "_shell_lines"}:
        imports.append("import subprocess")
    if imported_packages(trees) & PLOTTING_PACKAGES:
        imports.append("import matplotlib")
        statements.append(PLOTTING)
    if free & {"spark", "sc"}:
        imports.append("from pyspark.sql import SparkSession")
        statements.append(SPARK)
    if "_shell_lines" in free:
        functions.append("\n" + SHELL_LINES)
    if "display" in free:
        functions.append("\n" + DISPLAY)
    future = sorted({line for cell in plain_cells for line in cell.future_imports})
    blocks = ["".join(line + "\n" for line in lines) for lines in (future, imports) if lines]
    return "\n".join([TITLE, *blocks, *statements, *functions]) + ("\n" if functions else "")
