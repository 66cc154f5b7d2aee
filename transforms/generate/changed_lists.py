"""Lists that a function changes in place: a layer is given a copy, since ops had taken one."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence

from transforms.interpret.scopes import Module
from transforms.syntax.scope_bindings import bindings_of

Lines = Mapping[str, Sequence[range]]
"""The lines on which a name surely is such a list."""
_CHANGING = frozenset({"append", "extend", "insert", "reverse", "sort", "clear", "pop", "remove"})
_LISTS = (ast.List, ast.ListComp)


def changed_lists(module: Module) -> Lines:
    """The names of lists by the lines of the functions that make or see them, and change them."""
    changed = [node.value for node in module.all_of(ast.Attribute) if node.attr in _CHANGING]
    changed += [
        item.value for item in module.all_of(ast.Subscript) if not isinstance(item.ctx, ast.Load)
    ]
    # To a list it adds in place.
    added = [one.target for one in module.all_of(ast.AugAssign)]
    names = [node for node in (*changed, *added) if isinstance(node, ast.Name)]
    if not names:
        return {}
    made = {
        target
        for assignment in module.all_of(ast.Assign)
        if isinstance(assignment.value, _LISTS)
        for target in assignment.targets
    }
    allowed = made | {*added}
    functions = [*module.all_of(ast.FunctionDef), *module.all_of(ast.AsyncFunctionDef)]
    found: dict[str, list[range]] = {}
    for node in names:
        around = [one for one in functions if node.lineno in _lines_of(one)]
        scopes: list[ast.AST] = [*around[::-1], module.tree]
        for scope in scopes:
            bindings = bindings_of(scope).get(node.id)
            if bindings:
                nodes = [binding.node for binding in bindings]
                if any(one in made for one in nodes) and all(one in allowed for one in nodes):
                    found.setdefault(node.id, []).append(_lines_of(scopes[0]))
                break
    return found


def _lines_of(scope: ast.AST) -> range:
    last = getattr(scope, "end_lineno", None)
    return range(getattr(scope, "lineno", 0), last + 1 if last is not None else 1 << 31)
