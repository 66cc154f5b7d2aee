"""Reading files that are not there, and arguments of the command line that were not given."""

from __future__ import annotations

import argparse
import builtins
import contextlib
import io
import os
import sys
from typing import Any, Callable, Dict, List

import numpy as np

from . import front_ends
from .made_up_arguments import argument_text
from .parameters import Use
from .replacing import replace_everywhere

Note = Callable[[str], None]
ROWS, COLUMNS = 32, 8
TABLE_ENDINGS = (".csv", ".tsv", ".data", ".dat")


def install(sources: Dict[str, bytes], note: Note, note_made_up: Note) -> None:
    """Let code of ``sources`` read made-up text and numbers where a file is missing.

    A relative path is looked for beside the sources too, since the code runs in a folder of its
    own. Readers of other packages, and code outside ``sources``, see what is on the disk.
    """
    places = list(dict.fromkeys([os.getcwd(), *(os.path.dirname(path) for path in sources)]))
    folders = list(dict.fromkeys(os.path.dirname(path) for path in sources))
    _stub_open(sources, folders, note_made_up)
    for name in ("loadtxt", "genfromtxt", "load", "fromfile"):
        _stub_reader(name, folders, note_made_up)
    _stub_arguments(places, note)
    front_ends.install(sources, places, note)


def _existing(path: Any, folders: List[str]) -> Any:
    """``path``, or where it exists beside the sources; ``None`` where it does not exist."""
    if not isinstance(path, (str, os.PathLike)) or os.path.exists(path):
        return path
    beside = [os.path.join(folder, os.fspath(path)) for folder in folders]
    return next((found for found in beside if os.path.exists(found)), None)


def _stub_open(sources: Dict[str, bytes], folders: List[str], note: Note) -> None:
    original = builtins.open

    def open_or_make_up(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
        reads = "r" in mode and "+" not in mode
        if not reads or sys._getframe(1).f_code.co_filename not in sources:
            return original(file, mode, *args, **kwargs)
        found = _existing(file, folders)
        if found is not None:
            return original(found, mode, *args, **kwargs)
        note("%s does not exist: made-up text was read instead" % file)
        text = _text(str(file))
        return io.BytesIO(text.encode()) if "b" in mode else io.StringIO(text)

    builtins.open = open_or_make_up


def _text(name: str) -> str:
    if name.endswith(".json"):
        return "{}"
    if name.endswith(TABLE_ENDINGS):
        separator = "\t" if name.endswith(".tsv") else ","
        rows = [separator.join(str(row + column) for column in range(4)) for row in range(ROWS)]
        return "\n".join(rows) + "\n"
    return "".join("the word %s is here\n" % chr(ord("a") + row % 26) for row in range(ROWS))


def _stub_reader(name: str, folders: List[str], note: Note) -> None:
    original = getattr(np, name)

    def read_or_make_up(file: Any, *args: Any, **kwargs: Any) -> Any:
        found = _existing(file, folders)
        if found is not None:
            return original(found, *args, **kwargs)
        note("%s does not exist: made-up numbers were read instead" % file)
        if str(file).endswith(".npz"):
            return _Archive()
        if name == "fromfile":
            return _numbers(ROWS, 1).ravel()
        table = _table(kwargs.get("usecols"))
        return table.T if kwargs.get("unpack") else table

    replace_everywhere(np, name, read_or_make_up)


def _table(columns: Any) -> np.ndarray:
    if columns is None:
        return _numbers(ROWS, COLUMNS)
    if isinstance(columns, int):
        return _numbers(ROWS, 1).ravel()
    return _numbers(ROWS, len(columns))


def _numbers(rows: int, columns: int) -> np.ndarray:
    return (np.arange(rows)[:, None] + np.arange(columns)).astype("float64")


class _Archive(Dict[str, np.ndarray]):
    """An ``.npz`` file that holds numbers under every name."""

    def __missing__(self, key: str) -> np.ndarray:
        return _numbers(ROWS, COLUMNS)

    def __enter__(self) -> "_Archive":
        return self

    def __exit__(self, *error: Any) -> None:
        return None


def _stub_arguments(folders: List[str], note: Note) -> None:
    """Give required arguments of a command line, which is empty here, a value of their type."""
    parse = argparse.ArgumentParser.parse_known_args

    def parse_with_values(
        self: argparse.ArgumentParser, args: Any = None, namespace: Any = None
    ) -> Any:
        for action in self._actions:
            if action.option_strings and not action.required:
                continue
            if not action.option_strings and action.nargs in ("?", "*"):
                continue
            value = _value_for(action, folders)
            note("the argument %s was given the value %r" % (action.dest, value))
            action.default = value
            if action.option_strings:
                action.required = False
            else:
                action.nargs = "?" if action.nargs is None else "*"
                action.required = False
        return parse(self, args, namespace)

    argparse.ArgumentParser.parse_known_args = parse_with_values  # type: ignore[method-assign]


def _value_for(action: argparse.Action, folders: List[str]) -> Any:
    many = action.nargs not in (None, "?")
    count = action.nargs if isinstance(action.nargs, int) else 1
    value = _single_value(action, folders)
    return [value] * count if many else value


def _single_value(action: argparse.Action, folders: List[str]) -> Any:
    if action.choices:
        return next(iter(action.choices))
    if action.type in (int, float):
        return action.type(COLUMNS)
    text = argument_text(action.dest, Use(), folders)
    kind: Any = action.type
    for attempt in (text, str(COLUMNS), "1") if callable(kind) else ():
        with contextlib.suppress(Exception):
            # Whatever the user's own type accepts.
            return kind(attempt)
    return text
