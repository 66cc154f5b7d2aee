"""An idiom: a computation that has a name of its own."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Idiom:
    """A computation: the name of its layer, a line that says what comes out, and its patterns."""

    name: str
    says: str
    patterns: tuple[str, ...]


def idiom(name: str, says: str, *patterns: str) -> Idiom:
    """An idiom, as the tables write it."""
    return Idiom(name=name, says=says, patterns=patterns)
