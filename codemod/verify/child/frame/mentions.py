"""What the source says of layers that are not there any more: code that no run has reached."""

from __future__ import annotations

import ast
import os
from typing import Dict, Iterator, List, Tuple

from ..protocol import Frame


def mentions(before: Frame, after: Frame, sources: Dict[str, bytes]) -> List[str]:
    """Hazards: lines that name layers which are gone, or count layers that have moved.

    ``sources`` are the rewritten ones.
    """
    places = [
        (node, "line %d of the rewritten %s" % (getattr(node, "lineno", 0), name))
        for path, content in sources.items()
        for name in [os.path.basename(path) if len(sources) > 1 else "source"]
        for node in sorted(ast.walk(_tree(content)), key=lambda one: getattr(one, "lineno", 0))
    ]
    gone = [name for name in before["raw_layers"] if name not in after["all_layers"]]
    moved = next(_moved(before, after), None)
    found: Dict[str, None] = {}
    for node, place in places:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            for name in gone:
                if _names(node.value, name):
                    found["%s says `%s`: the layer has another name now" % (place, name)] = None
        elif moved is not None and _counts_layers(node):
            found["%s counts layers: `%s` was number %d and is number %d" % (place, *moved)] = None
    return list(found)


def _tree(content: bytes) -> ast.AST:
    try:
        return ast.parse(content)
    except (SyntaxError, ValueError):
        # It did not run either.
        return ast.Module([], [])


def _names(text: str, name: str) -> bool:
    """Whether ``text`` is the name of a layer, or of a loss or metric of its output."""
    text = text[len("val_") :] if text.startswith("val_") else text
    if not text.startswith(name):
        return False
    rest = text[len(name) :]
    return not rest or (rest.startswith("_") and not rest[1:].isdigit())


def _counts_layers(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Subscript)
        and isinstance(node.value, ast.Attribute)
        and node.value.attr == "layers"
    )


def _moved(before: Frame, after: Frame) -> Iterator[Tuple[str, int, int]]:
    """Kept layers whose index has changed, with the old one and the new one."""
    for name in before["all_layers"]:
        if name not in before["raw_layers"] and name in after["all_layers"]:
            old, new = before["all_layers"].index(name), after["all_layers"].index(name)
            if old != new:
                yield name, old, new
