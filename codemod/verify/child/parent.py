"""The parent process: imports TensorFlow once and forks a child for each job."""

from __future__ import annotations

import functools
import gc
import json
import os
import resource
import select
import signal
import socket
import time
import traceback
from typing import Any, Callable, Dict, List, Mapping, NamedTuple, Sequence

from .capture import shared_tensorflow
from .limits import WATCH_SECONDS
from .protocol import END, READS, Answer, Job
from .sandbox import copy_on_write, orphans
from .sandbox.entering import enter
from .sandbox.folders import remove_tree
from .sandbox.reads import Imported, Reads, imported_before

Run = Callable[[Job], None]
"""Does a job in the child that was forked for it."""


class Child(NamedTuple):
    """A job that runs; ``deadline`` as ``time.monotonic`` counts."""

    job: Job
    deadline: float


def main(arguments: Sequence[str]) -> int:
    """Serve as the arguments of ``worker.py`` say."""
    generation, descriptor, folder, *others = arguments
    numbers = [int(generation), int(descriptor), *map(int, others)]
    return serve(dict(zip(numbers[::2], numbers[1::2])), folder)


def serve(descriptors: Mapping[int, int], folder: str) -> int:
    """Answer jobs from the socket of each Keras generation until its other end is closed.

    Two generations are served by two processes, which are forked when TensorFlow is imported.
    Each job is a line of JSON; its answer has the same ``id`` and comes when the child has ended.
    The first answer says that the interpreter runs, the last one of the start what it has imported;
    between them a process that was forked says which it is. Where the other end is closed without
    :data:`END`, ``folder`` is removed: whoever made it is gone.
    """
    channels: Dict[int, socket.socket] = {}
    for generation, descriptor in descriptors.items():
        os.set_inheritable(descriptor, False)
        channels[generation] = socket.socket(fileno=descriptor)
    # Ctrl-C reaches all processes of a terminal; ours closes the socket, which stops the children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for channel in channels.values():
        _answer(channel, {"process": os.getpid()})
    overlays = copy_on_write.works(os.path.join(folder, "trial-%d" % os.getpid()))
    # The import makes next to no garbage, and what it makes stays: neither it nor a child has to
    # walk through that, or copy its pages for it.
    gc.disable()
    if len(channels) == 1:
        ((generation, channel),) = channels.items()
        return _serve_one(channel, folder, overlays, _import_tensorflow(generation))
    problem = _share_tensorflow()
    parent = os.getpid()
    for generation, channel in channels.items():
        if os.fork() == 0:
            status = 1
            try:
                os.setsid()
                orphans.end_after(parent)
                for other in set(channels.values()) - {channel}:
                    other.close()
                _answer(channel, {"process": os.getpid()})
                hello = problem or _import_tensorflow(generation)
                status = _serve_one(channel, folder, overlays, hello)
            finally:
                os._exit(status)
    for channel in channels.values():
        channel.close()
    for _ in channels:
        os.wait()
    return 0


def _serve_one(channel: socket.socket, folder: str, overlays: bool, hello: Answer) -> int:
    _answer(channel, hello)
    if "error" in hello:
        return 1
    # Here and not in each child, where it takes longer than what the smallest models take.
    from . import job
    from .capture import overlay

    imported = imported_before(overlay.names_before(), overlay.places_of_modules())
    gc.freeze()
    gc.enable()
    orphans.adopt()
    try:
        is_alone = _serve_jobs(channel, functools.partial(_kept_in, overlays, imported, job.run))
    finally:
        orphans.end_all()
    if is_alone:
        remove_tree(folder)
    return 0


def _serve_jobs(channel: socket.socket, run: Run) -> bool:
    """Serve until the other end is closed; whether it is without a word."""
    is_alone = True
    ended, told = _pipe_of_ended_children()
    children: Dict[int, Child] = {}
    pending = b""
    while True:
        timeout = WATCH_SECONDS if children else None
        watched: List[Any] = [channel, ended]
        ready, _, _ = select.select(watched, [], [], timeout)
        if ended in ready:
            os.read(ended, 1 << 16)
        if channel in ready:
            read = _received(channel)
            if not read:
                break
            *lines, pending = (pending + read).split(b"\n")
            for line in lines:
                if line.decode() == END:
                    is_alone = False
                    continue
                _begin(json.loads(line.decode()), run, children, channel, [ended, told])
        for pid in list(children):
            message = _ended(pid, children[pid])
            if message:
                identifier = children.pop(pid).job["id"]
                orphans.end_all(set(children))
                _answer(channel, {**message, "id": identifier})
    for pid in children:
        _stop(pid)
    return is_alone


def _received(channel: socket.socket) -> bytes:
    try:
        return channel.recv(1 << 16)
    except OSError:
        return b""


def _pipe_of_ended_children() -> List[int]:
    """The two ends of a pipe that gets a byte whenever a child ends."""
    ends = list(os.pipe())
    for end in ends:
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.set_wakeup_fd(ends[1], warn_on_full_buffer=False)
    return ends


def _answer(channel: socket.socket, message: Answer) -> None:
    try:
        channel.sendall((json.dumps(message) + "\n").encode())
    except OSError:
        # Nobody listens any more; the next read tells so too.
        return


def _share_tensorflow() -> Answer:
    """Import what both generations of Keras need, if they need one TensorFlow; or an ``error``."""
    try:
        if shared_tensorflow.has_both():
            shared_tensorflow.import_without_keras()
        return {}
    except BaseException as error:
        return _broken(error)


def _import_tensorflow(generation: int) -> Answer:
    try:
        from .capture import keras_generation, replacing

        found = keras_generation.prepare(generation)
        replacing.places_of_functions()
        return found
    except BaseException as error:
        return _broken(error)


def _broken(error: BaseException) -> Answer:
    """What a broken installation raises: that can be anything, also SystemExit."""
    return {"error": "%s: %s" % (type(error).__name__, _first_line(error))}


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [""])[0]


def _begin(
    job: Job,
    run: Run,
    children: Dict[int, Child],
    channel: socket.socket,
    own: List[int],
) -> None:
    """Fork a child for ``job``; ``own`` are descriptors that only this process uses."""
    if _has_run_an_op():
        detail = "TensorFlow ran an op before the fork"
        _answer(channel, {"status": "crashed", "detail": detail, "id": job["id"]})
        return
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        _be_the_child(job, run, [*own, channel.fileno()], parent)
    children[pid] = Child(job, time.monotonic() + job["time_limit"])


def _has_run_an_op() -> bool:
    try:
        from tensorflow.python.eager import context  # type: ignore[import-untyped,unused-ignore]
    except ImportError:
        return False
    current = getattr(context, "_context", None)
    return bool(current is not None and getattr(current, "_initialized", False))


def _be_the_child(job: Job, run: Run, foreign: List[int], parent: int) -> None:
    status = 1
    try:
        os.setsid()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        for descriptor in foreign:
            os.close(descriptor)
        orphans.adopt()
        orphans.end_with(parent)
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        run(job)
        status = 0
    except BaseException as error:
        _write_failure(job, error)
    finally:
        os._exit(status)


def _kept_in(overlays: bool, imported: Imported, run: Run, job: Job) -> None:
    """Run ``job`` where it can change no file but its own."""
    folder = os.path.dirname(job["result"])
    writable = sorted({folder, job.get("outputs", folder)})
    reads = Reads(imported)
    sources = list(job.get("sources", ()))
    job["kept_by"] = enter(folder, writable, sources, overlays, reads=reads)
    # Into the folder as it is seen now.
    os.chdir(job["working_folder"])
    run(job)
    reads.write(os.path.join(folder, READS), os.path.dirname(folder))


def _write_failure(job: Job, error: BaseException) -> None:
    detail = "%s: %s" % (type(error).__name__, _first_line(error))
    with open(job["result"], "w") as file:
        json.dump({"failure": detail, "traceback": traceback.format_exc()}, file)


def _ended(pid: int, child: Child) -> Answer:
    """How the child ended, or why it was stopped; empty while it runs."""
    done, status = os.waitpid(pid, os.WNOHANG)
    if done:
        _kill_group(pid)
        return _told(status)
    if time.monotonic() > child.deadline:
        _stop(pid)
        return {"status": "timeout", "detail": "it ran longer than %g s" % child.job["time_limit"]}
    limit = child.job.get("memory_limit")
    if limit is not None and _resident_bytes(pid) > limit:
        _stop(pid)
        return {"status": "memory", "detail": "it used more than %d MiB" % (limit >> 20)}
    return {}


def _told(status: int) -> Answer:
    if os.WIFSIGNALED(status):
        name = signal.Signals(os.WTERMSIG(status)).name
        return {"status": "crashed", "detail": "it was ended by %s" % name}
    code = os.WEXITSTATUS(status)
    return {"status": "done" if code in (0, 1) else "exited", "detail": "it exited with %d" % code}


def _stop(pid: int) -> None:
    # A child that was forked just now leads no group yet.
    os.kill(pid, signal.SIGKILL)
    _kill_group(pid)
    os.waitpid(pid, 0)


def _kill_group(pid: int) -> None:
    try:
        os.killpg(pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        return


def _resident_bytes(pid: int) -> int:
    try:
        with open("/proc/%d/statm" % pid) as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0
