"""Runs a Spark application's script as the driver, to its real end: the program that `spark.submit` hands to spark-submit.

    driver.py REPORT SCRIPT [ARGUMENT…]

A script that has raised may leave behind what keeps its process alive for ever: a parameter server of Elephas is a child
process or a thread that nobody stops. So when the script is over, what is left is given a moment, then ended; what the
script raised is written to REPORT as JSON, and the process exits as the script did. Of a script that ends well REPORT says when it began and
how long it took.
"""

import atexit
import builtins
import json
import multiprocessing
import os
import sys
import threading
import time
import types

GRACE_SECONDS = 10


def main():
    report, script, *arguments = sys.argv[1:]
    code, explanation = run(script, arguments)
    if explanation:
        with open(report, "w", encoding="utf-8") as file:
            json.dump(explanation, file)
    end_process(code)


def run(script, arguments):
    """Gives the exit code and what there is to say of it: of a script that has raised why, of one that has ended well its times."""
    script = os.path.abspath(script)
    # What explains an error is imported before the script can change where modules come from.
    from driver_error import explain

    sys.argv = [script, *arguments]
    sys.path[0] = os.path.dirname(script)
    began, clock = time.time(), time.monotonic()
    try:
        run_as_main(script)
        return 0, {"began": began, "seconds": time.monotonic() - clock}
    except SystemExit as exit_request:
        code = exit_code(exit_request.code)
        return code, {"began": began, "seconds": time.monotonic() - clock} if code == 0 else None
    except BaseException as error:  # KeyboardInterrupt too: the script is over
        explanation = explain(error, script)
        print(explanation["traceback"], file=sys.stderr, flush=True)
        return 1, explanation


def run_as_main(script):
    """As `python SCRIPT` would: tracebacks have its lines, and what it defines is pickled by value."""
    with open(script, "rb") as file:
        code = compile(file.read(), script, "exec", dont_inherit=True)
    module = types.ModuleType("__main__")
    module.__file__ = script
    module.__builtins__ = builtins
    sys.modules["__main__"] = module
    exec(code, module.__dict__)


def exit_code(value):
    if value is None:
        return 0
    if isinstance(value, int):
        return value & 0xFF
    print(value, file=sys.stderr)
    return 1


def end_process(code):
    """Leaves as Python does, but waits for nothing that has no end."""
    deadline = time.monotonic() + GRACE_SECONDS
    leftovers = wait_for_leftovers(deadline if code == 0 else time.monotonic())
    if leftovers:
        print(f"sdlrun: ended what the script left running: {', '.join(leftovers)}", file=sys.stderr, flush=True)
    in_background(stop_spark, GRACE_SECONDS)
    in_background(atexit._run_exitfuncs, GRACE_SECONDS)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            pass
    os._exit(code)


def wait_for_leftovers(deadline):
    """Threads and child processes that are still there at the deadline; the processes are terminated."""
    while (left := running_threads() + multiprocessing.active_children()) and time.monotonic() < deadline:
        time.sleep(0.05)
    for child in multiprocessing.active_children():
        child.terminate()
    kinds = {True: "thread", False: "process"}
    return [f"{kinds[isinstance(one, threading.Thread)]} {one.name}" for one in left]


def running_threads():
    return [thread for thread in threading.enumerate() if not thread.daemon and thread is not threading.main_thread()]


def stop_spark():
    pyspark = sys.modules.get("pyspark")
    context = pyspark.SparkContext._active_spark_context if pyspark else None
    if context is not None:
        context.stop()


def in_background(action, seconds):
    thread = threading.Thread(target=action, daemon=True)
    thread.start()
    thread.join(seconds)


if __name__ == "__main__":
    main()
