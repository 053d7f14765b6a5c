"""What takes long to make and stays between runs, also for other clones: ${XDG_CACHE_HOME:-~/.cache}/sdlrun-tests/."""

import fcntl
import os
import pathlib
import shutil
import tempfile
import time

CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "sdlrun-tests"
NEW = ".new-"
DAY = 24 * 3600


def kept(kind, version, make):
    """The path KIND-VERSION there; where it is not, make(path) makes it, aside and by one at a time. Other versions of its kind go
    when nobody has asked for them for a day: another clone may still use them."""
    done = CACHE / f"{kind}-{version}"
    if not done.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        with open(CACHE / f"{kind}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            for old in [*CACHE.glob(f"{NEW}{kind}-*"), *(path for path in CACHE.glob(f"{kind}-*") if time.time() - path.stat().st_mtime > DAY)]:
                shutil.rmtree(old, ignore_errors=True)
            if not done.exists():
                with tempfile.TemporaryDirectory(dir=CACHE, prefix=f"{NEW}{kind}-") as aside:
                    make(pathlib.Path(aside, "made"))
                    os.rename(f"{aside}/made", done)
    os.utime(done)
    return done
