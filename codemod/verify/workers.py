"""Worker processes: one for each interpreter and Keras generation, which runs many jobs at once."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import subprocess
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

from codemod.errors import CodemodError
from codemod.verdict import Device
from codemod.verify.child.protocol import Answer, Job, SideResult

WORKER = Path(__file__).with_name("worker.py")
KERAS_2, KERAS_3 = 2, 3
ENDED: Answer = {"failure": "the worker process has ended"}


class VerifyError(CodemodError):
    """Nothing can be verified: no interpreter, no TensorFlow, no GPU. One line."""


class Worker:
    """One parent process; it is started here and imports TensorFlow while others go on.

    Raises ``VerifyError`` where ``python`` cannot be started.
    """

    def __init__(self, python: str, device: Device, generation: int) -> None:
        try:
            self._process = subprocess.Popen(
                [python, str(WORKER), str(generation)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=worker_environment(device, generation),
                text=True,
            )
        except OSError as error:
            raise VerifyError(
                f"{python} cannot be started ({error.strerror}); check --python"
            ) from error
        self._hello: Future[Answer] = Future()
        self._running: dict[int, Future[Answer]] = {}
        self._numbers = itertools.count()
        self._lock = threading.Lock()
        self._has_ended = False
        self._reader = threading.Thread(target=self._read_answers, daemon=True)
        self._reader.start()

    @property
    def problem(self) -> str | None:
        """Why it cannot work, if so; waits for the import."""
        hello = self._hello.result()
        return hello.get("error") or hello.get("failure")

    def run(self, job: Job) -> SideResult:
        """Run one job; a result with ``failure`` where the child came to no end."""
        return self.begin(job)()

    def begin(self, job: Job) -> Callable[[], SideResult]:
        """Start one job; the returned function waits for its end and gives the result."""
        assert self._process.stdin is not None
        answer: Future[Answer] = Future()
        with self._lock:
            number = next(self._numbers)
            self._running[number] = answer
            if self._has_ended:
                self._running.pop(number).set_result(ENDED)
            else:
                # A process that has ended is told of by the thread that reads its answers.
                with contextlib.suppress(BrokenPipeError):
                    self._process.stdin.write(json.dumps({**job, "id": number}) + "\n")
                    self._process.stdin.flush()
        return lambda: result_of(job, answer.result())

    def _read_answers(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            answer = json.loads(line)
            if not self._hello.done():
                self._hello.set_result(answer)
            else:
                with self._lock:
                    waiting = self._running.pop(answer["id"])
                waiting.set_result(answer)
        with self._lock:
            self._has_ended = True
            left = [*self._running.values()]
            self._running.clear()
        for waiting in left if self._hello.done() else [self._hello, *left]:
            waiting.set_result(ENDED)

    def close(self) -> None:
        """End the process: it stops its children, and itself, at the end of its input."""
        assert self._process.stdin is not None and self._process.stdout is not None
        if not self._hello.done():
            self._process.kill()
        with self._lock:
            self._has_ended = True
            with contextlib.suppress(BrokenPipeError):
                self._process.stdin.close()
        self._reader.join()
        self._process.stdout.close()
        self._process.wait()


def worker_environment(device: Device, generation: int) -> dict[str, str]:
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
    for name in ("KERAS_BACKEND", "PYTHONPATH") if generation == KERAS_3 else ():
        environment.pop(name, None)
    if device == "cpu":
        environment["CUDA_VISIBLE_DEVICES"] = "-1"
    return environment


def result_of(job: Job, answer: Answer) -> SideResult:
    """What a child wrote, or why there is nothing from it."""
    if "failure" in answer:
        return {"failure": answer["failure"]}
    result = Path(job["result"])
    if answer["status"] == "done" and result.exists():
        loaded: SideResult = json.loads(result.read_text())
        return loaded
    return {"failure": f"running the code failed: {answer['detail']}"}
