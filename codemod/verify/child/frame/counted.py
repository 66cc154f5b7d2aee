"""Names of models that Keras counts up, where some of the models are not built."""

from __future__ import annotations

from typing import Dict, List, Optional, Sequence, cast

from ..capture.captured import CapturedModel
from ..capture.matching import OF_KERAS
from ..protocol import Frame, OriginalModel

Counted = Dict[str, Optional[str]]
"""The names that models of the original would have, ``None`` where one is not built."""


def counted_without_missing(
    originals: Sequence[OriginalModel], matches: Sequence[Optional[CapturedModel]]
) -> Counted:
    """What Keras calls the models without those that have no match; nothing where all have one."""
    if None not in matches:
        return {}
    found: Dict[str, List[Optional[str]]] = {}
    for original, captured in zip(originals, matches):
        if "missing" not in original:
            new = None if captured is None else captured.name
            found.setdefault(original["name"], []).append(new)
    return {
        old: news[0]
        for old, news in found.items()
        if len(news) == 1 and (news[0] is None or _is_counted(old, news[0]))
    }


def _is_counted(old: str, new: str) -> bool:
    kinds = [OF_KERAS.fullmatch(name) for name in (old, new)]
    return None not in kinds and len({kind.group(1) for kind in kinds if kind}) == 1


def counted_anew(frame: Frame, names: Counted) -> Frame:
    """``frame`` with ``names`` for its own and for those of the models that share its weights."""
    if not names:
        return frame
    weights = [
        {**weight, "models": [new for old in weight["models"] if (new := names.get(old, old))]}
        for weight in frame["weights"]
    ]
    name = names.get(frame["name"]) or frame["name"]
    return cast(Frame, {**frame, "name": name, "weights": weights})
