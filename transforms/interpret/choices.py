"""What a key or name chooses: an open one chooses any of the functions that it may."""

from __future__ import annotations

from collections.abc import Iterable

from transforms.interpret.joins import join, join_all
from transforms.interpret.leaves import leaves
from transforms.interpret.objects import Instance
from transforms.interpret.openness import opened
from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import Value


def chosen_item(values: Iterable[Value], known: Value | None, key: Value) -> Value:
    """The one of ``values`` under ``key``; ``known`` is the one that the key in sight chooses.

    What is known of an open key may decide which tensor it is, since other callers are told apart
    when they are seen, but not which function: each of them has a site here.
    """
    every = list(values)
    if known is None or (key.open and any(map(_may_give_functions, every))):
        found = join_all(every)
        if known is not None:
            found = join(found, known)
    else:
        found = known
    return opened(found, min(key.open, Openness.CHOSEN)) if key.open else found


def _may_give_functions(value: Value) -> bool:
    """Whether a function can come out of ``value``: an object may keep one as an attribute."""
    return any(leaf.kinds & Kind.CALLABLE or isinstance(leaf, Instance) for leaf in leaves(value))
