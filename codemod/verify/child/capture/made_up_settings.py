"""Settings that are made up: dictionaries and objects with what is read from them."""

from __future__ import annotations

from typing import Any, Callable, Dict, Iterator, List, Mapping, Sequence

from .parameter_paths import Path
from .parameters import Use

Texts = List[str]
ValuesFor = Callable[[str, Use], Texts]
"""Values for what has a name and a use, the likeliest first."""
NOTHING_DONE = "(lambda *_, **__: None)"
"""A method that is called for what it does."""
OBJECT = "__import__('types').SimpleNamespace("
OTHERS = 8
"""How many settings are made that differ from the first: each is a call."""


def settings_texts(
    paths: Sequence[Path], use: Use, values: ValuesFor, given: Mapping[str, Any]
) -> Iterator[str]:
    """Objects with the attributes, or dictionaries with the keys, that are read.

    Their values are those that are ``given``, others are made up; methods do nothing. The first has
    all; then come those without keys that the code asks for, one of these alone, and those in which
    one value is another that the code compares it with.
    """
    yield _settings(paths, use, values, given)
    asked = [key for key in dict.fromkeys(use.asked) if (key,) in paths and key not in given]
    others: List[str] = []
    for kept in [None, *asked] if asked else []:
        left_out = {key for key in asked if key != kept}
        fewer = [path for path in paths if path[0] not in left_out]
        others.append(_settings(fewer, use, values, given) if fewer else "{}")
    # What is compared with few texts is a choice; many are the keys of a table.
    for path, part in sorted(use.parts.items(), key=lambda item: len(item[1].texts)):
        if path in paths:
            for text in dict.fromkeys(part.texts[1:]):
                changed = {**use.parts, path: Use(kinds={"text"}, texts=[text])}
                others.append(_settings(paths, Use(parts=changed), values, given))
    yield from list(dict.fromkeys(others))[:OTHERS]


def _settings(paths: Sequence[Path], use: Use, values: ValuesFor, given: Mapping[str, Any]) -> str:
    inner: Dict[str, List[Path]] = {}
    for first, *rest in paths:
        inner.setdefault(first, []).extend([tuple(rest)] if rest else [])
    texts = {}
    for name, below in inner.items():
        value = given.get(name.lstrip("."))
        parts = {path[1:]: part for path, part in use.parts.items() if path[:1] == (name,)}
        if below:
            known = value if isinstance(value, dict) else {}
            texts[name] = _settings(below, Use(parts=parts), values, known)
        elif value is not None:
            texts[name] = repr(value)
        else:
            texts[name] = values(name.lstrip("."), parts.get((), Use()))[0]
    texts.update({"." + method: NOTHING_DONE for method in sorted(use.methods)})
    if any(name.startswith(".") for name in texts):
        pairs = ["%s=%s" % (name.lstrip("."), value) for name, value in texts.items()]
        return "%s%s)" % (OBJECT, ", ".join(pairs))
    return "{%s}" % ", ".join("%r: %s" % item for item in texts.items())


def is_made_up_settings(text: str) -> bool:
    """Whether ``text`` is a value for settings, and no object of a class in sight."""
    return text.startswith(("{", OBJECT))
