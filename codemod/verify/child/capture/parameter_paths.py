"""What is read from a value: ``settings.model["width"]`` is at ``(".model", "width")``."""

from __future__ import annotations

import ast
from typing import Any, Container, Dict, FrozenSet, List, Optional, Set, Tuple

Path = Tuple[str, ...]


def kept_parts(node: Any, found: Container[str]) -> Dict[str, Tuple[str, Path]]:
    """Variables that stand for a part of one of ``found``: ``kind = settings["kind"]``."""
    kept: Dict[str, Tuple[str, Path]] = {}
    for item in ast.walk(node):
        target = item.targets[0] if isinstance(item, ast.Assign) else None
        name, path = link_of(item.value) if isinstance(item, ast.Assign) else ("", ())
        if isinstance(target, ast.Name) and name in found and path and target.id not in found:
            kept[target.id] = name, path
    return kept


def link_of(node: Any) -> Tuple[str, Path]:
    """The name and the path of an expression that is read from a variable, else no name."""
    path: List[str] = []
    while not isinstance(node, ast.Name):
        if isinstance(node, ast.Attribute):
            path.append("." + node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(constant(node.slice), str):
            path.append(str(constant(node.slice)))
        elif isinstance(node, ast.Call) and last_name(node.func) == "get" and node.args:
            key = constant(node.args[0])
            if not isinstance(node.func, ast.Attribute) or not isinstance(key, str):
                return "", ()
            path.append(key)
            node = node.func
        elif isinstance(node, ast.Call) and last_name(node.func) == "keys" and not node.args:
            node = node.func
        else:
            return "", ()
        node = getattr(node, "value", None)
    return node.id, tuple(path[::-1])


def looked_up(node: ast.AST) -> FrozenSet[str]:
    """The texts that the code in ``node`` has as keys: ``found["item"]``, ``found.pop("item")``."""
    keys: List[Any] = []
    for item in ast.walk(node):
        if isinstance(item, ast.Subscript):
            keys.append(constant(item.slice))
        elif isinstance(item, ast.Call) and last_name(item.func) in ("pop", "get") and item.args:
            keys.append(constant(item.args[0]))
    return frozenset(key for key in keys if isinstance(key, str))


def chain_of(node: Any, inner: Set[int]) -> Tuple[str, Path]:
    """The name that a chain of attributes and keys starts from, and the chain, outermost only.

    ``inner`` collects what lies inside a chain; outer nodes come first.
    """
    if id(node) in inner:
        return "", ()
    path: List[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            path.append("." + node.attr)
        elif isinstance(node, ast.Subscript) and isinstance(constant(node.slice), str):
            path.append(str(constant(node.slice)))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            # What a method of the value gives is not read from it, but for ``get``.
            inner.add(id(node.func))
            is_get = node.func.attr == "get" and node.args
            path = [str(constant(node.args[0]))] if is_get else []
            node = node.func
        elif isinstance(node, ast.Subscript):
            path = []
        else:
            break
        node = node.value
        inner.add(id(node))
    return (node.id, tuple(path[::-1])) if isinstance(node, ast.Name) else ("", ())


def constant(node: Any) -> Any:
    node = getattr(node, "value", None) if type(node).__name__ == "Index" else node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        inner = constant(node.operand)
        return -inner if isinstance(inner, int) else None
    return node.value if isinstance(node, ast.Constant) else None


def last_name(node: Any) -> Optional[str]:
    if isinstance(node, ast.Name):
        return node.id
    return node.attr if isinstance(node, ast.Attribute) else None
