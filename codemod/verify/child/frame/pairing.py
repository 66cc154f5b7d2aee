"""Which layer of the rewritten model is which of the original."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, Tuple

from ..protocol import Frame, LayerFrame
from .positions import NO_LAYER

Pairs = Dict[int, int]
"""The places of layers of the original, each with that of its counterpart."""


def paired_layers(before: Sequence[LayerFrame], after: Sequence[LayerFrame]) -> Pairs:
    """Layers pair by their names, those that Keras has numbered by kind and order.

    Its numbers are shared with operators, which the other side may not have.
    """
    others = _by_name(after)
    pairs = {place: others[key] for key, place in _by_name(before).items() if key in others}
    numbered = _by_kind(after)
    for kind, own in _by_kind(before).items():
        pairs.update(_in_order(own, numbered.get(kind, []), before, after))
    return pairs


def moved_layer(
    before: Sequence[LayerFrame], after: Sequence[LayerFrame], pairs: Pairs
) -> Optional[str]:
    """The first layer numbered by Keras that stands at another place, in words."""
    back = {new: old for old, new in pairs.items()}

    def result_of(place: int, layers: Sequence[LayerFrame]) -> str:
        return "an op" if place == NO_LAYER else "`%s`" % layers[place]["name"]

    def is_other(old: int, new: int) -> bool:
        if new in back or new == NO_LAYER:
            return back.get(new, NO_LAYER) != old
        # A new layer computes what ops did, or passes on what a loss is made of.
        return False

    for own, other in pairs.items():
        calls = before[own]["sources"], after[other]["sources"]
        if before[own]["numbered"] is None:
            continue
        name = "the layer `%s`" % before[own]["name"]
        if [len(call) for call in calls[0]] != [len(call) for call in calls[1]]:
            return "%s is called otherwise" % name
        for old_call, new_call in zip(*calls):
            for old, new in zip(old_call, new_call):
                if is_other(old, new):
                    texts = result_of(new, after), result_of(old, before)
                    return "%s takes the result of %s, not that of %s" % (name, *texts)
    return None


def renumbered(before: Frame, after: Frame) -> Dict[str, str]:
    """The names that Keras gives otherwise, with the new ones; none that a user has given too."""
    pairs = paired_layers(before["layers"], after["layers"])
    names = [
        (before["layers"][own]["name"], after["layers"][other]["name"])
        for own, other in pairs.items()
    ]
    given = {layer["name"] for layer in before["layers"] if layer["numbered"] is None}
    return {old: new for old, new in names if old != new and old not in given}


def _by_name(layers: Sequence[LayerFrame]) -> Dict[Tuple[str, int], int]:
    """The places by name, and by how many of that name came before in nested models."""
    found: Dict[Tuple[str, int], int] = {}
    for place, layer in enumerate(layers):
        if layer["numbered"] is None:
            number = sum(name == layer["name"] for name, _ in found)
            found[(layer["name"], number)] = place
    return found


def _by_kind(layers: Sequence[LayerFrame]) -> Dict[str, List[int]]:
    """The places of those that Keras has numbered, by class, in the order of their numbers."""
    numbers = [(layer["numbered"], place) for place, layer in enumerate(layers)]
    found: Dict[str, List[int]] = {}
    for _, place in sorted(pair for pair in numbers if pair[0] is not None):
        found.setdefault(layers[place]["kind"], []).append(place)
    return found


def _in_order(
    own: List[int],
    others: List[int],
    before: Sequence[LayerFrame],
    after: Sequence[LayerFrame],
) -> Pairs:
    if len(own) == len(others):
        return dict(zip(own, others))
    pairs: Pairs = {}
    left = list(others)
    for place in own:
        configs = [after[other]["config"] for other in left]
        if before[place]["config"] in configs:
            found = configs.index(before[place]["config"])
            pairs[place] = left[found]
            left = left[found + 1 :]
    return pairs
