"""What functions take: callers elsewhere go by it, and no model in sight need show that."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_REQUIRED = object()
_COMPUTED = object()


def other_signature(before: bytes, after: bytes) -> str | None:
    """How the first function of ``after`` takes something else than it did, in words.

    More parameters with defaults, behind the others, are no difference. Functions inside of
    functions, private ones, and those that only one side has are not compared.
    """
    try:
        old, new = (dict(_functions(ast.parse(source), "")) for source in (before, after))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    for name, arguments in old.items():
        if name in new and (found := _difference(arguments, new[name])):
            return f"`{name}` {found}"
    return None


def _difference(old: ast.arguments, new: ast.arguments) -> str | None:
    before, after = ([one.arg for one in _positional(each)] for each in (old, new))
    if after[: len(before)] != before:
        return f"takes ({', '.join(after)}) by position, not ({', '.join(before)})"
    old_defaults, new_defaults = _defaults(old), _defaults(new)
    for name, default in old_defaults.items():
        if name not in new_defaults:
            return f"has no parameter `{name}`"
        other = new_defaults[name]
        if other is _REQUIRED and default is not _REQUIRED:
            return f"has no default for `{name}`"
        both_are_literal = _COMPUTED not in (default, other) and default is not _REQUIRED
        if both_are_literal and repr(default) != repr(other):
            return f"has the default {other!r} for `{name}`, not {default!r}"
    for name, other in new_defaults.items():
        if name not in old_defaults and other is _REQUIRED:
            return f"asks for `{name}`, which it did not"
    return None


def _positional(arguments: ast.arguments) -> list[ast.arg]:
    return [*arguments.posonlyargs, *arguments.args]


def _defaults(arguments: ast.arguments) -> dict[str, object]:
    """The literal default of each parameter, and what else it has."""
    names = [one.arg for one in _positional(arguments)]
    found: dict[str, object] = dict.fromkeys(names, _REQUIRED)
    given = zip(reversed(names), reversed(arguments.defaults))
    found.update((name, _literal(default)) for name, default in given)
    for argument, default in zip(arguments.kwonlyargs, arguments.kw_defaults):
        found[argument.arg] = _REQUIRED if default is None else _literal(default)
    return found


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return _COMPUTED


def _functions(node: ast.AST, prefix: str) -> Iterator[tuple[str, ast.arguments]]:
    for child in ast.iter_child_nodes(node):
        name = getattr(child, "name", "")
        if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
            if not name.startswith("_") or name.endswith("__"):
                yield f"{prefix}{name}", child.args
        else:
            is_class = isinstance(child, ast.ClassDef)
            yield from _functions(child, f"{prefix}{name}." if is_class else prefix)
