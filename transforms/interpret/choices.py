"""What a key or name chooses: an open one chooses any of the functions that it may."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.interpret.joins import join, join_all
from transforms.interpret.structures import opened
from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import Value


def chosen_item(values: Iterable[Value], known: Value | None, key: Value) -> Value:
    """The one of ``values`` under ``key``; ``known`` is the one that the key in sight chooses.

    What is known of an open key may decide which tensor it is, since other callers are told apart
    when they are seen, but not which function: each of them has a site here.
    """
    every = list(values)
    if known is None or (key.open and any(value.kinds & Kind.CALLABLE for value in every)):
        found = join_all(every)
        if known is not None:
            found = join(found, known)
    else:
        found = known
    return opened(found, min(key.open, Openness.CHOSEN)) if key.open else found
