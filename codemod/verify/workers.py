"""Worker processes: one for each interpreter and Keras generation, which runs many jobs at once."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import re
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from concurrent.futures import TimeoutError as NoAnswer
from pathlib import Path
from typing import cast

from codemod.errors import CodemodError
from codemod.limits import END_LIMIT, GRACE, IMPORT_LIMIT
from codemod.verdict import Device, Environment
from codemod.verify.child.protocol import END, Answer, Job, SideResult
from codemod.verify.process_groups import group_runs

WORKER = Path(__file__).with_name("worker.py")
KERAS_2, KERAS_3 = 2, 3
NO_TENSORFLOW = re.compile(r"No module named '(tensorflow|numpy)'")


class VerifyError(CodemodError):
    """Nothing can be verified: no interpreter, no TensorFlow, no GPU. One line."""


def start_workers(
    python: str, device: Device, generations: Sequence[int], folder: Path, start_limit: float
) -> dict[int, Worker]:
    """A worker for each of ``generations``, which import TensorFlow while others go on.

    Two share that import: their processes are forked behind it. They have to say that they run
    after ``start_limit`` seconds at the latest. They remove ``folder`` when they see this process
    end. Raises ``VerifyError`` where ``python`` cannot be started.
    """
    pairs = {generation: socket.socketpair() for generation in generations}
    with contextlib.ExitStack() as closing:
        for _, theirs in pairs.values():
            closing.enter_context(theirs)
        first, *others = ([str(number), str(pairs[number][1].fileno())] for number in generations)
        try:
            # Its standard streams are not for us: what stands before the interpreter may use them.
            process = subprocess.Popen(
                [python, str(WORKER), *first, str(folder), *itertools.chain(*others)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                pass_fds=[theirs.fileno() for _, theirs in pairs.values()],
                # What a wrapper starts is ended with it.
                start_new_session=True,
                env=worker_environment(device, generations[0], folder),
            )
        except OSError as error:
            for ours, _ in pairs.values():
                ours.close()
            raise VerifyError(
                f"{python} cannot be started ({error.strerror}); check --python"
            ) from error
    started = _Started(process, len(pairs))
    return {
        generation: Worker(python, started, ours, start_limit)
        for generation, (ours, _) in pairs.items()
    }


class _Started:
    """A process that was started for some workers; it is waited for when none needs it more."""

    def __init__(self, process: subprocess.Popen[bytes], workers: int) -> None:
        self.process = process
        self._workers = workers
        self._lock = threading.Lock()

    def wait_for(self, group: int) -> None:
        """Wait until a worker's group is gone that ends by itself, but not for ever."""
        if group == self.process.pid:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_LIMIT)
        else:
            _wait_for_group(group)

    def leave(self, group: int) -> None:
        """End a worker's group, and the process itself for the last one."""
        with self._lock:
            self._workers -= 1
            is_last = self._workers == 0
        _kill_group(group)
        if group != self.process.pid:
            _wait_for_group(group)
        if is_last:
            _kill_group(self.process.pid)
            self.process.wait()
            _wait_for_group(self.process.pid)


class Worker:
    """One parent process, which runs many jobs at once; see :func:`start_workers`."""

    def __init__(
        self, python: str, started: _Started, channel: socket.socket, start_limit: float
    ) -> None:
        self.python = python
        self._started_process = started
        self._group = started.process.pid
        self._socket = channel
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDTIMEO, _seconds(GRACE))
        self._start_limit = start_limit
        self._start = time.monotonic()
        self._started: Future[Answer] = Future()
        self._hello: Future[Answer] = Future()
        self._running: dict[int, Future[Answer]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._end: Answer | None = None
        self._reader = threading.Thread(target=self._read_answers, daemon=True)
        self._reader.start()

    @property
    def has_started(self) -> bool:
        """Whether it runs, be it for an error; waits for that."""
        return "failure" not in self._wait(self._started, self._left(self._start_limit))

    @property
    def has_ended(self) -> bool:
        """Whether it has worked and ended since."""
        return self._end is not None and "failure" not in self._hello.result()

    @property
    def problem(self) -> str | None:
        """Why it cannot work, if so; waits for the import."""
        hello = self._wait(self._hello, self._left(self._start_limit + IMPORT_LIMIT))
        return hello.get("error") or hello.get("failure")

    @property
    def known_problem(self) -> str | None:
        """Why it cannot work, if that is known by now."""
        return self.problem if self._hello.done() else None

    @property
    def environment(self) -> Environment:
        """Which interpreter it is, with its versions or why it cannot work."""
        problem = self.problem
        if problem is not None:
            return Environment(python=self.python, problem=problem)
        hello = self._hello.result()
        return Environment(
            python=self.python,
            tensorflow=hello.get("tensorflow", ""),
            keras=hello.get("keras", ""),
        )

    @property
    def says_why(self) -> bool:
        """Whether its problem is what it says itself, such as a Keras that is not there."""
        return self.problem is not None and "error" in self._hello.result()

    def run(self, job: Job) -> SideResult:
        """Run one job; a result with ``failure`` where the child came to no end."""
        return self.begin(job)()

    def begin(self, job: Job) -> Callable[[], SideResult]:
        """Start one job; the returned function waits for its end and gives the result."""
        answer: Future[Answer] = Future()
        with self._lock:
            number = next(self._numbers)
            if self._end is not None:
                answer.set_result(self._end)
            else:
                self._running[number] = answer
        if not answer.done():
            self._send(json.dumps({**job, "id": number}) + "\n")
        return lambda: result_of(job, self._wait(answer, job["time_limit"] + GRACE))

    def close(self) -> None:
        """End the process and all that it started; what still waits gets an answer."""
        has_started = self._hello.done() and self._end is None
        with contextlib.suppress(OSError):
            if has_started:
                # Without waiting: one that takes nothing any more is killed below.
                self._socket.send(f"{END}\n".encode(), socket.MSG_DONTWAIT)
            self._socket.shutdown(socket.SHUT_RDWR)
        if has_started:
            self._started_process.wait_for(self._group)
        self._started_process.leave(self._group)
        self._reader.join()
        self._socket.close()

    def _wait(self, answer: Future[Answer], seconds: float) -> Answer:
        """The answer; the process that does not give it in time is ended."""
        try:
            return answer.result(seconds)
        except NoAnswer:
            self._give_up("it does not answer in time; is it a Python interpreter?")
        return answer.result()

    def _left(self, limit: float) -> float:
        """How many of ``limit`` seconds since the start are left."""
        return max(0.0, self._start + limit - time.monotonic())

    def _send(self, line: str) -> None:
        try:
            with self._sending:
                self._socket.sendall(line.encode())
        except OSError:
            self._give_up("it takes no jobs")

    def _give_up(self, reason: str) -> None:
        """End a process that does not do its part; the reader thread tells all that wait."""
        with self._lock:
            self._end = self._end or {"failure": reason}
        self._kill()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)

    def _kill(self) -> None:
        _kill_group(self._group)

    def _read_answers(self) -> None:
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    self._take(json.loads(line))
        except (OSError, ValueError, KeyError):
            # Nobody but the worker writes here: one that writes something else is of no use.
            self._kill()
        with self._lock:
            self._end = self._end or {"failure": self._how_it_ended()}
            waiting = [self._started, self._hello, *self._running.values()]
            self._running.clear()
        for answer in waiting:
            if not answer.done():
                answer.set_result(self._end)

    def _take(self, line: object) -> None:
        if not isinstance(line, dict):
            raise ValueError("an answer is an object")
        answer = cast(Answer, line)
        if not self._started.done():
            self._started.set_result(answer)
        elif answer.keys() == {"process"}:
            # Another one goes on, forked from the one that was started.
            self._group = answer["process"]
        elif not self._hello.done():
            self._hello.set_result(answer)
        else:
            with self._lock:
                waiting = self._running.pop(answer["id"])
            waiting.set_result(answer)

    def _how_it_ended(self) -> str:
        if self._hello.done():
            return "the worker process has ended"
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = self._started_process.process.wait(1.0)
            return f"it ended with status {status} before it answered; is it Python 3.8 or newer?"
        return "it does not answer; is it Python 3.8 or newer?"


def _kill_group(group: int) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(group, signal.SIGKILL)


def _wait_for_group(group: int) -> None:
    """Wait until it is gone, but not for ever."""
    end = time.monotonic() + END_LIMIT
    while time.monotonic() < end and group_runs(group):
        time.sleep(0.005)


def advice_for(problem: str) -> str:
    """What to do about a problem of an interpreter, where that is known."""
    if NO_TENSORFLOW.search(problem) is None:
        return ""
    return (
        "; install keras-codemod[tensorflow] there, or give --python an interpreter with TensorFlow"
    )


def worker_environment(device: Device, generation: int, folder: Path) -> dict[str, str]:
    """The variables of a worker for one Keras ``generation``, 2 or 3."""
    environment = {
        **os.environ,
        "TF_USE_LEGACY_KERAS": "1" if generation == KERAS_2 else "0",
        "TF_CPP_MIN_LOG_LEVEL": "3",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        # Each process would compile oneDNN's product anew, for 30 ms (TensorFlow 2.21).
        "TENSORFLOW_USE_CUSTOM_CONTRACTION_KERNEL": "false",
        # Several children share a GPU; by default the first one takes all of its memory.
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        "PYTHONHASHSEED": "0",
        "MPLBACKEND": "Agg",
    }
    # Keras 3 has other backends too, and Keras 2 none to choose from.
    environment.pop("KERAS_BACKEND", None)
    if device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    if not os.path.exists(os.path.expanduser("~/.keras/keras.json")):
        # The first import of Keras would write one.
        environment.setdefault("KERAS_HOME", str(folder / "keras"))
    return environment


def _seconds(value: float) -> bytes:
    """A C ``timeval``."""
    return struct.pack("ll", int(value), int(value % 1 * 1_000_000))


def result_of(job: Job, answer: Answer) -> SideResult:
    """What a child wrote, or why there is nothing from it."""
    if "failure" in answer:
        return {"failure": answer["failure"]}
    result = Path(job["result"])
    if answer["status"] == "done" and result.exists():
        loaded: SideResult = json.loads(result.read_text())
        return loaded
    return {"failure": f"running the code failed: {answer['detail']}"}
