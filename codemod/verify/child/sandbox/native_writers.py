"""Libraries that write files themselves: HDF5, SQLite and TensorFlow, by the names of functions."""

from __future__ import annotations

import functools
import importlib
import sys
from typing import Any, Tuple

from .shadows import Function, Shadows, replace, writing

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


def install(shadows: Shadows) -> None:
    """Send what these libraries write where it may be written."""
    if "h5py" in sys.modules:
        replace(sys.modules["h5py"].File, "__init__", functools.partial(_hdf5, shadows))
    try:
        sqlite: Any = importlib.import_module("sqlite3")
    except ImportError:
        sqlite = None
    replace(sqlite, "connect", functools.partial(writing, shadows, True))
    for module, names in TENSORFLOW_PATHS.items():
        if module in sys.modules:
            for name, kind in names.items():
                holder, _, function = ("." + name).rpartition(".")
                owner = getattr(sys.modules[module], holder.strip("."), sys.modules[module])
                replace(owner, function, functools.partial(_tensorflow, shadows, kind))


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
