"""An idiom: a computation that has a name of its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, eq=False)
class Idiom:
    """A computation: the name of its layer, a line that says what comes out, and its patterns.

    ``given`` has other lines, for layers that are given an argument of that name, and ``operands``
    what the names of the patterns are called as parameters of ``call``.
    """

    name: str
    says: str
    patterns: tuple[str, ...]
    given: Mapping[str, str] = field(default_factory=dict)
    operands: Mapping[str, str] = field(default_factory=dict)


def idiom(
    name: str,
    says: str,
    *patterns: str,
    given: Mapping[str, str] | None = None,
    operands: Mapping[str, str] | None = None,
) -> Idiom:
    """An idiom, as the tables write it."""
    return Idiom(
        name=name, says=says, patterns=patterns, given=given or {}, operands=operands or {}
    )
