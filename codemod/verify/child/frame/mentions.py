"""What the source says of layers that are not there any more: code that no run has reached."""

from __future__ import annotations

import ast
import functools
import os
import re
from typing import Dict, Iterator, List, Tuple, Union

from ..parsing import parsed
from ..protocol import Frame
from .pairing import renumbered

# What ``model.layers[...]`` is asked for, None where that is not in sight.
Index = Union[int, slice, None]
LOOKING = frozenset(["startswith", "endswith", "find", "count", "index"])
# A letter or two are in every name.
SHORTEST = 4
# `add` alone may mean anything.
HAS_NUMBER = re.compile(r"_\d+$")


def mentions(before: Frame, after: Frame, sources: Dict[str, bytes]) -> List[str]:
    """Hazards: lines that name layers which are gone, or count layers that have moved.

    ``sources`` are the rewritten ones.
    """
    gone = [name for name in before["raw_layers"] if name not in after["all_layers"]]
    moved = next(_moved(before, after), None)
    found: Dict[str, None] = {}
    for place, text in _said(sources):
        if not isinstance(text, str):
            if moved is not None and not _gives_the_same(text, before, after):
                counts = "%s counts layers: `%s` was number %d and is number %d"
                found[counts % (place, *moved)] = None
        elif any(_names(text, name) for name in gone):
            found["%s says `%s`: the layer has another name now" % (place, text)] = None
    for place, text in _looked_for(sources):
        names = [name for name in gone if text in name]
        if names:
            told = "%s looks for `%s` in names: the layer `%s` has another name now"
            found[told % (place, text, names[0])] = None
    return list(found)


def _gives_the_same(index: Index, before: Frame, after: Frame) -> bool:
    """Whether ``index`` gives the same layers of both, which have kept their names."""
    if index is None:
        return False
    try:
        old, new = before["all_layers"][index], after["all_layers"][index]
    except IndexError:
        # It counts the layers of another model.
        return True
    return old == new


def numbers_said(before: Frame, after: Frame, sources: Dict[str, bytes]) -> List[str]:
    """Hazards: lines that name layers which Keras 3 numbers otherwise, with operators between."""
    names = {old: new for old, new in renumbered(before, after).items() if HAS_NUMBER.search(old)}
    told = "%s says `%s`, which is `%s` here: operators that stay take numbers too; name the layer"
    said = [(place, text) for place, text in _said(sources) if isinstance(text, str)]
    return [told % (place, text, names[text]) for place, text in said if text in names]


def _said(sources: Dict[str, bytes]) -> Iterator[Tuple[str, Union[str, Index]]]:
    """The places in words of texts, and of what indexes layers, with the index."""
    for path, content in sources.items():
        file = os.path.basename(path) if len(sources) > 1 else "source"
        for line, text in _places(content):
            yield "line %d of the rewritten %s" % (line, file), text


def _looked_for(sources: Dict[str, bytes]) -> Iterator[Tuple[str, str]]:
    """The places in words of texts that are looked for in others."""
    for path, content in sources.items():
        file = os.path.basename(path) if len(sources) > 1 else "source"
        for line, text in _parts(content):
            yield "line %d of the rewritten %s" % (line, file), text


@functools.lru_cache(maxsize=None)
def _parts(content: bytes) -> List[Tuple[int, str]]:
    """Texts of some length, with their lines, that names may hold or begin or end with."""
    try:
        tree = parsed(content)
    except (SyntaxError, ValueError):
        # It did not run either.
        return []
    found: List[Tuple[int, str]] = []
    for node in ast.walk(tree):
        given: List[ast.expr] = []
        if isinstance(node, ast.Compare) and isinstance(node.ops[0], (ast.In, ast.NotIn)):
            given = [node.left] if _is_name(node.comparators[0]) else []
        elif isinstance(node, ast.Call) and _is_name(getattr(node.func, "value", node.func)):
            arguments = node.args if getattr(node.func, "attr", "") in LOOKING else []
            given = [part for one in arguments for part in getattr(one, "elts", [one])]
        for one in given:
            text = getattr(one, "value", None)
            if isinstance(text, str) and len(text) >= SHORTEST:
                found.append((one.lineno, text))
    return sorted(found)


def _is_name(node: ast.AST) -> bool:
    """Whether a text seems to be a name: ``layer.name``, ``name.lower()``."""
    words = [getattr(part, "attr", getattr(part, "id", "")) for part in ast.walk(node)]
    return any("name" in word for word in words)


@functools.lru_cache(maxsize=None)
def _places(content: bytes) -> List[Tuple[int, Union[str, Index]]]:
    """The texts in a source with their lines, and the lines that index layers, with the index."""
    try:
        tree = parsed(content)
    except (SyntaxError, ValueError):
        # It did not run either.
        return []
    found: List[Tuple[int, Union[str, Index]]] = []
    given = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "name":
            # It names a layer of its own.
            given.add(node.value)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in given:
            found.append((node.lineno, node.value))
        elif isinstance(node, ast.Subscript) and _is_layers(node.value):
            found.append((node.lineno, _index(node.slice)))
    return sorted(found, key=lambda place: place[0])


def _index(node: ast.AST) -> Index:
    """An index or slice of plain numbers; None where it is not one."""
    # Python 3.8 has a node around an index.
    node = getattr(node, "value", node) if type(node).__name__ == "Index" else node
    parts = [node.lower, node.upper, node.step] if isinstance(node, ast.Slice) else [node]
    try:
        numbers = [None if part is None else int(ast.literal_eval(part)) for part in parts]
    except (ValueError, TypeError):
        return None
    return slice(*numbers) if isinstance(node, ast.Slice) else numbers[0]


def _is_layers(node: ast.AST) -> bool:
    return isinstance(node, ast.Attribute) and node.attr == "layers"


def _names(text: str, name: str) -> bool:
    """Whether ``text`` is the name of a layer, or of a loss or metric of its output."""
    text = text[len("val_") :] if text.startswith("val_") else text
    if not text.startswith(name):
        return False
    rest = text[len(name) :]
    return not rest or (rest.startswith("_") and not rest[1:].isdigit())


def _moved(before: Frame, after: Frame) -> Iterator[Tuple[str, int, int]]:
    """Kept layers whose index has changed, with the old one and the new one."""
    others = renumbered(before, after)
    others.update({new: old for old, new in others.items()})
    for name in before["all_layers"]:
        if name not in before["raw_layers"] and name in after["all_layers"] and name not in others:
            old, new = before["all_layers"].index(name), after["all_layers"].index(name)
            if old != new:
                yield name, old, new
