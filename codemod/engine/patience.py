"""How long it goes on without anything new."""

from __future__ import annotations

import math
import time


class Patience:
    """Ends ``seconds`` after something new was last found, or after it began."""

    def __init__(self, seconds: float = math.inf) -> None:
        self._seconds = seconds
        self._end = math.inf
        self.begin()

    def begin(self) -> None:
        """Something new was found."""
        self._end = time.monotonic() + self._seconds

    @property
    def is_over(self) -> bool:
        """Whether nothing new was found for so long."""
        return time.monotonic() > self._end
