"""The worker processes of a session, and what is done once in it."""

from __future__ import annotations

import itertools
import re
import tempfile
import threading
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TypeVar, cast

from codemod.verify.child.protocol import NO_KERAS_2
from codemod.verify.child.sandbox.folders import remove_tree
from codemod.verify.jobs import bare_job
from codemod.verify.records import VerifyOptions
from codemod.verify.workers import (
    KERAS_2,
    KERAS_3,
    VerifyError,
    Worker,
    advice_for,
    start_workers,
)

Value = TypeVar("Value")
LASTING = re.compile(r"No module named|no Keras [23]|environment's Keras is")
"""What a worker says of packages that are not there."""


class Crew:
    """One worker for each Keras generation, and the folder in which they work.

    Threads may share it. :meth:`end_workers` ends what runs, :meth:`close` all.
    """

    def __init__(self, options: VerifyOptions) -> None:
        self.options = options
        self.folder = Path(tempfile.mkdtemp(prefix="keras-codemod-"))
        self._workers: dict[int, Worker] = {}
        self._known: dict[str, Future[object]] = {}
        self._lock = threading.Lock()
        self._has_ended = False
        self._numbers = itertools.count()

    def end_workers(self) -> None:
        """End all workers; what waits for them gets an answer."""
        with self._lock:
            self._has_ended = True
            workers = [*self._workers.values()]
        for worker in workers:
            worker.close()

    def close(self) -> None:
        """End all workers and remove the folder."""
        self.end_workers()
        remove_tree(str(self.folder))

    @property
    def has_keras_2(self) -> bool:
        """Whether to ask for Keras 2: also where asking tells what is wrong with an interpreter."""
        self._started()
        if self.options.only_keras3:
            return False
        with self._lock:
            workers = dict(self._workers)
        if KERAS_3 not in workers or not all(one.has_started for one in workers.values()):
            return True
        if workers[KERAS_2].problem != NO_KERAS_2:
            return True
        return workers[KERAS_3].problem is not None

    def worker(self, generation: int) -> Worker:
        """The worker for a generation; raises ``VerifyError`` where none can work."""
        self._started()
        with self._lock:
            worker = self._workers[generation]
            if worker.has_ended and not self._has_ended:
                # Code of one file has ended it; the others need not suffer.
                worker.close()
                self._workers.update(self._new_workers((generation,)))
                worker = self._workers[generation]
            workers = [*self._workers.values()]
        # Each interpreter that does not answer is named, whichever is asked for.
        problems = {item.python: item.problem for item in workers if not item.has_started}
        is_needed = generation == KERAS_2 or self.options.only_keras3
        if is_needed and worker.problem is not None:
            problems[worker.python] = worker.problem
        if problems:
            raise VerifyError(
                "; ".join(
                    f"{python} cannot verify: {why}{advice_for(why or '')}"
                    for python, why in problems.items()
                )
            )
        return worker

    @property
    def is_as_it_will_be(self) -> bool:
        """Whether no worker has a problem that another session may not have."""
        with self._lock:
            workers = [*self._workers.values()]
        problems = [worker.known_problem for worker in workers]
        return all(problem is None or LASTING.search(problem) for problem in problems)

    def device(self, generation: int) -> str:
        """The device on which models run; raises ``VerifyError`` where the one asked for is not."""

        def run() -> str:
            job = bare_job("device", self.new_folder(), self.options)
            return self.worker(generation).run(job).get("device", "CPU")

        device = self.once("the device", run)
        if self.options.device == "gpu" and not device.startswith("GPU"):
            raise VerifyError(
                "--device gpu: TensorFlow sees no GPU here; use --device cpu, or install a "
                "TensorFlow with CUDA"
            )
        return device

    def once(self, key: str, action: Callable[[], Value]) -> Value:
        """What ``action`` gave when it was first called for ``key``."""
        with self._lock:
            is_first = key not in self._known
            future = cast("Future[Value]", self._known.setdefault(key, Future()))
        if is_first:
            try:
                future.set_result(action())
            except BaseException as error:
                # All that wait for it get it.
                future.set_exception(error)
        return future.result()

    def new_folder(self) -> Path:
        """A folder for one job."""
        with self._lock:
            # A thread that comes late must not make anew what has been removed.
            self._must_not_have_ended()
            folder = self.folder / str(next(self._numbers))
            (folder / "work").mkdir(parents=True)
        return folder

    def _must_not_have_ended(self) -> None:
        if self._has_ended:
            raise VerifyError("the verification was ended")

    def _started(self) -> None:
        self.once("the workers", self._start_workers)

    def _start_workers(self) -> None:
        generations = self._generations()
        is_shared = self._python(KERAS_2) == self._python(KERAS_3)
        for together in [generations] if is_shared else [(one,) for one in generations]:
            with self._lock:
                self._must_not_have_ended()
                self._workers.update(self._new_workers(together))

    def _generations(self) -> tuple[int, ...]:
        if self.options.only_keras3:
            return (KERAS_3,)
        return (KERAS_2, KERAS_3) if self.options.keras3 else (KERAS_2,)

    def _new_workers(self, generations: tuple[int, ...]) -> dict[int, Worker]:
        options = self.options
        python = self._python(generations[0])
        return start_workers(python, options.device, generations, self.folder, options.start_limit)

    def _python(self, generation: int) -> str:
        own = self.options.python_original if generation == KERAS_2 else None
        return own or self.options.python
