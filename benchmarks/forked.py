"""Work in a forked child: what is imported once serves all, and nothing of it stays."""

from __future__ import annotations

import json
import multiprocessing
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any


def in_child(work: Callable[[], Any], limit: float) -> Any:
    """What ``work`` gives in a forked child, as JSON has it, or its failure.

    No op may have run before: a child of such a process hangs.
    """
    with tempfile.TemporaryDirectory() as scratch:
        result = Path(scratch) / "result.json"
        process = multiprocessing.get_context("fork").Process(target=_child, args=(work, result))
        process.start()
        process.join(limit)
        if process.is_alive():
            process.kill()
            process.join()
            return {"failure": f"it ran longer than {limit:g} s"}
        if not result.exists():
            return {"failure": f"the child exited with {process.exitcode}"}
        return json.loads(result.read_text())


def _child(work: Callable[[], Any], result: Path) -> None:
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.chdir(result.parent)
    result.write_text(json.dumps(work()))
