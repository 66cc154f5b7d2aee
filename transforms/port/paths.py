"""With what the path of a file ends, where the source says it.

Most paths are put together: ``"weights.%02d.h5" % epoch``, ``os.path.join(folder, name)``, a name.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from transforms.port.breaks import Source
from transforms.port.calls import text_of
from transforms.port.scopes import Binding, NameScope

_CONVERSION = re.compile(r"%(?:\(\w+\))?[-+ #0]*\d*(?:\.\d+)?[a-zA-Z]")
_DEPTH = 8
"""Names that lead to names: what is longer is not followed."""


def path_ending(source: Source, node: ast.expr | None, depth: int = 0) -> str | None:
    """The text with which the path that ``node`` gives ends; None where it is not sure."""
    if node is None or depth > _DEPTH:
        return None
    inner = depth + 1
    if isinstance(node, ast.Constant):
        return text_of(node) or None
    if isinstance(node, ast.JoinedStr):
        return text_of(node.values[-1]) if node.values else None
    if isinstance(node, ast.BinOp):
        return _of_operator(source, node, inner)
    if isinstance(node, ast.Call):
        return _of_call(source, node, inner)
    if isinstance(node, ast.Name):
        scope = source.scoped.of_node.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        if found is None:
            return None
        return _agreed([_bound(source, found[0], binding, inner) for binding in found[1]])
    if isinstance(node, ast.Attribute) and source.kinds.is_self(node.value):
        owner = source.kinds.class_of(node.value, 0)
        assigned = [] if owner is None else source.kinds.assigned(owner, node.attr, 0)
        return _agreed([path_ending(source, value, inner) for value in assigned])
    return None


def _of_operator(source: Source, node: ast.BinOp, depth: int) -> str | None:
    if isinstance(node.op, ast.Mod):
        text = text_of(node.left)
        return None if text is None else _CONVERSION.split(text)[-1].replace("%%", "%") or None
    right = path_ending(source, node.right, depth)
    if isinstance(node.op, ast.Div):
        return right
    if not isinstance(node.op, ast.Add) or right is None:
        return None
    left = path_ending(source, node.left, depth) if isinstance(node.right, ast.Constant) else None
    return f"{left or ''}{right}"


def _of_call(source: Source, node: ast.Call, depth: int) -> str | None:
    function = node.func
    if isinstance(function, ast.Attribute) and function.attr == "format":
        text = path_ending(source, function.value, depth)
        return None if text is None else text.rpartition("}")[2] or None
    name = getattr(function, "attr", getattr(function, "id", ""))
    if name in {"join", "str", "fspath", "Path", "joinpath", "abspath", "expanduser"} and node.args:
        return path_ending(source, node.args[-1], depth)
    return None


def _bound(source: Source, scope: NameScope, binding: Binding, depth: int) -> str | None:
    node = binding.node
    if binding.how == "value" and isinstance(node, ast.expr):
        return path_ending(source, node, depth)
    function = scope.node
    if binding.how == "parameter" and isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
        return path_ending(source, _default(function.args, node), depth)
    return None


def _default(arguments: ast.arguments, parameter: ast.AST | None) -> ast.expr | None:
    """What ``parameter`` is where a call leaves it out."""
    plain = [*arguments.posonlyargs, *arguments.args]
    late = plain[len(plain) - len(arguments.defaults) :]
    pairs = [*zip(late, arguments.defaults), *zip(arguments.kwonlyargs, arguments.kw_defaults)]
    return next((default for one, default in pairs if one is parameter), None)


def _agreed(endings: Sequence[str | None]) -> str | None:
    """The one ending of all, None where one is not known or they differ."""
    different = set(endings)
    return different.pop() if len(different) == 1 else None
