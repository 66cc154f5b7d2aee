"""Python's own functions for files, sent to a folder of ours where they would change a file.

This is for places that the kernel does not cover. What is written there can be read back, a
deletion does nothing. Native writers are handled by name: HDF5, SQLite, TensorFlow.
"""

from __future__ import annotations

import builtins
import errno
import functools
import importlib
import io
import os
import pathlib
import shutil
import sys
import types
from typing import Any, Callable, NamedTuple, Tuple

from .audit import WRITING
from .places import IsFree, real_path, text_of

Function = Callable[..., Any]
READING = ("stat", "access", "listdir", "scandir")
READING_LINKS = ("lstat", "readlink")
SETTING = ("chmod", "chown", "lchown", "utime", "setxattr", "removexattr", "lchmod", "chflags")
WRITING_MODES = frozenset("wax+")
TENSORFLOW_PATHS = {
    "tensorflow.python.lib.io._pywrap_file_io": {
        "WritableFile": "write",
        "BufferedInputStream": "read",
        "ReadFileToString": "read",
        "WriteStringToFile": "write",
        "FileExists": "read",
        "GetChildren": "read",
        "GetMatchingFiles": "read",
        "IsDirectory": "read",
        "Stat": "read",
        "CreateDir": "write",
        "RecursivelyCreateDir": "write",
        "CopyFile": "copy",
        "RenameFile": "copy",
        "DeleteFile": "remove",
        "DeleteRecursively": "remove",
    },
    "tensorflow.python.checkpoint.checkpoint": {
        "Checkpoint.save": "method",
        "Checkpoint.write": "method",
        "Checkpoint.read": "method",
        "Checkpoint.restore": "method",
    },
    "tensorflow.python.lib.io.tf_record": {"TFRecordWriter.__init__": "method"},
}
"""TensorFlow's functions of paths and what they do to the first (2.4 to 2.21)."""


class Shadows(NamedTuple):
    """The folder that holds what was written elsewhere, under the same paths."""

    folder: str
    is_free: IsFree
    exists: Callable[[str], bool]

    def of(self, path: Any, follow: bool = True) -> str:
        """Where a write to ``path`` lands; the empty text where it may be written itself.

        A link stands for what it leads to, unless it is the link itself that is meant.
        """
        text = text_of(path)
        if text is None or text.startswith(self.folder) or self.is_free(text):
            return ""
        if follow or not text.rpartition("/")[2]:
            return self.folder + real_path(text)
        folder, _, name = os.path.abspath(text).rpartition("/")
        return self.folder + real_path(folder or "/").rstrip("/") + "/" + name

    def to_read(self, path: Any, follow: bool = True) -> Any:
        """What ``path`` was last written as."""
        shadow = self.of(path, follow)
        return shadow if shadow and self.exists(shadow) else path

    def to_write(self, path: Any, keep: bool) -> Any:
        """The file to write in its place, with what ``path`` holds where ``keep`` says so."""
        shadow = self.of(path)
        if not shadow:
            return path
        folder = os.path.dirname(shadow)
        if self.exists(os.path.dirname(real_path(os.fsdecode(path)))):
            os.makedirs(folder, exist_ok=True)
        if keep and not self.exists(shadow) and os.path.isfile(path):
            shutil.copyfile(os.fspath(path), shadow)
        return shadow


def install(folder: str, is_free: IsFree) -> None:
    """Replace the functions; what is written outside the free places lands in ``folder``."""
    exists = os.path.exists
    shadows = Shadows(folder, is_free, exists)
    _replace_open(shadows)
    for name in READING:
        _replace(os, name, functools.partial(_reading, shadows, True))
    for name in READING_LINKS:
        _replace(os, name, functools.partial(_reading, shadows, False))
    for name in SETTING:
        _replace(os, name, functools.partial(_setting, shadows))
    for name in ("remove", "unlink", "rmdir"):
        _replace(os, name, functools.partial(_removing, shadows))
    _replace(shutil, "rmtree", functools.partial(_removing, shadows))
    for name in ("mkdir", "mkfifo", "mknod"):
        _replace(os, name, functools.partial(_making, shadows))
    _replace(os, "truncate", functools.partial(_writing, shadows, True))
    for name in ("rename", "replace"):
        _replace(os, name, functools.partial(_moving, shadows))
    for name in ("link", "symlink"):
        _replace(os, name, functools.partial(_linking, shadows))
    _replace_native(shadows)


def _replace(holder: Any, name: str, make: Callable[[Function], Function]) -> None:
    original = getattr(holder, name, None)
    if original is None:
        return
    replacement = functools.wraps(original)(make(original))
    if isinstance(holder, types.ModuleType):
        # By this name it is sent to other processes.
        replacement.__module__ = holder.__name__
    setattr(holder, name, replacement)
    # `pathlib` of Python 3.8 to 3.10 keeps these functions in a class of its own.
    kept = getattr(pathlib, "_NormalAccessor", None)
    if getattr(kept, name, None) is original:
        setattr(kept, name, staticmethod(replacement))


def _replace_open(shadows: Shadows) -> None:
    original, low_level = io.open, os.open

    def opened(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        if isinstance(mode, str) and WRITING_MODES & set(mode):
            path = shadows.to_write(file, keep="w" not in mode)
        else:
            path = shadows.to_read(file)
        return original(path, mode, *args, **kwargs)

    def opened_low(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
        if kwargs.get("dir_fd") is None:
            changes = flags & WRITING
            path = shadows.to_write(path, keep=True) if changes else shadows.to_read(path)
        return low_level(path, flags, *args, **kwargs)

    _replace(io, "open", lambda _: opened)
    builtins.open = io.open
    _replace(os, "open", lambda _: opened_low)


def _reading(shadows: Shadows, follow: bool, original: Function) -> Function:
    def read(path: Any = ".", *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None:
            path = shadows.to_read(path, follow and kwargs.get("follow_symlinks", True))
        return original(path, *args, **kwargs)

    return read


def _writing(shadows: Shadows, keep: bool, original: Function) -> Function:
    def write(path: Any, *args: Any, **kwargs: Any) -> Any:
        return original(shadows.to_write(path, keep), *args, **kwargs)

    return write


def _setting(shadows: Shadows, original: Function) -> Function:
    def change(path: Any, *args: Any, **kwargs: Any) -> Any:
        if not shadows.of(path):
            return original(path, *args, **kwargs)
        return None

    return change


def _removing(shadows: Shadows, original: Function) -> Function:
    def remove(path: Any, *args: Any, **kwargs: Any) -> Any:
        shadow = shadows.of(path, follow=False) if kwargs.get("dir_fd") is None else ""
        if not shadow or shadows.exists(shadow):
            return original(shadow or path, *args, **kwargs)
        os.lstat(path)  # What is not there cannot be removed.
        return None

    return remove


def _making(shadows: Shadows, original: Function) -> Function:
    def make(path: Any, *args: Any, **kwargs: Any) -> Any:
        if kwargs.get("dir_fd") is None and not os.path.lexists(path):
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


def _replace_native(shadows: Shadows) -> None:
    if "h5py" in sys.modules:
        _replace(sys.modules["h5py"].File, "__init__", functools.partial(_hdf5, shadows))
    try:
        sqlite: Any = importlib.import_module("sqlite3")
    except ImportError:
        sqlite = None
    _replace(sqlite, "connect", functools.partial(_writing, shadows, True))
    for module, names in TENSORFLOW_PATHS.items():
        if module in sys.modules:
            for name, kind in names.items():
                holder, _, function = ("." + name).rpartition(".")
                owner = getattr(sys.modules[module], holder.strip("."), sys.modules[module])
                _replace(owner, function, functools.partial(_tensorflow, shadows, kind))


def _hdf5(shadows: Shadows, original: Function) -> Function:
    def make(self: Any, name: Any, mode: str = "r", *args: Any, **kwargs: Any) -> None:
        path = shadows.to_read(name) if mode == "r" else shadows.to_write(name, "w" not in mode)
        original(self, path, mode, *args, **kwargs)

    return make


def _tensorflow(shadows: Shadows, kind: str, original: Function) -> Function:
    def path_of(path: Any, *rest: Any) -> Tuple[Any, ...]:
        if kind == "write":
            return (shadows.to_write(path, keep=True), *rest)
        if kind == "copy":
            return (shadows.to_read(path), shadows.to_write(rest[0], keep=False), *rest[1:])
        return (shadows.to_read(path), *rest)

    def run(*args: Any, **kwargs: Any) -> Any:
        if kind == "remove":
            return None if shadows.of(args[0]) else original(*args, **kwargs)
        if kind == "method":
            writes = original.__name__ in ("save", "write", "__init__") and len(args) > 1
            path = shadows.to_write(args[1], keep=True) if writes else shadows.to_read(args[1])
            return original(args[0], path, *args[2:], **kwargs)
        return original(*path_of(*args), **kwargs)

    return run
