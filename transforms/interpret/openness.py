"""Values as something that callers choose."""

from __future__ import annotations

from dataclasses import replace
from operator import is_

from transforms.interpret.structures import Mapping, OneOf, Sequence
from transforms.interpret.values import Known, Plain, Value, opened_plain


def opened(value: Value, openness: int) -> Value:
    """``value`` as something that callers choose, with all that it holds."""
    if isinstance(value, OneOf):
        parts = tuple([opened(item, openness) for item in value.alternatives])
        return value if all(map(is_, parts, value.alternatives)) else OneOf(parts)
    if isinstance(value, (Sequence, Mapping)):
        return _opened_parts(value, openness)
    if isinstance(value, Known):
        return value if value.open >= openness else Known(value.value, openness)
    if isinstance(value, Plain):
        open_already = value.open >= openness
        return value if open_already else opened_plain(value.array, openness, value.widened)
    if value.open >= openness or "open" not in getattr(value, "__dataclass_fields__", ()):
        return value
    return replace(value, open=openness)  # type: ignore[type-var]


def _opened_parts(value: Sequence | Mapping, openness: int) -> Sequence | Mapping:
    if all(part.open >= openness for part in value.parts):
        return value
    rest = None if value.rest is None else opened(value.rest, openness)
    if isinstance(value, Mapping):
        entries = {key: opened(part, openness) for key, part in value.entries.items()}
        return replace(value, entries=entries, rest=rest)
    items = None if value.items is None else tuple(opened(one, openness) for one in value.items)
    return replace(value, items=items, rest=rest)
