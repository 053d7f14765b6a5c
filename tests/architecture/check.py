#!/usr/bin/env python3
"""Checks what the folders promise: includes go along the arrows cli -> stages -> engine -> dsl, and PEGTL, which takes
long to compile, is read by one translation unit only. Names and headers are as CONTRIBUTING.md has them, and files may
be compiled together.
"""
import functools
import pathlib
import re
import sys

import shared_names

LAYERS = ["dsl", "engine", "stages", "cli"]
TEST_PROGRAMS = ["tests/unit/dsl", "tests/unit/engine", "tests/unit/stages", "tests/unit/cli", "tests/simulation"]
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)
FILE_NAME = re.compile(r"[a-z0-9_]+(\.[a-z]+)+|CMakeLists\.txt")


class Tree:
    """The sources below a folder, by their path from there."""

    def __init__(self, root):
        self.root = root
        self.files = {path.relative_to(root).as_posix(): path for layer in LAYERS
                      for path in sorted((root / layer).rglob("*"))
                      if path.is_file() and "__pycache__" not in path.parts}
        self.includes = functools.cache(self.includes)

    def includes(self, file):
        return INCLUDE.findall(self.files[file].read_text(encoding="utf-8"))

    def headers_read_by(self, file):
        """All that one translation unit takes in, ours and others'."""
        seen, waiting = set(), [file]
        while waiting:
            for _, target in self.includes(waiting.pop()):
                if target not in seen:
                    seen.add(target)
                    waiting += [target] if target in self.files else []
        return seen

    def mistakes(self):
        for file in self.files:
            if not FILE_NAME.fullmatch(pathlib.PurePath(file).name):
                yield f"{file}: a file's name is in lower case, its words joined by underscores"
            if file.endswith(".hpp") and "#pragma once" not in self.files[file].read_text(encoding="utf-8"):
                yield f"{file}: a header begins with `#pragma once`"
            if file.endswith((".cpp", ".hpp")):
                yield from self.wrong_includes(file)
        readers = [file for file in self.files if file.endswith(".cpp")
                   and any(header.startswith("tao/pegtl") for header in self.headers_read_by(file))]
        if len(readers) > 1:
            yield f"PEGTL is read by {' and '.join(readers)}: keep it in one translation unit"
        public = shared_names.public_names(self.texts(".hpp").values())
        for layer in LAYERS:
            yield from shared_names.mistakes(self.texts(".cpp", layer + "/"), public)
        for program in TEST_PROGRAMS:
            texts = {path.relative_to(self.root).as_posix(): path.read_text(encoding="utf-8") for path in (self.root / program).rglob("*.?pp")}
            headers = [text for file, text in texts.items() if file.endswith(".hpp")]
            yield from shared_names.mistakes_in_tests({file: text for file, text in texts.items() if file.endswith(".cpp")}, headers, public)

    def texts(self, ending, folder=""):
        return {file: path.read_text(encoding="utf-8") for file, path in self.files.items()
                if file.endswith(ending) and file.startswith(folder)}

    def wrong_includes(self, file):
        layer = file.split("/")[0]
        for quote, target in self.includes(file):
            top = target.split("/")[0]
            if quote == '"' and target not in self.files:
                yield f"{file}: `{target}` is not in the tree: includes of our own start at the root of the project"
            if quote == "<" and target in self.files:
                yield f"{file}: `{target}` is our own: include it in quotes"
            if target in self.files and LAYERS.index(top) > LAYERS.index(layer):
                yield f"{file}: `{target}`: {layer} knows nothing of {top}"


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else __file__).resolve()
    tree = Tree(root if root.is_dir() else root.parents[2])
    mistakes = list(tree.mistakes())
    print("\n".join(mistakes) or f"{len(tree.files)} files keep to the architecture")
    return 1 if mistakes else 0


if __name__ == "__main__":
    sys.exit(main())
