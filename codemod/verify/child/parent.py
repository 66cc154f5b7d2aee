"""The parent process: imports TensorFlow once and forks a child for each job."""

from __future__ import annotations

import gc
import json
import os
import resource
import signal
import sys
import time
import traceback
from typing import Any, Dict, Optional, TextIO

POLL_SECONDS = 0.02


def serve(generation: int) -> int:
    """Answer jobs from standard input until it ends."""
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    # The import makes next to no garbage, and what it makes stays: neither it nor a child has to
    # walk through that, or copy its pages for it.
    gc.disable()
    hello = _import_tensorflow(generation)
    gc.freeze()
    gc.enable()
    _answer(answers, hello)
    if "error" in hello:
        return 1
    for line in sys.stdin:
        _answer(answers, _run(json.loads(line)))
    return 0


def _answer(answers: TextIO, message: Dict[str, Any]) -> None:
    answers.write(json.dumps(message) + "\n")
    answers.flush()


def _import_tensorflow(generation: int) -> Dict[str, Any]:
    try:
        from . import keras_generation, replacing

        found = keras_generation.prepare(generation)
        replacing.places_of_functions()
        return found
    except BaseException as error:
        # A broken installation can raise anything, also SystemExit.
        return {"error": "%s: %s" % (type(error).__name__, _first_line(error))}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]


def _run(job: Dict[str, Any]) -> Dict[str, Any]:
    if _has_run_an_op():
        return {"status": "crashed", "detail": "TensorFlow ran an op before the fork"}
    child = os.fork()
    if child == 0:
        _be_the_child(job)
    return _wait(child, job)


def _has_run_an_op() -> bool:
    try:
        from tensorflow.python.eager import context  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return False
    current = getattr(context, "_context", None)
    return bool(current is not None and getattr(current, "_initialized", False))


def _be_the_child(job: Dict[str, Any]) -> None:
    status = 1
    try:
        os.setsid()
        # Reading from the parent's standard input would steal the next job.
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        os.chdir(job["working_folder"])
        from . import job as jobs

        jobs.run(job)
        status = 0
    except BaseException as error:
        _write_failure(job, error)
    finally:
        os._exit(status)


def _write_failure(job: Dict[str, Any], error: BaseException) -> None:
    detail = "%s: %s" % (type(error).__name__, _first_line(error))
    with open(job["result"], "w") as file:
        json.dump({"failure": detail, "traceback": traceback.format_exc()}, file)


def _wait(child: int, job: Dict[str, Any]) -> Dict[str, Any]:
    deadline = time.monotonic() + job["time_limit"]
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            _kill_group(child)
            return _ended(status)
        if time.monotonic() > deadline:
            _stop(child)
            return {"status": "timeout", "detail": "it ran longer than %g s" % job["time_limit"]}
        limit: Optional[int] = job.get("memory_limit")
        if limit is not None and _resident_bytes(child) > limit:
            _stop(child)
            return {"status": "memory", "detail": "it used more than %d MiB" % (limit >> 20)}
        time.sleep(POLL_SECONDS)


def _ended(status: int) -> Dict[str, Any]:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"status": "crashed", "detail": "it was ended by %s" % name}
    code = os.WEXITSTATUS(status)
    return {"status": "done" if code in (0, 1) else "exited", "detail": "it exited with %d" % code}


def _stop(child: int) -> None:
    _kill_group(child)
    os.waitpid(child, 0)


def _kill_group(child: int) -> None:
    try:
        os.killpg(child, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _resident_bytes(child: int) -> int:
    try:
        with open("/proc/%d/statm" % child) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
