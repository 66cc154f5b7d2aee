"""Functions, and the module, as places where names stand for values."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from transforms.interpret.scopes import Module
from transforms.syntax.accesses import is_dotted_name, last_name
from transforms.syntax.nodes import children, walk_to
from transforms.syntax.places import LOOPS
from transforms.syntax.scope_bindings import NameBinding, bindings_of

Position = tuple[int, int]
"""A line and a column: what stands behind another one runs later, but for loops."""
LISTS = (ast.List, ast.ListComp)
MAKING = frozenset({"list", "sorted", "as_list", "tolist"})
_FUNCTIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef})
_OVER_ITEMS = frozenset(
    {"enumerate", "zip", "reversed", "items", "values", "iter", "map", "filter"}
)
_COPYING = frozenset({"list", "tuple", "sorted", "dict", "set", "copy"})


@dataclass(frozen=True, kw_only=True)
class Named:
    """A name or attribute in an expression: it is the value, or, ``inside``, what holds it.

    With a ``key`` the value is what stands there.
    """

    node: ast.expr
    inside: bool = False
    key: str = ""

    @property
    def text(self) -> str:
        """The name or attribute as it is written."""
        return ast.unparse(self.node)


@dataclass(frozen=True, kw_only=True)
class Given:
    """A ``value`` that a name, an attribute or an item gets; of ``items`` one by one."""

    target: ast.expr
    value: ast.expr
    items: bool = False


@dataclass(frozen=True, eq=False, kw_only=True)
class Bound:
    """What binds a name: ``since`` is the position from which the name has the value."""

    node: ast.AST
    since: Position
    loops: Sequence[range]
    is_sure: bool


@dataclass(frozen=True, eq=False, kw_only=True)
class ValueScope:
    """A function without those inside it, or the module; ``outer`` is the scope around it."""

    node: ast.AST
    outer: ValueScope | None
    owner: str
    nodes: Sequence[ast.AST]
    bindings: Mapping[str, Sequence[Bound]]
    given: Sequence[Given]
    values: Mapping[ast.AST, ast.expr] = field(repr=False)
    loops: Sequence[ast.AST] = ()

    @property
    def name(self) -> str:
        """The name of the function, "" for the module."""
        return getattr(self.node, "name", "")

    @property
    def lines(self) -> range:
        """The lines on which it stands."""
        return lines_of(self.node)

    @property
    def begin(self) -> Position:
        """Where its first statement starts."""
        return position_of(getattr(self.node, "body", [self.node])[0])

    def scope_of(self, name: str) -> ValueScope | None:
        """The scope, from this one outwards, that binds ``name``."""
        scope: ValueScope | None = self
        while scope is not None and name not in scope.bindings:
            scope = scope.outer
        return scope

    def is_inside(self, other: ValueScope) -> bool:
        """Whether the function stands inside of ``other``."""
        scope = self.outer
        while scope is not None and scope is not other:
            scope = scope.outer
        return scope is not None


def scopes_of(module: Module) -> list[ValueScope]:
    """The scopes of ``module``, itself first."""
    found: list[ValueScope] = []
    pending: list[tuple[ast.AST, ValueScope | None]] = [(module.tree, None)]
    parents = module.parents
    while pending:
        node, outer = pending.pop()
        scope = _scope(node, outer, parents)
        found.append(scope)
        pending += [(one, scope) for one in scope.nodes if type(one) in _FUNCTIONS]
    return found


def _scope(
    node: ast.AST, outer: ValueScope | None, parents: Mapping[ast.AST, ast.AST]
) -> ValueScope:
    nodes = walk_to(getattr(node, "body", []), _FUNCTIONS)
    given = [one for part in nodes for one in _given_at(part)]
    around = parents.get(node)
    outside = {
        name for one in nodes if isinstance(one, (ast.Global, ast.Nonlocal)) for name in one.names
    }
    # What is added to a list changes it.
    added = {one.target for one in nodes if isinstance(one, ast.AugAssign)}
    since: dict[ast.AST, Position] = {one.target: end_of(one.value) for one in given}
    return ValueScope(
        node=node,
        outer=outer,
        owner=around.name if isinstance(around, ast.ClassDef) else "",
        nodes=nodes,
        bindings={
            name: [_bound(one, since) for one in own if one.node not in added]
            for name, own in bindings_of(node).items()
            if name not in outside
        },
        given=given,
        values={one.target: one.value for one in given if not one.items},
        loops=[one for one in nodes if isinstance(one, LOOPS)],
    )


def _given_at(node: ast.AST) -> Iterator[Given]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _to_targets(target, node.value)
    elif isinstance(node, (ast.AnnAssign, ast.NamedExpr)):
        if node.value is not None:
            yield Given(target=node.target, value=node.value)
    elif isinstance(node, (ast.For, ast.AsyncFor, ast.comprehension)):
        yield from _items_to(node.target, node.iter)


def _to_targets(target: ast.expr, value: ast.expr) -> Iterator[Given]:
    if not isinstance(target, (ast.Tuple, ast.List)):
        yield Given(target=target, value=value)
    elif isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(target.elts):
        for one, part in zip(target.elts, value.elts):
            yield from _to_targets(one, part)
    else:
        yield from _items_to(target, value)


def _items_to(target: ast.expr, value: ast.expr) -> Iterator[Given]:
    pending = [target]
    while pending:
        one = pending.pop()
        if isinstance(one, (ast.Tuple, ast.List, ast.Starred)):
            pending += [part for part in children(one) if isinstance(part, ast.expr)]
        else:
            yield Given(target=one, value=value, items=True)


def named_in(value: ast.expr, items: bool = False) -> Iterator[Named]:
    """The names that may stand for ``value`` or, with ``items``, also hold what it holds."""
    if is_dotted_name(value):
        yield Named(node=value, inside=items)
    elif isinstance(value, ast.Subscript):
        if isinstance(value.slice, ast.Slice):
            yield from named_in(value.value, True) if items else ()
            return
        for one in named_in(value.value, True):
            key = ast.dump(value.slice) if isinstance(value.slice, ast.Constant) else ""
            is_first = value.value is one.node
            yield Named(node=one.node, inside=True, key=key if is_first else one.key)
    elif isinstance(value, ast.IfExp):
        yield from named_in(value.body, items)
        yield from named_in(value.orelse, items)
    elif isinstance(value, ast.BoolOp):
        for part in value.values:
            yield from named_in(part, items)
    elif isinstance(value, (ast.NamedExpr, ast.Starred)):
        yield from named_in(value.value, items)
    elif items:
        yield from _named_by_holders(value)


def _named_by_holders(value: ast.expr) -> Iterator[Named]:
    """The names in what is made of them: displays, and calls that keep items as they are."""
    parts: Sequence[ast.expr | None] = ()
    if isinstance(value, (ast.List, ast.Tuple, ast.Set)):
        parts = value.elts
    elif isinstance(value, ast.Dict):
        parts = value.values
    elif isinstance(value, ast.Call):
        function = value.func
        if last_name(function) in _OVER_ITEMS | _COPYING:
            owner = [function.value] if isinstance(function, ast.Attribute) else []
            parts = [*value.args, *owner]
    for part in parts:
        if part is not None:
            yield from named_in(part, True)


def is_list(value: ast.expr) -> bool:
    """Whether ``value`` surely is a list that is made there."""
    if isinstance(value, ast.Call):
        return last_name(value.func) in MAKING
    return isinstance(value, LISTS)


def _bound(binding: NameBinding, since: Mapping[ast.AST, Position]) -> Bound:
    return Bound(
        node=binding.node,
        since=since.get(binding.node) or position_of(binding.node),
        loops=[lines_of(one) for one in binding.loops],
        is_sure=not binding.branches and not binding.loops,
    )


def meant_at(own: Sequence[Bound], place: Position) -> list[ast.AST]:
    """What may have bound a name at ``place``: from the last that surely did before it."""
    reached = [
        one for one in own if one.since <= place or any(place[0] in lines for lines in one.loops)
    ]
    reached.sort(key=lambda one: one.since)
    sure = [index for index, one in enumerate(reached) if one.is_sure and one.since <= place]
    return [one.node for one in reached[sure[-1] if sure else 0 :]]


def position_of(node: ast.AST) -> Position:
    """Where ``node`` starts."""
    return getattr(node, "lineno", 0), getattr(node, "col_offset", 0)


def end_of(node: ast.AST) -> Position:
    """Right behind ``node``."""
    return getattr(node, "end_lineno", 0), getattr(node, "end_col_offset", 0)


def lines_of(node: ast.AST) -> range:
    """The lines of a function or loop; the module has all."""
    last = getattr(node, "end_lineno", None)
    return range(getattr(node, "lineno", 0), last + 1 if last is not None else 1 << 31)
