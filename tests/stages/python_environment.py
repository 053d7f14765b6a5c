"""The Python environment of these tests, made once from requirements.txt below build/."""

import hashlib
import os
import pathlib
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
SKIPPED = 77  # ctest's code for a test that cannot run here


def run_in_environment():
    """Goes on in the environment's Python, and returns there; ends the test as skipped where it cannot be made."""
    interpreter = environment() / "bin" / "python"
    if pathlib.Path(sys.prefix) == interpreter.parents[1]:
        sys.path.insert(0, str(ROOT))
        return
    os.execve(interpreter, [str(interpreter), *sys.argv], {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})


def environment():
    requirements = HERE / "requirements.txt"
    digest = hashlib.sha256(requirements.read_bytes() + sys.version.encode()).hexdigest()[:16]
    folder = ROOT / "build" / "python-tests" / digest
    complete = folder / "complete"
    if not complete.exists() and pathlib.Path(sys.prefix) != folder:
        try:
            subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
            install = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--no-deps", "-r", requirements]
            subprocess.run(install, check=True)
        except subprocess.CalledProcessError as error:
            print(f"skipped: cannot make a Python environment: {error}")
            sys.exit(SKIPPED)
        complete.touch()
    return folder
