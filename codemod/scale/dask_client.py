"""A Dask cluster that settles groups of files; what they become is written here."""

from __future__ import annotations

import asyncio
import logging
import queue
import socket
import time
import uuid
import warnings
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import CancelledError
from contextlib import contextmanager, suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from codemod.errors import CodemodError
from codemod.limits import (
    CONNECT_LIMIT,
    LOOKS_AT_A_CLUSTER,
    PATIENCE_WITH_A_CLUSTER,
    SENT_AT_ONCE,
)
from codemod.results import FileResult
from codemod.scale.jobs import ClusterJob
from codemod.scale.portable import DamagedError, unpacked
from codemod.scale.snapshots import Snapshot

if TYPE_CHECKING:
    from distributed import Client, Future

CALL = "__import__('importlib').import_module('codemod.scale.dask_worker').{}(*given)"
"""Called by name: a function that a worker or a scheduler cannot unpickle would be its end."""
LOST = "every worker that worked on it was lost; give it more memory, or leave it out"


class Cluster:
    """The workers at one address, as one run uses them."""

    def __init__(self, client: Client, address: str, tree: Snapshot) -> None:
        self._client = client
        self._address = address
        self._tree = tree
        self._done: queue.SimpleQueue[Future] = queue.SimpleQueue()
        self._threads: dict[str, int] = {}
        self._ready: set[str] = set()
        self._sends: dict[Future, str] = {}
        self._running: dict[Future, int] = {}
        self._looked = 0.0
        self._seen = time.monotonic()

    def each(self, jobs: Sequence[ClusterJob]) -> Iterator[tuple[int, list[FileResult] | str]]:
        """For each job its place and its results, or why there are none, as soon as it is done."""
        waiting = deque(range(len(jobs)))
        left = len(jobs)
        try:
            while left:
                self._look()
                while waiting and len(self._running) < 2 * self._places():
                    self._submit(jobs[waiting[0]].text(), waiting.popleft())
                try:
                    future = self._done.get(timeout=LOOKS_AT_A_CLUSTER)
                except queue.Empty:
                    continue
                if future in self._sends:
                    self._sent(future)
                elif future in self._running:
                    place = self._running.pop(future)
                    answer = self._answer(future)
                    if answer is None:
                        waiting.appendleft(place)
                        continue
                    left -= 1
                    yield place, answer
        finally:
            with suppress(Exception):
                self._client.cancel([*self._running, *self._sends], force=True)

    def _places(self) -> int:
        return sum(self._threads[worker] for worker in self._ready)

    def _look(self) -> None:
        """See which workers there are, and send the project to those that are new."""
        now = time.monotonic()
        if now - self._looked < LOOKS_AT_A_CLUSTER:
            return
        self._looked = now
        try:
            if self._client.status != "running":
                raise OSError
            self._threads = dict(self._client.nthreads())
        except (OSError, ValueError, RuntimeError) as error:
            raise CodemodError(
                f"--executor dask={self._address}: the cluster has gone; run again for the rest"
            ) from error
        self._ready &= set(self._threads)
        for future, worker in [*self._sends.items()]:
            if worker not in self._threads:
                del self._sends[future]
                future.cancel()
        for worker in set(self._threads) - self._ready - set(self._sends.values()):
            self._send(worker, {})
        for lost in [*self._running, *self._sends]:
            if lost.status in ("cancelled", "lost"):
                self._done.put(lost)
        if self._threads:
            self._seen = now
        elif now - self._seen > PATIENCE_WITH_A_CLUSTER:
            raise CodemodError(
                f"--executor dask={self._address}: the cluster has lost all its workers; start "
                "some, and run again for the rest"
            )

    def _send(self, worker: str, contents: dict[str, bytes]) -> None:
        with warnings.catch_warnings():
            # Large messages are what it warns of.
            warnings.simplefilter("ignore")
            future = self._client.submit(
                eval,
                CALL.format("receive"),
                {"given": (self._tree.digest, contents)},
                key=_key("send"),
                workers=[worker],
                priority=10,
            )
        self._sends[future] = worker
        future.add_done_callback(self._done.put)

    def _sent(self, future: Future) -> None:
        worker = self._sends.pop(future)
        missing = self._result(future)
        if missing == []:
            self._ready.add(worker)
        elif missing is not None:
            part: dict[str, bytes] = {}
            for digest in missing:
                part[digest] = self._tree.contents[digest]
                if sum(map(len, part.values())) >= SENT_AT_ONCE:
                    break
            self._send(worker, part)

    def _submit(self, job: str, place: int) -> None:
        # Others may take it over, who then say what they miss.
        future = self._client.submit(
            eval,
            CALL.format("settle"),
            {"given": (job,)},
            key=_key("settle"),
            workers=[*self._ready],
            allow_other_workers=True,
        )
        self._running[future] = place
        future.add_done_callback(self._done.put)

    def _answer(self, future: Future) -> list[FileResult] | str | None:
        """What came of a job; None where it must be given to another worker."""
        answer = self._result(future)
        if answer is None or isinstance(answer, str):
            return answer
        if "problem" in answer:
            raise CodemodError(f"--executor dask={self._address}: a worker {_told(answer)}")
        if "lacks" in answer:
            # It has taken the job over from another one, or was started anew.
            self._ready.discard(answer["worker"])
            return None
        try:
            return unpacked(answer["results"])
        except DamagedError as error:
            raise CodemodError(
                f"--executor dask={self._address}: a worker has given no results ({error})"
            ) from error

    def _result(self, future: Future) -> Any:
        """What a call has returned, None where it was lost, a text where that will not change."""
        from distributed import KilledWorker

        if future.status in ("cancelled", "lost"):
            return None
        try:
            return future.result(timeout=CONNECT_LIMIT)
        except KilledWorker:
            return LOST
        except ImportError as error:
            raise CodemodError(
                f"--executor dask={self._address}: a worker cannot import {error.name}; install "
                "this keras-codemod[dask,tensorflow] there"
            ) from error
        except (OSError, TimeoutError, CancelledError, asyncio.CancelledError):
            return None


def _told(answer: dict[str, Any]) -> str:
    problem = str(answer["problem"])
    return problem if problem.startswith("has ") else f"says: {problem}"


def _key(what: str) -> str:
    # Equal jobs of two runs are two jobs.
    return f"keras-codemod-{what}-{uuid.uuid4().hex}"


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """The cluster at ``address``; raise :class:`CodemodError` where there is none."""
    if find_spec("distributed") is None:
        raise CodemodError(
            f"--executor dask={address}: Dask is not installed; install keras-codemod[dask]"
        )
    nobody = CodemodError(
        f"--executor dask={address}: no scheduler of Dask answers there within "
        f"{CONNECT_LIMIT:g} seconds; start one, or give its address, as dask=tcp://host:8786"
    )
    if not _answers(address):
        raise nobody
    from distributed import Client

    # It writes of connections that are lost, which is told in one line.
    logging.disable(logging.CRITICAL)
    client = Client.__new__(Client)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            client.__init__(address, timeout=CONNECT_LIMIT, set_as_default=False)
    except (OSError, ValueError, TypeError, ImportError, RuntimeError) as error:
        # Else its end would wait for an answer once more, and complain.
        client.status = "closed"
        raise nobody from error
    try:
        try:
            client.wait_for_workers(1, timeout=CONNECT_LIMIT)
        except (OSError, TimeoutError) as error:
            raise CodemodError(
                f"--executor dask={address}: the cluster has no workers; start some"
            ) from error
        yield client
    finally:
        with suppress(Exception):
            client.close(timeout=CONNECT_LIMIT)
        logging.disable(logging.NOTSET)


def _answers(address: str) -> bool:
    """Whether anything listens there: Dask itself tries again and again."""
    protocol, is_named, rest = address.rpartition("://")
    if is_named and protocol not in ("tcp", "tls"):
        return protocol in ("ucx", "ws", "wss")
    host, _, port = rest.rpartition(":")
    try:
        socket.create_connection((host.strip("[]"), int(port)), CONNECT_LIMIT).close()
    except (OSError, ValueError, OverflowError):
        return False
    return bool(host)
