"""Other arguments for a call that failed, by what its error says."""

from __future__ import annotations

import ast
import re
from functools import partial
from typing import Any, Dict, Iterator, List, Mapping, Optional, Sequence

from .blamed import Blame
from .made_up import NUMBERS, by_name
from .signatures import Signature
from .symbolic_arguments import SHAPES

SEVERAL_WANTED = re.compile(
    r"'(?:int|float|bool|NoneType)' object is not (?:iterable|subscriptable|an iterator|a mapping)"
    r"|cannot unpack non-iterable|object of type '\w+' has no len|argument of type '\w+' is not"
)
SETTINGS_WANTED = re.compile(
    r"'(?:int|float|str)' object has no attribute '(?:get|items|keys|pop)'"
)
NUMBER_WANTED = re.compile(
    r"'(?:tuple|list|str|dict)' object cannot be interpreted as an integer"
    r"|unsupported operand type\(s\) for .*'(?:tuple|list)'"
    r"|not supported between instances of '(?:tuple|list|str)' and '(?:int|float)'"
    r"|can't multiply sequence|must be (?:an int|a number|a real number)"
)
TENSOR_WANTED = re.compile(
    r"'(?:int|float|str|tuple|list)' object has no attribute '(?:shape|get_shape|dtype|ndim|rank)'"
)
LENGTH_WANTED = re.compile(r"values to unpack \(expected (?:at least )?(\d+)")
LONGER_WANTED = re.compile(r"(?:list|tuple) index out of range")
LEFT_OUT = re.compile(r"missing \d+ required (?:positional|keyword-only) arguments?: (.*)")
RANK_WANTED = re.compile(r"expected (?:min_|max_)?ndim=(\d+), found ndim=(\d+)")
ONE_WANTED = re.compile(r"> 1`? (?:is |are )?not supported|(?:must be|only supports?|expected) 1\b")
SEVERAL_GIVEN = re.compile(r"expects 1 input\(s\), but it received \d+")
DIVISIBLE = re.compile(r"divisible|divide|multiple of")
QUOTED = re.compile(r"[`'\"]([A-Za-z][\w.-]*)[`'\"]")
TOLD_BY_USER = frozenset(
    ["ValueError", "KeyError", "AssertionError", "NotImplementedError", "TypeError", "Exception"]
)
INPUT = re.compile(r"Input\(\((\d+(?:, \d+)*),?\)\)")
ARRAY = "__import__('numpy')"
MOST_CHOICES = 4
LONG = 8
"""How long a list is that was too short."""


def other_arguments(
    given: Mapping[str, str], blame: Blame, signature: Signature, inputs: Sequence[str]
) -> Iterator[Dict[str, str]]:
    """``given`` with one argument changed or added, the likeliest first.

    ``signature`` is that of the called function. ``inputs`` are symbolic tensors, for what is
    asked for a shape; none where nothing makes layers of it.
    """
    missing = LEFT_OUT.search(blame.text)
    if missing is not None and signature.takes_more:
        words = [word for word in re.findall(r"'(\w+)'", missing[1]) if word not in given]
        if words:
            yield {**given, **{word: (by_name(word) or NUMBERS)[0] for word in words}}
        return
    rank = RANK_WANTED.search(blame.text)
    has_inputs = any("Input(" in text for text in given.values())
    if rank is not None and has_inputs:
        yield from _of_rank(given, int(rank[1]) - 1, int(rank[2]) - 1)
        return
    if rank is not None or SEVERAL_GIVEN.search(blame.text):
        # A layer was called on it.
        shapes = SHAPES.get("%dD" % (int(rank[1]) - 2), ()) if rank is not None else ()
        ranked = ["Input(%s)" % shape for shape in shapes] or list(inputs)
        for name in sorted(blame.names & {*given}):
            for text in ranked[:2]:
                yield {**given, name: text}
        return
    for name in sorted(blame.names):
        if name not in given:
            yield from ({**given, name: text} for text in _of_default(name, blame, signature))
            continue
        asks_for_tensor = TENSOR_WANTED.search(blame.text) and "Input(" not in given[name]
        for text in inputs[:1] if asks_for_tensor else _others(given[name], blame):
            if text != given[name]:
                yield {**given, name: text}


def _of_default(name: str, blame: Blame, signature: Signature) -> Iterator[str]:
    """Values for what was left out, where an error is about it."""
    default = signature.defaults.get(name, Ellipsis)
    if blame.kind in TOLD_BY_USER and (default is None or isinstance(default, str)):
        yield from (repr(word) for word in blame.choices[:MOST_CHOICES] if word != default)
    if default is None and ("NoneType" in blame.text or blame.kind in TOLD_BY_USER):
        yield from signature.left_out.get(name, ())[:2]


def _others(text: str, blame: Blame, is_inner: bool = False) -> Iterator[str]:
    """Other values for one that an error is about; ``is_inner`` is one among settings."""
    parts = parts_of(text)
    if parts is not None:
        yield from _other_settings(parts, blame)
        return
    value = _literal(text)
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if _is_more_wanted(blame) and (is_number or value is None):
        item = text if is_number else NUMBERS[0]
        asked = {} if is_inner else {key: (by_name(key) or NUMBERS)[0] for key in blame.keys}
        if asked or is_inner:
            yield whole_of(dict(sorted(asked.items())))
        yield "[%s, %s]" % (item, item)
        yield "(%s, %s, %s)" % (item, item, item)
    length = LENGTH_WANTED.search(blame.text)
    if length is not None and isinstance(value, (list, tuple)) and value:
        yield _of_length(value, int(length[1]))
    if length is not None and text.startswith(ARRAY):
        yield "(%s)" % ", ".join([text] * int(length[1]))
    if LONGER_WANTED.search(blame.text) and isinstance(value, (list, tuple)) and value:
        yield _of_length(value, LONG)
    if NUMBER_WANTED.search(blame.text) and not is_number:
        yield from NUMBERS[:2]
    if ONE_WANTED.search(blame.text) and is_number:
        yield "1"
    if DIVISIBLE.search(blame.text) and is_number:
        yield from ("4", "2", "1", "64")
    if blame.kind in TOLD_BY_USER and (isinstance(value, str) or is_number or value is None):
        quoted = [word for word in QUOTED.findall(blame.text) if word != value]
        # What was asked in vain is known; a message may only quote names.
        known = [word for word in blame.choices if word != value]
        for word in (known or (quoted if isinstance(value, str) else []))[:MOST_CHOICES]:
            yield repr(word)


def _is_more_wanted(blame: Blame) -> bool:
    return bool(SEVERAL_WANTED.search(blame.text) or SETTINGS_WANTED.search(blame.text))


def _other_settings(parts: Dict[str, str], blame: Blame) -> Iterator[str]:
    """Dictionaries with the key that was missing, or other values at the keys that were read."""
    key = _literal(blame.text) if blame.kind == "KeyError" else None
    inner = {name: found for name, text in parts.items() for found in [parts_of(text)] if found}
    known = {*parts, *(name for found in inner.values() for name in found)}
    if isinstance(key, str) and known >= {*blame.choices}:
        item = (by_name(key) or NUMBERS)[0]
        yield whole_of({**parts, key: item})
        for name, found in inner.items():
            yield whole_of({**parts, name: whole_of({**found, key: item})})
        return
    if blame.kind == "FileNotFoundError":
        # Settings that name no file need none.
        yield whole_of({name: text for name, text in parts.items() if name not in blame.keys})
    for name, text in parts.items():
        if name in blame.keys:
            for other in _others(text, blame, is_inner=True):
                yield whole_of({**parts, name: other})


def parts_of(text: str) -> Optional[Dict[str, str]]:
    """The values of a dictionary with texts as keys, as they are written; none of anything else."""
    try:
        node = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError):
        return None
    if not isinstance(node, ast.Dict):
        return None
    keys = [getattr(key, "value", None) for key in node.keys]
    texts = [ast.get_source_segment(text, value) for value in node.values]
    found = {key: one for key, one in zip(keys, texts) if isinstance(key, str) and one}
    return found if len(found) == len(keys) else None


def whole_of(parts: Mapping[str, str]) -> str:
    """The dictionary that has ``parts``."""
    return "{%s}" % ", ".join("%r: %s" % item for item in parts.items())


def _of_rank(given: Mapping[str, str], wanted: int, found: int) -> Iterator[Dict[str, str]]:
    """``given`` with inputs and shapes of ``found`` sizes that have as many as ``wanted``."""
    for shape in SHAPES.get("%dD" % (wanted - 1), ()):
        changed = {
            name: INPUT.sub(partial(_reshaped, found=found, shape=shape), text)
            if "Input(" in text
            else shape
            if name.endswith("shape") and _size(text) == found
            else text
            for name, text in given.items()
        }
        if changed != given:
            yield changed


def _reshaped(match: Any, found: int, shape: str) -> str:
    return "Input(%s)" % shape if match[1].count(",") + 1 == found else str(match[0])


def _size(text: str) -> int:
    value = _literal(text)
    return len(value) if isinstance(value, (tuple, list)) else 0


def _of_length(value: Sequence[Any], length: int) -> str:
    items: List[Any] = [value[place % len(value)] for place in range(length)]
    return repr(tuple(items) if isinstance(value, tuple) else items)


def _literal(text: str) -> Any:
    """The value of a text that is plain; an object of no use for another."""
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return Ellipsis
