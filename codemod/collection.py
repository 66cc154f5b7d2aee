"""How often Python looks for garbage while a command runs."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

from codemod.limits import OBJECTS_BETWEEN_COLLECTIONS


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for garbage rarely, and not among what is there already.

    An analysis makes many small objects, and nearly all of them live until its end: looking
    through them took a quarter of its time. This is for processes of our own alone.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(OBJECTS_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def collect_young() -> None:
    """Look for garbage among what was made lately, while nobody waits.

    What an analysis leaves is a quarter of its time: the next one should not find it.
    """
    gc.collect(0)
