"""What runs in the processes of a Dask cluster. They are sent plain data, and answer so."""

from __future__ import annotations

import atexit
from collections.abc import Mapping
from functools import cache
from multiprocessing.util import Finalize

from codemod.collection import rare_collections
from codemod.errors import CodemodError
from codemod.limits import MEMORY_SHARE
from codemod.scale.desk import Desk
from codemod.scale.jobs import job_of_text
from codemod.scale.portable import packed

Answer = dict[str, str]
"""``results`` as :func:`packed` gives them, or what tree a ``worker`` lacks, or a ``problem``."""


def receive(tree: str, contents: Mapping[str, bytes]) -> list[str]:
    """Keep contents of files; which of the ``tree`` are still missing."""
    return _desk().receive(tree, contents)


def settle(job: str) -> Answer:
    """Settle the files of a job."""
    desk = _desk()
    found = job_of_text(job, desk.tool)
    if found is None:
        return {"problem": "has another version of keras-codemod; install the same one there"}
    worker, threads, memory = _share()
    try:
        with rare_collections():
            results = desk.settled(found, threads, memory)
    except CodemodError as error:
        return {"problem": str(error)}
    if results is None:
        return {"lacks": found.tree, "worker": worker}
    return {"results": packed(results, desk.base(found.tree))}


def _share() -> tuple[str, int, int | None]:
    """The address of this process, how many jobs it works on at once, and the memory for them."""
    from distributed import get_worker

    worker = get_worker()
    memory = worker.memory_manager.memory_limit
    share = int(memory * MEMORY_SHARE) if memory else None
    return str(worker.address), worker.state.nthreads, share


@cache
def _desk() -> Desk:
    desk = Desk()
    # Processes that a nanny starts leave without the first of these, others without the second.
    atexit.register(desk.close)
    Finalize(None, desk.close, exitpriority=100)
    return desk
