"""A change in place of a value, and the syntax that makes one."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from transforms.generate.value_scopes import (
    LISTS,
    Bound,
    Named,
    Position,
    ValueScope,
    lines_of,
    meant_at,
    named_in,
)
from transforms.interpret.scopes import Module
from transforms.syntax.accesses import last_name

CHANGING = frozenset(
    "append extend insert reverse sort clear pop remove update setdefault popitem fill".split()
)
CHANGING_FIRST = frozenset(
    "shuffle heappush heappop heapify insort insort_left insort_right setitem delitem".split()
)
"""Functions that change what they are given first, by the last part of their names."""
LATER: Position = (1 << 31, 0)
"""When another function, or a caller, changes it: after all that the function itself does."""


@dataclass(frozen=True, eq=False, kw_only=True)
class Touch:
    """A change in place of what ``text`` stands for in a scope, or of something inside of that.

    ``at`` is where the name has the value, ``place`` when that is changed.
    """

    scope: ValueScope
    text: str
    at: Position
    place: Position
    is_nested: bool = False
    key: str = ""
    bindings: Sequence[Bound] = field(default=(), repr=False)

    @property
    def meant(self) -> list[ast.AST]:
        """What may have bound the name there."""
        return meant_at(self.bindings, self.at)

    @property
    def loops(self) -> Iterator[range]:
        """The loops around the change in which the value is not made anew."""
        for loop in self.scope.loops:
            lines = lines_of(loop)
            is_anew = any(getattr(one, "lineno", 0) in lines for one in self.meant)
            if self.place[0] in lines and not is_anew:
                yield lines


def nodes_that_change(module: Module) -> Iterator[ast.AST]:
    for kind in (ast.Attribute, ast.Subscript, ast.AugAssign, ast.Call):
        yield from module.all_of(kind)


def changed_in(nodes: Iterable[ast.AST]) -> Iterator[Named]:
    """The names and attributes of what is changed, or of what that stands in."""
    for one in nodes:
        if isinstance(one, ast.Attribute):
            if one.attr in CHANGING:
                yield from named_in(one.value)
        elif isinstance(one, ast.Subscript):
            if not isinstance(one.ctx, ast.Load):
                yield from named_in(one.value)
        elif isinstance(one, ast.AugAssign):
            # A number is another one then.
            if isinstance(one.value, LISTS):
                yield from named_in(one.target)
        elif isinstance(one, ast.Call) and one.args and last_name(one.func) in CHANGING_FIRST:
            yield from named_in(one.args[0])
