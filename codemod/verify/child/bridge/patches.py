"""Attributes that are replaced for a while, and put back."""

from __future__ import annotations

from typing import Any, List, Tuple

ABSENT = object()


class Patches:
    """Replaces attributes; :meth:`undo` puts back what was there."""

    def __init__(self) -> None:
        self._before: List[Tuple[Any, str, Any]] = []

    def put(self, owner: Any, name: str, value: Any) -> None:
        """Let ``owner``, a class or module, have ``value`` under ``name``."""
        self._before.append((owner, name, vars(owner).get(name, ABSENT)))
        setattr(owner, name, value)

    def undo(self) -> None:
        """Put everything back."""
        while self._before:
            owner, name, before = self._before.pop()
            if before is ABSENT:
                delattr(owner, name)
            else:
                setattr(owner, name, before)
