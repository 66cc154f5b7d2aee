"""What is tried in each run of the tests, and what only where all is asked for."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TypeVar

Item = TypeVar("Item")
ALL = "KERAS_CODEMOD_ALL"


def share(items: Sequence[Item], of: int) -> list[Item]:
    """One of each ``of`` items; all of them where the environment variable above is set."""
    return list(items) if os.environ.get(ALL) else list(items[::of])
