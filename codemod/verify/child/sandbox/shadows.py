"""Where what is written to a place that is not free lands, and functions that send it there."""

from __future__ import annotations

import functools
import os
import pathlib
import shutil
import types
from typing import Any, Callable, NamedTuple

from .places import IsFree, real_path, text_of

Function = Callable[..., Any]


class Shadows(NamedTuple):
    """The folder that holds what was written elsewhere, under the same paths."""

    folder: str
    is_free: IsFree
    exists: Callable[[str], bool]
    see: Callable[[Any], None]

    def of(self, path: Any, follow: bool = True) -> str:
        """Where a write to ``path`` lands; the empty text where it may be written itself.

        A link stands for what it leads to, unless it is the link itself that is meant.
        """
        text = None if isinstance(path, int) else text_of(path)
        if text is None or text.startswith(self.folder) or self.is_free(text):
            return ""
        if follow or not text.rpartition("/")[2]:
            return self.folder + real_path(text)
        folder, _, name = os.path.abspath(text).rpartition("/")
        return self.folder + real_path(folder or "/").rstrip("/") + "/" + name

    def to_read(self, path: Any, follow: bool = True) -> Any:
        """What ``path`` was last written as; of a folder, what it holds on the disk."""
        self.see(path)
        shadow = self.of(path, follow)
        if not shadow or not self.exists(shadow):
            return path
        return path if os.path.isdir(shadow) and self.exists(os.fspath(path)) else shadow

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


def replace(holder: Any, name: str, make: Callable[[Function], Function]) -> None:
    original = getattr(holder, name, None)
    if original is None:
        return
    replacement = functools.wraps(original)(_with_whole_paths(name, make(original)))
    if isinstance(holder, types.ModuleType):
        # By this name it is sent to other processes.
        replacement.__module__ = holder.__name__
    setattr(holder, name, replacement)
    # `pathlib` of Python 3.8 to 3.10 keeps these functions in a class of its own.
    kept = getattr(pathlib, "_NormalAccessor", None)
    if getattr(kept, name, None) is original:
        setattr(kept, name, staticmethod(replacement))


def _with_whole_paths(name: str, function: Function) -> Function:
    """``function`` given paths in the place of paths that are seen from open folders."""
    places = {"dir_fd": int(name == "symlink"), "src_dir_fd": 0, "dst_dir_fd": 1}

    def run(*args: Any, **kwargs: Any) -> Any:
        paths = list(args)
        for option in places.keys() & kwargs.keys():
            place = places[option]
            whole = text_of(paths[place], kwargs[option]) if place < len(paths) else None
            if whole is not None:
                paths[place] = whole
                del kwargs[option]
        return function(*paths, **kwargs)

    return run


def writing(shadows: Shadows, keep: bool, original: Function) -> Function:
    """``original`` with its first path sent to where it may be written."""

    def write(path: Any, *args: Any, **kwargs: Any) -> Any:
        return original(shadows.to_write(path, keep), *args, **kwargs)

    return write
