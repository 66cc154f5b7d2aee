"""Entries on the disk: JSON, never run, each whole or not there."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from codemod.files.cache_folder import make_cache_folder
from codemod.limits import CACHE_BYTES, CACHE_DAYS, CACHE_ENTRY_BYTES, CACHE_SWEEP_SECONDS

FORMAT = "1"
"""The name of the folder of entries: another form of entries has another one."""
SWEPT = "swept"
DAY = 86_400


class Store:
    """Entries by key in a folder, which need not be there, or be of any use.

    What cannot be read is not there; what cannot be written is not kept. Nothing is raised.
    """

    def __init__(self, folder: Path) -> None:
        self._top = folder
        self._folder = folder / FORMAT

    def read(self, key: str) -> Any:
        """What was written for ``key``; None where that is not there as it was written."""
        place = self._place(key)
        try:
            if place.stat().st_size > CACHE_ENTRY_BYTES:
                return None
            head, _, body = place.read_bytes().partition(b"\n")
            if head.decode() != _head(key, body):
                return None
            found = json.loads(body)
        except (OSError, ValueError, RecursionError, MemoryError):
            return None
        with suppress(OSError):  # What is used stays.
            os.utime(place)
        return found

    def write(self, key: str, value: object) -> None:
        """Keep ``value``, which JSON can say, for ``key``."""
        place = self._place(key)
        temporary = place.with_name(f"{place.name}.{secrets.token_hex(4)}")
        try:
            body = json.dumps(value, separators=(",", ":")).encode()
            if len(body) > CACHE_ENTRY_BYTES:
                return
            make_cache_folder(self._top)
            place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                with open(temporary, "xb") as file:
                    file.write(_head(key, body).encode() + b"\n" + body)
                os.replace(temporary, place)
            except BaseException:
                with suppress(OSError):
                    temporary.unlink()
                raise
        except (OSError, ValueError, RecursionError, MemoryError):
            return
        self._sweep()

    def clear(self) -> None:
        """Forget all entries; locks of runs that go on stay."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _place(self, key: str) -> Path:
        return self._folder / key[:2] / f"{key[2:]}.json"

    def _sweep(self) -> None:
        """Now and then remove what nobody has used for long, and the oldest of too much."""
        mark = self._folder / SWEPT
        now = time.time()
        with suppress(OSError):
            if mark.exists() and now - mark.stat().st_mtime < CACHE_SWEEP_SECONDS:
                return
            mark.touch()
            files = [path for path in self._folder.glob("*/*") if path.is_file()]
            states = sorted(
                ((path.stat(), path) for path in files), key=lambda one: -one[0].st_mtime
            )
            total = 0
            for state, path in states:
                total += state.st_size
                if now - state.st_mtime > CACHE_DAYS * DAY or total > CACHE_BYTES:
                    path.unlink()


def _head(key: str, body: bytes) -> str:
    return f"keras-codemod {key} {hashlib.sha256(body).hexdigest()}"
