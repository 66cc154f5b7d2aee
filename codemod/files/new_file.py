"""New files that have no name before they are whole, and what a kill leaves where they must."""

from __future__ import annotations

import contextlib
import os
import re
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO

TEMPORARY = ".keras-codemod-"
"""How the names of files begin that take the place of others."""
FOR_ALL, FOR_THE_OWNER = 0o666, 0o600
"""Modes of new files: what the user's mask leaves, or nothing for others before it is decided."""
LEFT_OVER = re.compile(re.escape(TEMPORARY) + "[0-9a-f]{8}")


@contextmanager
def new_file(
    path: Path, content: bytes, like: os.stat_result | None
) -> Iterator[Callable[[], None]]:
    """Write ``content`` to a new file, with the owner and mode of ``like`` if that is given.

    What is given gives it the name ``path``, where the system has files without one: a process
    that is killed before leaves nothing then. Elsewhere it has it already.
    """
    mode = FOR_ALL if like is None else FOR_THE_OWNER
    descriptor = _without_name(path.parent, mode)
    if descriptor is None:
        with open(path, "xb", opener=partial(os.open, mode=mode)) as file:
            _fill(file, content, like)
            yield lambda: None
        return
    with open(descriptor, "wb") as file:
        _fill(file, content, like)
        yield lambda: _give_name(file, path, content, like)


def _fill(file: BinaryIO, content: bytes, like: os.stat_result | None) -> None:
    file.write(content)
    file.flush()
    if like is not None:
        _copy_owner_and_mode(file.fileno(), like)
    os.fsync(file.fileno())


def _without_name(folder: Path, mode: int) -> int | None:
    flag = getattr(os, "O_TMPFILE", None)
    if flag is None:
        return None
    try:
        return os.open(folder, flag | os.O_WRONLY, mode)
    except OSError:  # Not every file system has them; what else is wrong is told by the other way.
        return None


def _give_name(file: BinaryIO, path: Path, content: bytes, like: os.stat_result | None) -> None:
    number = file.fileno()
    try:
        # With a folder Python asks the system to follow the link, which leads to the file itself.
        os.link(f"/proc/self/fd/{number}", path, src_dir_fd=number)
    except OSError:  # Where `/proc` is not there, say.
        mode = FOR_ALL if like is None else FOR_THE_OWNER
        with open(path, "xb", opener=partial(os.open, mode=mode)) as named:
            _fill(named, content, like)


def _copy_owner_and_mode(number: int, like: os.stat_result) -> None:
    if hasattr(os, "fchown"):
        # Only root may give a file away; the user's own file is theirs already.
        with contextlib.suppress(PermissionError):
            os.fchown(number, like.st_uid, like.st_gid)
    # After the owner: changing the owner clears the set-user-id bits.
    if hasattr(os, "fchmod"):
        os.fchmod(number, stat.S_IMODE(like.st_mode))


def remove_left_over(folders: Iterable[Path]) -> None:
    """Remove from ``folders`` what runs have left that were killed; no other may write there."""
    for folder in dict.fromkeys(folders):
        with contextlib.suppress(OSError):
            for entry in os.scandir(folder):
                if LEFT_OVER.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                    os.unlink(entry.path)
