"""Which model of the rewritten source is which of the original."""

from __future__ import annotations

import difflib
from typing import List, Optional, Sequence, Tuple

from ..protocol import OriginalModel
from .captured import CapturedModel


def match_models(
    originals: Sequence[OriginalModel], models: Sequence[CapturedModel]
) -> Tuple[List[Optional[CapturedModel]], List[CapturedModel]]:
    """For each of ``originals`` its counterpart or ``None``, and the models left over.

    Equal numbers of models are matched in their order. Otherwise models match that have the same
    name and were made by the same function, in the same order; then those of the same function.
    What a call with other values has made matches what the same call has made.
    """
    if len(originals) == len(models):
        return list(models), []
    found: List[Optional[CapturedModel]] = [None] * len(originals)
    left = list(range(len(models)))
    for with_names in (True, False):
        open_places = [index for index, match in enumerate(found) if match is None]
        before = [_key_before(originals[i], with_names) for i in open_places]
        after = [_key_after(models[i], with_names) for i in left]
        matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
        taken = []
        for block in matcher.get_matching_blocks():
            for offset in range(block.size):
                found[open_places[block.a + offset]] = models[left[block.b + offset]]
                taken.append(left[block.b + offset])
        left = [index for index in left if index not in taken]
    return found, [models[index] for index in left]


def _key_before(model: OriginalModel, with_name: bool) -> Tuple[str, ...]:
    name = model["name"] if with_name else ""
    return model.get("variant", ""), model["builder"], name


def _key_after(model: CapturedModel, with_name: bool) -> Tuple[str, ...]:
    return model.variant, model.builder, model.name if with_name else ""
