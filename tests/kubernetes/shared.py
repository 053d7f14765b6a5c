"""What the tests of containers have, and ours need too."""

import pathlib
import sys

HERE = pathlib.Path(__file__).resolve().parent
JAVA = HERE.parent / "java"
sys.path.insert(0, str(HERE.parent / "containers"))
from dockerd import SYSTEM_PATH, CannotStart, processes_of, program, quietly, remove_traces  # noqa: E402, F401
from root_systems import SPARK_PACKAGES, busybox_archive, debian  # noqa: E402, F401
