"""Which packages an environment lacks, by what those that are there say they need: a check of `python.venv`."""

import re
from importlib.metadata import distributions

from stages.python.program import serve

# Other names for the same package, of which one is enough.
STAND_INS = {"tensorflow": {"tensorflow-cpu", "tensorflow-gpu", "tensorflow-intel", "tensorflow-macos", "tf-nightly"}}


def answer(_):
    try:
        from packaging.requirements import Requirement
    except ImportError:  # without it the markers cannot be read
        return {"missing": []}
    installed = {normalized(one.metadata["Name"]): one for one in distributions() if one.metadata["Name"]}
    missing = {}
    for name, distribution in sorted(installed.items()):
        for text in distribution.requires or []:
            needed = Requirement(text)
            wanted = normalized(needed.name)
            if needed.marker is not None and not needed.marker.evaluate({"extra": ""}):
                continue
            if wanted not in installed and not STAND_INS.get(wanted, set()) & installed.keys():
                missing.setdefault(wanted, []).append(name)
    return {"missing": [{"name": name, "needed_by": sorted(users)} for name, users in sorted(missing.items())]}


def normalized(name):
    return re.sub(r"[-_.]+", "-", name).lower()


if __name__ == "__main__":
    serve(answer)
