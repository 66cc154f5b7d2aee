"""Values from outside of functions that rewritten statements no longer read.

The environment, the command line, other modules and settings of Keras choose them; so are keys of
what a function is given. What other new statements read, as those of a new layer, is not lost.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from codemod.verify.parameters_read import (
    changed_parts,
    functions_of,
    is_name_given,
    parameters_of,
    parsed,
    statements_of,
)

SETTINGS = frozenset(["epsilon", "floatx", "image_data_format"])
"""Functions of Keras that tell what the user has set."""
LAYERS_BY_FORMAT = re.compile(
    r"(\w*Pool(ing)?[123]D|\w*Conv[123]D\w*|(UpSampling|ZeroPadding|Cropping|SpatialDropout)[123]D"
    r"|Flatten)$"
)
"""Layers with ``data_format``, which is what the user has set where it is not given."""
PLAIN_CALLS = frozenset("float int bool str get getenv parse_args dict list tuple".split())
_PLAIN = (
    *(ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.UnaryOp, ast.BinOp, ast.operator),
    *(ast.unaryop, ast.expr_context, ast.keyword, ast.Name, ast.Attribute, ast.Subscript),
)


def value_no_longer_read(before: bytes, after: bytes) -> str | None:
    """The first such value that no new statement of ``after`` reads, as the source has it."""
    try:
        old, new = (parsed(source) for source in (before, after))
        gone, come = _changed(old, new), _changed(new, old)
        outside = _values(old) & _values(new)
        parameters = frozenset().union(*(parameters_of(one) for _, one in functions_of(old, "")))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    for token in sorted(gone - come - _read_by_layers(old, new)):
        root = token.partition("[")[0].partition(".")[0]
        is_setting = token.removesuffix("()") in SETTINGS and token.endswith("()")
        is_key = token.endswith("]") and root in parameters | outside and root not in come
        is_value = root in outside and root not in come and not token.endswith("()")
        if is_setting or is_key or is_value:
            return token
    return None


def _values(tree: ast.Module) -> frozenset[str]:
    """The names of plain values of a module, and of its classes."""
    found = {one.name for one in tree.body if isinstance(one, ast.ClassDef)}
    for statement in tree.body:
        if isinstance(statement, ast.Assign) and _is_plain(statement.value):
            found |= {one.id for one in statement.targets if isinstance(one, ast.Name)}
    return frozenset(found)


def _is_plain(value: ast.expr) -> bool:
    for node in ast.walk(value):
        if isinstance(node, ast.Call):
            if getattr(node.func, "attr", getattr(node.func, "id", "")) not in PLAIN_CALLS:
                return False
        elif not isinstance(node, _PLAIN):
            return False
    # Another name for something may be one for a tensor.
    return not isinstance(value, (ast.Name, ast.Attribute, ast.Subscript, ast.BinOp, ast.Tuple))


def _changed(tree: ast.Module, other: ast.Module) -> frozenset[str]:
    """What the statements of ``tree`` read that ``other`` does not have."""
    counts = Counter(text for text, _ in _statements(other))
    found: frozenset[str] = frozenset()
    for text, tokens in _statements(tree):
        if counts[text]:
            counts[text] -= 1
        else:
            found |= tokens
    return found


def _read_by_layers(old: ast.Module, new: ast.Module) -> frozenset[str]:
    """The setting that layers of Keras in new statements read themselves."""
    for part in changed_parts(new.body, old.body):
        for node in ast.walk(part):
            if not isinstance(node, ast.Call):
                continue
            is_by_format = LAYERS_BY_FORMAT.match(ast.unparse(node.func).rpartition(".")[2])
            if is_by_format and all(keyword.arg != "data_format" for keyword in node.keywords):
                return frozenset(["image_data_format()"])
    return frozenset()


def looked_up(node: ast.AST) -> tuple[str, str] | None:
    """The name and the key of ``cfg.get("limit")``, ``cfg.pop(…)`` and ``getattr(cfg, …)``."""
    if not isinstance(node, ast.Call) or not node.args:
        return None
    function, key = node.func, node.args[0]
    root = function.value if isinstance(function, ast.Attribute) else None
    if root is None and len(node.args) > 1 and getattr(function, "id", "") == "getattr":
        root, key = node.args[:2]
    elif getattr(function, "attr", "") not in ("get", "pop", "setdefault"):
        return None
    if not isinstance(root, ast.Name) or not isinstance(key, ast.Constant):
        return None
    return (root.id, key.value) if isinstance(key.value, str) else None


def _statements(tree: ast.Module) -> Iterator[tuple[str, frozenset[str]]]:
    for _, text, parts in statements_of(tree.body):
        yield text, frozenset(token for part in parts for token in _tokens(part))


def _tokens(node: ast.AST) -> Iterator[str]:
    found = looked_up(node)
    if found is not None:
        yield f"{found[0]}[{found[1]!r}]"
    if isinstance(node, ast.Call) and not node.args and not node.keywords:
        yield f"{getattr(node.func, 'attr', getattr(node.func, 'id', ''))}()"
    is_key = isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Constant)
    is_part = is_key or isinstance(node, ast.Attribute)
    if is_part and isinstance(getattr(node, "value", None), ast.Name):
        yield ast.unparse(node)
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Load):
            yield node.id
    elif not is_name_given(node):
        for child in ast.iter_child_nodes(node):
            yield from _tokens(child)
