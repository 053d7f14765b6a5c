"""A terminal as far as sdlrun uses one: it breaks lines that are too long, and breaks them anew when it is resized."""

import re
import unicodedata

SEQUENCE = re.compile(r"\033\[(\??[0-9;]*)([A-Za-z])")


def width(text):
    return sum(2 if unicodedata.east_asian_width(character) in "WF" else 0 if unicodedata.combining(character) else 1
               for character in text)


class Screen:
    def __init__(self, columns, rows):
        self.columns, self.rows = columns, rows
        self.lines = [""]     # each as it was written, however many rows it takes
        self.cursor = (0, 0)  # a line, and how many of its rows are above the cursor; always at a row's begin or a line's end
        self.widest = []      # (the width of a line, the columns there were) of all that was erased again
        self.cursor_is_shown = True
        self.redraws = 0

    def resize(self, columns, rows):
        self.columns, self.rows = columns, rows

    def rows_of(self, line):
        return max(1, -(-width(line) // self.columns))

    def write(self, text):
        while text:
            if found := SEQUENCE.match(text):
                self.obey(*found.groups())
                text = text[found.end():]
                continue
            end = next((at for at, character in enumerate(text) if character in "\033\r\n"), len(text))
            if end > 0:
                self.put(text[:end])
            elif text[0] == "\n":
                self.end_line()
            elif text[0] == "\r":
                self.cursor = (self.cursor[0], 0)
            end = max(end, 1)
            text = text[end:]

    def put(self, text):
        self.lines[self.cursor[0]] += text

    def end_line(self):
        line = self.cursor[0] + 1
        if line == len(self.lines):
            self.lines.append("")
        self.cursor = (line, 0)

    def obey(self, numbers, letter):
        if letter == "A":
            self.go_up(int(numbers or 1))
        elif letter == "J":
            self.erase_below()
        elif letter in "hl" and numbers == "?25":
            self.cursor_is_shown = letter == "h"
        elif letter != "m":
            raise AssertionError(f"a sequence that this terminal does not know: {numbers}{letter}")

    def go_up(self, count):
        line, row = self.cursor
        for _ in range(min(count, self.rows - 1)):
            if row > 0:
                row -= 1
            elif line > 0:
                line -= 1
                row = self.rows_of(self.lines[line]) - 1
        self.cursor = (line, row)

    def erase_below(self):
        line, row = self.cursor
        assert row == 0, "erased from the middle of a line on"
        self.widest += [(width(erased), self.columns) for erased in self.lines[line:]]
        self.lines[line:] = [""]
        self.redraws += 1
