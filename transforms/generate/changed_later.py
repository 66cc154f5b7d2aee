"""Values that are changed in place after an op has taken them: ``sizes[0] = 3``.

Keras keeps the array that an op is given, and copies a list, also those inside of it. A layer keeps
either as it is.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from transforms.generate.touch_search import touches_of
from transforms.generate.touches import Touch
from transforms.generate.value_scopes import (
    Bound,
    Position,
    is_list,
    meant_at,
    position_of,
)
from transforms.interpret.scopes import Module
from transforms.syntax.accesses import accessed_name, is_access


@dataclass(frozen=True, kw_only=True)
class Change:
    """A statement that changes a value in place.

    ``lines`` are those of the function where the value has its name, ``loops`` those of loops
    that do not make it anew; ``bindings`` are those of the name, and ``meant`` what may have bound
    it. With a ``key`` it is what stands there in the value that is changed. It is ``copyable``
    where the value surely is a list, and none inside of it is changed.
    """

    lines: range
    place: Position
    loops: tuple[range, ...]
    copyable: bool
    key: str = ""
    is_nested: bool = False
    bindings: Sequence[Bound] = field(default=(), repr=False)
    meant: frozenset[ast.AST] = frozenset()

    def is_after(self, node: ast.expr) -> bool:
        """Whether it can run after ``node`` has been evaluated, with the same value."""
        if node.lineno not in self.lines:
            return False
        is_repeated = any(node.lineno in loop for loop in self.loops)
        if not is_repeated and self.place <= position_of(node):
            return False
        meant = meant_at(self.bindings, position_of(node))
        return not self.meant or not meant or not self.meant.isdisjoint(meant)

    def changes(self, node: ast.expr) -> bool:
        """Whether it changes ``node`` itself, which may be an item of the value."""
        if not isinstance(node, ast.Subscript):
            return True
        while isinstance(node.value, (ast.Subscript, ast.Attribute)):
            if not isinstance(node.value, ast.Subscript):
                return False
            node = node.value
        own = ast.dump(node.slice) if isinstance(node.slice, ast.Constant) else ""
        return self.is_nested and (not self.key or not own or self.key == own)


Changes = Mapping[str, Sequence[Change]]


def changes_in_place(module: Module) -> Changes:
    """The changes of values, by the names and attributes that stand for them."""
    found: dict[str, list[Change]] = {}
    touches = touches_of(module)
    has_attributes = any("." in one.text for one in touches)
    lists = _attributes_with_lists(module) if has_attributes else frozenset()
    for touch in touches:
        found.setdefault(touch.text, []).append(_change(touch, lists))
    return found


def _attributes_with_lists(module: Module) -> frozenset[str]:
    """The attributes that are set in the module, and only to lists that are made there."""
    made = {
        target for one in module.all_of(ast.Assign) if is_list(one.value) for target in one.targets
    }
    given: dict[str, bool] = {}
    for one in module.all_of(ast.Attribute):
        if not isinstance(one.ctx, ast.Load):
            given[one.attr] = given.get(one.attr, True) and one in made
    return frozenset(name for name, are_made in given.items() if are_made)


def changed_name(node: ast.expr) -> str:
    """What changes of ``node``, or of the value that it is an item of, are known by."""
    if isinstance(node, ast.Subscript):
        return accessed_name(node) or ""
    return ast.unparse(node)


def changes_after(changes: Changes, node: ast.expr) -> list[Change]:
    """The changes of the value of ``node``, a name or an access, after it has been evaluated."""
    if not is_access(node):
        return []
    found = changes.get(changed_name(node), ())
    return [one for one in found if one.is_after(node) and one.changes(node)]


def _change(touch: Touch, lists: frozenset[str]) -> Change:
    values = [touch.scope.values[one] for one in touch.meant if one in touch.scope.values]
    _, dot, attribute = touch.text.rpartition(".")
    are_made = bool(values) and len(values) == len(touch.meant) and all(map(is_list, values))
    return Change(
        lines=touch.scope.lines,
        place=touch.place,
        loops=tuple(touch.loops),
        copyable=(attribute in lists if dot else are_made) and not touch.is_nested,
        key=touch.key,
        is_nested=touch.is_nested,
        bindings=touch.bindings,
        meant=frozenset(touch.meant),
    )
