"""Which model of the rewritten source is which of the original."""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass
from typing import Any, Dict, List, Optional, Sequence, Tuple

from ..protocol import OriginalModel
from .captured import CapturedModel

OF_KERAS = re.compile(r"(model|functional|sequential)(_\d+)?")
"""Names of models that Keras counts up: what is not built has no number."""
Key = Tuple[Any, ...]


@dataclass(frozen=True)
class Matching:
    """For each original its counterpart or ``None``, and the models left over.

    ``uncertain`` are the places of originals that have theirs by less than what makes them.
    """

    found: List[Optional[CapturedModel]]
    extra: List[CapturedModel]
    uncertain: List[int]


def match_models(
    originals: Sequence[OriginalModel],
    models: Sequence[CapturedModel],
    other_keras: bool = False,
    is_complete: bool = True,
) -> Matching:
    """Models match that the same call makes by the same statements, in their order.

    Those without a counterpart match by function and name, then by function, in the same order,
    and what is left in equal numbers by its order. Under another Keras, where some may not be
    built and names are others, this holds only for models made by statements that the original does
    not have, and nothing matches by order unless all ``is_complete``: nothing failed.
    """
    found: List[Optional[CapturedModel]] = [None] * len(originals)
    left = list(range(len(models)))
    uncertain: List[int] = []

    def take(pairs: Sequence[Tuple[int, int, bool]]) -> None:
        for original, model, is_certain in pairs:
            found[original] = models[model]
            left.remove(model)
            if not is_certain:
                uncertain.append(original)

    def open_places() -> List[int]:
        return [index for index, match in enumerate(found) if match is None]

    for with_name in (True, False):
        before = {i: _made_before(originals[i], with_name) for i in open_places()}
        after = {i: _made_after(models[i], with_name) for i in left}
        take(_in_order(before, after))
    for with_name in (True, False):
        loose = [i for i in left if not other_keras or _is_new(models[i].place)]
        places = open_places()
        matcher = difflib.SequenceMatcher(
            None,
            [_key_before(originals[i], with_name) for i in places],
            [_key_after(models[i], with_name) for i in loose],
            autojunk=False,
        )
        blocks = matcher.get_matching_blocks()
        steps = [(block.a + step, block.b + step) for block in blocks for step in range(block.size)]
        take([(places[first], loose[second], False) for first, second in steps])
    if len(originals) == len(models) and (is_complete or not other_keras):
        take([(place, model, False) for place, model in zip(open_places(), left)])
    return Matching(found, [models[index] for index in left], uncertain)


def _is_new(place: Sequence[Tuple[str, int]]) -> bool:
    return not place or any(line == 0 for _, line in place)


def _in_order(
    before: Dict[int, Optional[Key]], after: Dict[int, Optional[Key]]
) -> List[Tuple[int, int, bool]]:
    """The first of one key with the first of that key, and so on; without a key there is none.

    It is certain where all of one key are there.
    """
    own, others = _by_key(before), _by_key(after)
    return [
        (index, other, len(indexes) == len(others[key]))
        for key, indexes in own.items()
        for index, other in zip(indexes, others.get(key, []))
    ]


def _by_key(keys: Dict[int, Optional[Key]]) -> Dict[Key, List[int]]:
    found: Dict[Key, List[int]] = {}
    for index, key in keys.items():
        if key is not None:
            found.setdefault(key, []).append(index)
    return found


def _made_before(model: OriginalModel, with_name: bool) -> Optional[Key]:
    place = [(str(path), int(line)) for path, line in model.get("place", [])]
    return _made(place, model.get("call", ""), model.get("variant", ""), model["name"], with_name)


def _made_after(model: CapturedModel, with_name: bool) -> Optional[Key]:
    return _made(model.place, model.call, model.variant, model.name, with_name)


def _made(
    place: Sequence[Tuple[str, int]], call: str, variant: str, name: str, with_name: bool
) -> Optional[Key]:
    """What makes a model; ``None`` where that is not known, or it has its name from Keras."""
    if _is_new(place) or (with_name and OF_KERAS.fullmatch(name)):
        return None
    return (variant, call, tuple(place), name if with_name else "")


def _key_before(model: OriginalModel, with_name: bool) -> Key:
    return model.get("variant", ""), model["builder"], model["name"] if with_name else ""


def _key_after(model: CapturedModel, with_name: bool) -> Key:
    return model.variant, model.builder, model.name if with_name else ""
