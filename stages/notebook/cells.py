"""Code cells and places in them: what people are shown of where something is."""

from dataclasses import dataclass

from stages.python.program import Refused


@dataclass(frozen=True)
class CodeCell:
    """A code cell that holds something. `number` is what Jupyter shows beside it after "restart and run all"."""

    number: int
    source: str
    tags: tuple = ()

    def place(self, line):
        return f"code cell {self.number}, line {line}"

    def excerpt(self, line, column=None, width=1):
        """The line as it stands in the notebook, with a caret under `column` (from 1) where there is one."""
        lines = self.source.splitlines()
        text = lines[line - 1] if 0 < line <= len(lines) else ""
        stripped = text.lstrip()
        if column is None:
            column, width = len(text) - len(stripped) + 1, len(stripped)
        padding = "".join("\t" if character == "\t" else " " for character in text[: column - 1])
        return f"{text}\n{padding}{'^' * max(1, width)}"

    def refuse(self, line, message, hint=""):
        """The error that says what is wrong at a line of this cell."""
        return Refused(f"{self.place(line)}: {message}", hint, self.excerpt(line))
