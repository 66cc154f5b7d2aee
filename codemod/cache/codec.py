"""Frozen records as JSON and back, by the types of their fields."""

from __future__ import annotations

import base64
import types
from dataclasses import fields, is_dataclass
from functools import cache
from pathlib import Path, PosixPath, WindowsPath
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Record = TypeVar("Record")
PLAIN = (str, bool, int, float, type(None))
REFERENCE = "#"


class CodecError(ValueError):
    """JSON that is no record of the type that was asked for."""


class Shared:
    """Records that others have in common, each written once: they are one object afterwards."""

    def __init__(self, kind: type, items: list[Any] | None = None) -> None:
        self.kind = kind
        self.items: list[Any] = [] if items is None else items
        self._places: dict[int, int] = {}
        self._alive: list[object] = []

    def place(self, value: object) -> int:
        """The place of ``value`` among the items."""
        if id(value) not in self._places:
            self._places[id(value)] = len(self.items)
            self._alive.append(value)
            self.items.append(_fields(value, None))
        return self._places[id(value)]

    def decoded(self) -> list[Any]:
        """The items as objects."""
        return [decode(self.kind, item) for item in self.items]


def encode(value: object, shared: Shared | None = None) -> Any:
    """``value`` as JSON says it; raise :class:`CodecError` for what no record holds."""
    if shared is not None and isinstance(value, shared.kind):
        return {REFERENCE: shared.place(value)}
    if is_dataclass(value):
        return _fields(value, shared)
    if isinstance(value, PLAIN):
        return value
    if isinstance(value, tuple):
        return [encode(item, shared) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise CodecError(f"{type(value).__name__} is no part of a record")


def _fields(value: Any, shared: Shared | None) -> dict[str, Any]:
    return {one.name: encode(getattr(value, one.name), shared) for one in fields(value)}


def decode(kind: Any, data: Any, known: tuple[type, list[Any]] | None = None) -> Any:
    """The value of type ``kind`` that ``data`` says; raise :class:`CodecError` where it does not.

    ``known`` are a type and the objects of it that references mean.
    """
    origin = get_origin(kind)
    if origin in (Union, types.UnionType):
        return _of_union(kind, data, known)
    if origin is Literal:
        if data in get_args(kind):
            return data
    elif origin is tuple:
        if isinstance(data, list):
            return tuple(
                decode(inner, item, known) for inner, item in zip(_inner(kind, data), data)
            )
    elif kind in PLAIN:
        if type(data) is kind:
            return data
    elif kind in (Path, PosixPath, WindowsPath):
        if isinstance(data, str):
            return Path(data)
    elif kind is bytes:
        if isinstance(data, str):
            return base64.b64decode(data, validate=True)
    elif isinstance(kind, type) and is_dataclass(kind) and isinstance(data, dict):
        if known is not None and kind is known[0] and data.keys() == {REFERENCE}:
            return _at(known[1], data[REFERENCE])
        hints = _hints(kind)
        if data.keys() == hints.keys():
            values = {name: decode(hint, data[name], known) for name, hint in hints.items()}
            return kind(**values)
    raise CodecError(f"no {kind}: {str(data)[:40]}")


def _of_union(kind: Any, data: Any, known: tuple[type, list[Any]] | None) -> Any:
    for inner in get_args(kind):
        try:
            return decode(inner, data, known)
        except CodecError:
            continue
    raise CodecError(f"no {kind}: {str(data)[:40]}")


def _inner(kind: Any, data: list[Any]) -> list[Any]:
    inner = get_args(kind)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return [inner[0]] * len(data)
    if len(inner) != len(data):
        raise CodecError(f"no {kind}: {len(data)} items")
    return list(inner)


def _at(items: list[Any], place: Any) -> Any:
    if type(place) is int and 0 <= place < len(items):
        return items[place]
    raise CodecError("a reference to nothing")


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)
