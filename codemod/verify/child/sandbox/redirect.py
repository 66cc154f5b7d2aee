"""Python's own functions for files, sent to a folder of ours where they would change a file.

This is for places that the kernel does not cover. What is written there can be read back, a
deletion does nothing.
"""

from __future__ import annotations

import builtins
import errno
import functools
import io
import os
import shutil
from typing import Any, Callable, Iterable

from . import native_readers, native_writers
from .audit import WRITING
from .places import IsFree, text_of
from .shadows import Function, Shadows, replace, writing

READING = ("stat", "access")
LISTING = ("listdir", "scandir")
READING_LINKS = ("lstat", "readlink")
SETTING = (
    *("chmod", "fchmod", "lchmod", "chown", "fchown", "lchown"),
    *("utime", "setxattr", "removexattr", "chflags"),
)
WRITING_MODES = frozenset("wax+")


def install(folder: str, is_free: IsFree, see: Callable[[Any], None]) -> None:
    """Replace the functions; what is written outside the free places lands in ``folder``.

    ``see`` is told of each path that is opened to be read, or looked at.
    """
    status = os.stat  # Before it is replaced.

    def exists(path: str) -> bool:
        try:
            status(path)
        except (OSError, ValueError):
            return False
        return True

    shadows = Shadows(folder, is_free, exists, see)
    _replace_open(shadows)
    for name in READING:
        replace(os, name, functools.partial(_reading, shadows, True))
    for name in LISTING:
        replace(os, name, functools.partial(_listing, shadows))
    for name in READING_LINKS:
        replace(os, name, functools.partial(_reading, shadows, False))
    for name in SETTING:
        replace(os, name, functools.partial(_setting, shadows))
    for name in ("remove", "unlink", "rmdir"):
        replace(os, name, functools.partial(_removing, shadows))
    replace(shutil, "rmtree", functools.partial(_removing, shadows))
    for name in ("mkdir", "mkfifo", "mknod"):
        replace(os, name, functools.partial(_making, shadows))
    replace(os, "truncate", functools.partial(writing, shadows, True))
    for name in ("rename", "replace"):
        replace(os, name, functools.partial(_moving, shadows))
    for name in ("link", "symlink"):
        replace(os, name, functools.partial(_linking, shadows))
    native_writers.install(shadows)
    native_readers.install(see)


def _replace_open(shadows: Shadows) -> None:
    original, low_level = io.open, os.open

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if isinstance(mode, str) and WRITING_MODES & set(mode):
            path = shadows.to_write(file, keep="w" not in mode)
        else:
            path = shadows.to_read(file)
        return original(path, mode, *args, **kwargs)

    def opened_low(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        changes = flags & WRITING
        path = shadows.to_write(path, keep=True) if changes else shadows.to_read(path)
        return low_level(path, flags, *args, **kwargs)

    replace(io, "open", lambda _: opened)
    builtins.open = io.open
    replace(os, "open", lambda _: opened_low)


def _reading(shadows: Shadows, follow: bool, original: Function) -> Function:
    def read(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
        path = shadows.to_read(path, follow and kwargs.get("follow_symlinks", True))
        return original(path, *args, **kwargs)

    return read


def _listing(shadows: Shadows, original: Function) -> Function:
    """What stands on the disk, and what was written beside it."""

    def list_all(path: Any = ".") -> Any:
        shadow = shadows.of(path)
        if not shadow or not shadows.exists(shadow):
            return original(path)
        folders = [shadow, path] if shadows.exists(os.fspath(path)) else [shadow]
        items = [item for part in folders[::-1] for item in original(part)]
        found = {getattr(item, "name", item): item for item in items}
        return Entries(found.values()) if original.__name__ == "scandir" else list(found)

    return list_all


class Entries:
    """What ``os.scandir`` gives: an iterator that is closed."""

    def __init__(self, entries: Iterable[Any]) -> None:
        self._entries = iter(list(entries))

    def __iter__(self) -> "Entries":
        return self

    def __next__(self) -> Any:
        return next(self._entries)

    def __enter__(self) -> "Entries":
        return self

    def __exit__(self, *error: Any) -> None:
        self.close()

    def close(self) -> None:
        """Nothing is open."""


def _setting(shadows: Shadows, original: Function) -> Function:
    def change(path: Any, *args: Any, **kwargs: Any) -> Any:
        text = text_of(path)
        if text is None or shadows.is_free(text):
            return original(path, *args, **kwargs)
        return None

    return change


def _removing(shadows: Shadows, original: Function) -> Function:
    def remove(path: Any, *args: Any, **kwargs: Any) -> Any:
        shadow = shadows.of(path, follow=False)
        if not shadow or shadows.exists(shadow):
            return original(shadow or path, *args, **kwargs)
        os.lstat(path)  # What is not there cannot be removed.
        return None

    return remove


def _making(shadows: Shadows, original: Function) -> Function:
    def make(path: Any, *args: Any, **kwargs: Any) -> Any:
        if not os.path.lexists(path):
            path = shadows.to_write(path, keep=False)
        return original(path, *args, **kwargs)

    return make


def _moving(shadows: Shadows, original: Function) -> Function:
    """The target appears; the source goes where it may."""

    def move(source: Any, target: Any, *args: Any, **kwargs: Any) -> None:
        old, new = shadows.to_read(source), shadows.to_write(target, keep=False)
        if shadows.of(old):
            _copy(os.fspath(old), os.fspath(new))
            return
        try:
            original(old, new, *args, **kwargs)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            # Two folders of one disk may have overlays of their own.
            _copy(os.fspath(old), os.fspath(new))
            shutil.rmtree(old) if os.path.isdir(old) else os.remove(old)

    return move


def _linking(shadows: Shadows, original: Function) -> Function:
    """A link through which a file could be written is a copy."""

    def link(source: Any, target: Any, *args: Any, **kwargs: Any) -> None:
        new = shadows.of(target)
        if new or (original.__name__ == "link" and shadows.of(source)):
            _copy(os.fspath(shadows.to_read(source)), os.fspath(shadows.to_write(target, False)))
        else:
            original(source, target, *args, **kwargs)

    return link


def _copy(source: str, target: str) -> None:
    if os.path.isdir(source):
        shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True)
    else:
        shutil.copyfile(source, target)
