"""Keeping two runs from writing in one project: locks that end with the process that has them."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from codemod.errors import CodemodError
from codemod.files.beside import project_folder
from codemod.files.cache_folder import cache_folder, make_cache_folder
from codemod.limits import LOCKED_FOLDERS

NAME = "locks"
PID_BYTES = 20


class LockedError(CodemodError):
    """Another run writes there. One line, with its process."""


@contextmanager
def alone_in(folders: Iterable[Path]) -> Iterator[bool]:
    """Let no other run write in the projects that hold ``folders``; raise :class:`LockedError`.

    It gives whether that holds for all of them. The locks are files beside the cache, and gone
    afterwards. The system ends them with this process, however that ends. Where no file can be
    made there is no lock.
    """
    projects = sorted({os.path.realpath(project_folder(folder)) for folder in folders})
    place = cache_folder()
    with ExitStack() as locks:
        held = 0
        for project in projects[:LOCKED_FOLDERS] if place is not None else ():
            assert place is not None
            name = hashlib.sha256(os.fsencode(project)).hexdigest()[:32]
            try:
                make_cache_folder(place)
                (place / NAME).mkdir(mode=0o700, exist_ok=True)
                descriptor = _locked(place / NAME / name, project)
            except OSError:
                continue
            locks.callback(_unlock, descriptor, place / NAME / name)
            held += 1
        yield held == len(projects)


def _locked(path: Path, project: str) -> int:
    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if not _try_to_lock(descriptor):
                raise LockedError(
                    f"another run{_pid_in(descriptor)} is rewriting files in {project}; "
                    "wait until it has ended"
                )
            if _is_at(descriptor, path):
                os.ftruncate(descriptor, 0)
                os.lseek(descriptor, 0, os.SEEK_SET)
                os.write(descriptor, str(os.getpid()).encode())
                return descriptor
        except BaseException:
            os.close(descriptor)
            raise
        # Whoever had it has removed it meanwhile.
        os.close(descriptor)


def _unlock(descriptor: int, path: Path) -> None:
    with suppress(OSError):
        path.unlink()
    os.close(descriptor)


def _is_at(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), os.stat(path))
    except OSError:
        return False


def _pid_in(descriptor: int) -> str:
    with suppress(OSError):
        os.lseek(descriptor, 0, os.SEEK_SET)
        text = os.read(descriptor, PID_BYTES).decode("ascii", "replace")
        if text.isdigit():
            return f" (process {text})"
    return ""


if sys.platform == "win32":
    import msvcrt

    FAR = 1 << 30
    """Where a byte is locked: those of the process number must be readable to others."""

    def _try_to_lock(descriptor: int) -> bool:
        os.lseek(descriptor, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True
