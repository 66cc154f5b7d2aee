"""Defaults of keys that callers may leave out: ``cfg.get("limit", 6.0)`` that has become 7.0."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from codemod.verify.parameters_read import changed_parts, parsed
from codemod.verify.values_read import looked_up


def other_default(before: bytes, after: bytes) -> str | None:
    """The first look-up that new statements of ``after`` make with another default, in words."""
    try:
        old_tree, new_tree = (parsed(source) for source in (before, after))
        gone = changed_parts(old_tree.body, new_tree.body)
        come = changed_parts(new_tree.body, old_tree.body)
        new: dict[tuple[str, str], list[ast.expr]] = {}
        for key, default, _ in _lookups(come):
            new.setdefault(key, []).append(default)
        for key, default, text in _lookups(gone):
            if (
                _is_literal(default)
                and key in new
                and not any(_is_same(default, one) for one in new[key])
            ):
                return f"`{text}` has the default {ast.unparse(new[key][0])}"
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        pass
    return None


def _lookups(parts: Sequence[ast.AST]) -> Iterator[tuple[tuple[str, str], ast.expr, str]]:
    """The look-ups with defaults: name and key, the default, and the call as text."""
    for part in parts:
        for node in ast.walk(part):
            key = looked_up(node)
            if key is not None and isinstance(node, ast.Call) and len(node.args) > 1:
                is_function = isinstance(node.func, ast.Name)
                if not is_function or len(node.args) > 2:
                    yield key, node.args[-1], ast.unparse(node)


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _is_same(default: ast.expr, other: ast.expr) -> bool:
    """Whether two defaults are equal; one that is no literal may be."""
    if not _is_literal(other):
        return True
    return bool(ast.literal_eval(default) == ast.literal_eval(other))
