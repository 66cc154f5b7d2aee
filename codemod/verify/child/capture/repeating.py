"""Statements that are begun anew where what stood in their way is mended."""

from __future__ import annotations

from typing import Any, Callable, List, Sequence


class Repeating:
    """What statements make is forgotten where they are begun anew.

    ``made`` are the lists that grow meanwhile, ``mends`` whether an error is mended.
    """

    def __init__(self, made: Sequence[List[Any]], mends: Callable[[BaseException], bool]) -> None:
        self._made = made
        self._mends = mends
        self._lengths = [len(one) for one in made]

    def begin(self) -> None:
        """A statement begins."""
        self._lengths = [len(one) for one in self._made]

    def is_mended(self, error: BaseException) -> bool:
        """Whether the statement that raised ``error`` is begun anew."""
        if not self._mends(error):
            return False
        for one, length in zip(self._made, self._lengths):
            del one[length:]
        return True
