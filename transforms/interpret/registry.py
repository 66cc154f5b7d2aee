"""Where the behaviour of values, names, expressions and statements is registered and looked up.

Whoever needs a behaviour asks here, and whoever has one registers it here: so the modules of the
interpretation need not import each other. ``symbolic`` imports them all.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple, TypeVar

from transforms.interpret import limits
from transforms.interpret.joins import CONTAINER_METHODS, containers_of, join_all, not_none
from transforms.interpret.leaves import any_symbolic
from transforms.interpret.objects import Scope
from transforms.interpret.state import State
from transforms.interpret.structures import OneOf, alternatives
from transforms.interpret.value_kinds import Kind as Kinds
from transforms.interpret.values import OPAQUE, External, Opaque, Unpacked, Value
from transforms.interpret.values import Symbolic as _Symbolic


class Call(NamedTuple):
    """A call: where it stands (if it does) and what is given.

    Keywords in ``optional`` are perhaps not given; ``loose`` is what others are, by any name.
    """

    scope: Scope
    node: ast.Call | None = None
    positional: tuple[Value, ...] = ()
    keywords: Mapping[str, Value] = MappingProxyType({})
    optional: frozenset[str] = frozenset()
    loose: Value | None = None

    @property
    def first(self) -> Value | None:
        """The first argument."""
        return self.positional[0] if self.positional else None

    @property
    def arguments(self) -> list[Value]:
        """All arguments."""
        return [*self.positional, *self.keywords.values()]

    def argument(self, place: int, name: str) -> Value | None:
        """The argument that is given by place or by name."""
        if place < len(self.positional):
            return self.positional[place]
        return self.keywords.get(name)

    def given(self, *positional: Value, **keywords: Value) -> Call:
        """The call with other arguments that stands nowhere in the source."""
        return Call(self.scope, None, positional, keywords)

    def flat(self) -> Call:
        """The call with ``*items`` of unknown number taken as one argument."""
        for value in self.positional:
            if isinstance(value, Unpacked):
                break
        else:
            return self
        positional = tuple(v.item if isinstance(v, Unpacked) else v for v in self.positional)
        return self._replace(positional=positional)


class Behaviour:
    """What values of one type do; as it stands, what is known of a value of which nothing is."""

    def call(self, state: State, call: Call, owner: Value) -> Value:
        """``owner(...)``; an unknown function may give a tensor where it is given one."""
        state.escape(call.arguments)
        if any_symbolic(call.arguments):
            not_an_op(state, call)
            return _Symbolic("unknown", certain=False, structured=True)
        return OPAQUE

    def attribute(
        self, state: State, scope: Scope, node: ast.AST, owner: Value, name: str
    ) -> Value:
        """``owner.name``."""
        return OPAQUE

    def set_attribute(
        self, state: State, scope: Scope, owner: Value, name: str, value: Value, certain: bool
    ) -> None:
        """``owner.name = value``; ``certain`` where no other value may be the owner."""

    def item(
        self, state: State, scope: Scope, node: ast.Subscript, owner: Value, key: Value
    ) -> Value:
        """``owner[key]``."""
        return OPAQUE

    def set_item(
        self,
        state: State,
        scope: Scope,
        owner: Value,
        key: Value,
        value: Value | None,
        certain: bool,
    ) -> None:
        """``owner[key] = value``; None for ``del owner[key]``."""

    def items(self, state: State, scope: Scope, owner: Value) -> tuple[Value, ...] | None:
        """What iterating yields, where the number of items is known."""
        return None

    def iterate(self, state: State, scope: Scope, owner: Value) -> Value:
        """What iterating yields, joined."""
        return OPAQUE

    def method(self, state: State, call: Call, owner: Value, name: str) -> Value:
        """``owner.name(...)`` where the attribute is a method that the value brings along."""
        state.escape(call.arguments)
        if any_symbolic(call.arguments):
            return _Symbolic("unknown", certain=False, structured=True)
        return OPAQUE


Evaluator = Callable[[State, Scope, Any], Value]
Executor = Callable[[State, Scope, Any], bool]
Builtin = Callable[[State, Call], Value]
Kind = TypeVar("Kind", bound=type)
Some = TypeVar("Some", bound=Callable[..., Any])

_EVALUATORS: dict[type[ast.AST], Evaluator] = {}
_EXECUTORS: dict[type[ast.AST], Executor] = {}
_BEHAVIOURS: dict[type[Value], Behaviour] = {}
_BUILTINS: dict[str, Builtin] = {}
_UNKNOWN = Behaviour()


def evaluates(*nodes: type[ast.AST]) -> Callable[[Some], Some]:
    """Register the evaluation of expressions of these types."""

    def register(function: Some) -> Some:
        _EVALUATORS.update(dict.fromkeys(nodes, function))
        return function

    return register


def executes(*nodes: type[ast.AST]) -> Callable[[Some], Some]:
    """Register the execution of statements of these types: False when what follows never runs."""

    def register(function: Some) -> Some:
        _EXECUTORS.update(dict.fromkeys(nodes, function))
        return function

    return register


def behaviour(*types: type[Value]) -> Callable[[Kind], Kind]:
    """Register the class of :class:`Behaviour` of values of these types."""

    def register(cls: Kind) -> Kind:
        _BEHAVIOURS.update(dict.fromkeys(types, cls()))
        return cls

    return register


def builtin(*names: str) -> Callable[[Some], Some]:
    """Register what calling these names gives: builtins, or dotted (``functools.reduce``)."""

    def register(function: Some) -> Some:
        for name in names:
            _BUILTINS[name if "." in name else f"builtins.{name}"] = function
        return function

    return register


def builtin_called(dotted: str) -> Builtin | None:
    """What calling ``dotted`` gives, None where nothing is registered for it."""
    return _BUILTINS.get(dotted)


def behaviour_of(value: Value) -> Behaviour:
    """The behaviour of one alternative."""
    return _BEHAVIOURS.get(type(value), _UNKNOWN)


def evaluate(state: State, scope: Scope, node: ast.expr) -> Value:
    """The abstract value of ``node`` in ``scope``."""
    # The limit is looked at with each statement, and calls run statements.
    state.steps += 1
    evaluator = _EVALUATORS.get(type(node), _unknown)
    return state.note(node, evaluator(state, scope, node))


def _unknown(state: State, scope: Scope, node: ast.expr) -> Value:
    return OPAQUE


def execute_block(state: State, scope: Scope, body: list[ast.stmt]) -> bool:
    """Run statements in order; False when the end is never reached."""
    for statement in body:
        state.step()
        state.statement = statement
        executor = _EXECUTORS.get(type(statement))
        if executor is not None and not executor(state, scope, statement):
            return False
    return True


def apply(state: State, call: Call, function: Value) -> Value:
    """Call ``function``: each that it may be; one happens, so effects are joined."""
    state.step()
    if not isinstance(function, OneOf):
        return behaviour_of(function).call(state, call, function)
    result = of_each(state, function, lambda item: behaviour_of(item).call(state, call, item))
    if state.has_op(call.node) and any(_is_no_op(item) for item in function.alternatives):
        # Those that came before the op have recorded nothing.
        not_an_op(state, call)
    return result


def _is_no_op(function: Value) -> bool:
    """Whether ``function`` is one of the sources, a layer, or not known."""
    if isinstance(function, Opaque):
        return not function.open
    return bool(function.kinds & (Kinds.CALLABLE | Kinds.LAYER)) and not isinstance(
        function, External
    )


def one_of(state: State, ways: Sequence[Callable[[], Value]]) -> Value:
    """The results of several ways of which one is taken, and their joined effects."""
    results = []
    deltas = []
    mark = state.heap.mark
    for way in ways:
        results.append(way())
        deltas.append(state.heap.take(mark))
    state.heap.join(deltas)
    return join_all(results)


def of_each(state: State, value: Value, way: Callable[[Value], Value]) -> Value:
    """What ``way`` gives for each that ``value`` may be; one happens, so effects are joined."""
    if not isinstance(value, OneOf):
        return way(value)
    state.heap.work += len(value.alternatives) * limits.WORK
    return one_of(state, [partial(way, item) for item in value.alternatives])


def attribute(state: State, scope: Scope, node: ast.AST, owner: Value, name: str) -> Value:
    """``owner.name``; attributes of attributes beyond a limit are not known."""
    if isinstance(owner, OneOf):
        owner = not_none(owner)
        owner = containers_of(owner) if name in CONTAINER_METHODS else owner
    found = of_each(
        state, owner, lambda item: behaviour_of(item).attribute(state, scope, node, item, name)
    )
    if found.nesting <= limits.ATTRIBUTES:
        return found
    return join_all(
        OPAQUE if item.nesting > limits.ATTRIBUTES else item for item in alternatives(found)
    )


def set_attribute(state: State, scope: Scope, owner: Value, name: str, value: Value) -> None:
    """``owner.name = value``."""
    certain = not isinstance(owner, OneOf)

    def way(item: Value) -> Value:
        behaviour_of(item).set_attribute(state, scope, item, name, value, certain)
        return value

    of_each(state, owner, way)


def set_item(state: State, scope: Scope, owner: Value, key: Value, value: Value | None) -> None:
    """``owner[key] = value``, ``del owner[key]`` with None."""
    certain = not isinstance(owner, OneOf)

    def way(item: Value) -> Value:
        behaviour_of(item).set_item(state, scope, item, key, value, certain)
        return OPAQUE

    of_each(state, owner, way)


def known_items(state: State, scope: Scope, value: Value) -> tuple[Value, ...] | None:
    """The items of ``value`` where their number is known."""
    return behaviour_of(value).items(state, scope, value)


def iterate(state: State, scope: Scope, value: Value) -> Value:
    """What iterating over ``value`` yields, joined."""
    return of_each(
        state,
        containers_of(value),
        lambda item: behaviour_of(item).iterate(state, scope, item),
    )


def call_method(state: State, call: Call, owner: Value, name: str) -> Value:
    """``owner.name(...)`` where no such call stands in the source."""
    scope, node = call.scope, call.node or ast.Pass()
    found = of_each(
        state, owner, lambda item: behaviour_of(item).attribute(state, scope, node, item, name)
    )
    return apply(state, call._replace(node=None), found)


def not_an_op(state: State, call: Call) -> None:
    """Keep in mind that a call is no op where it may also be one."""
    node = call.node
    if node is not None and (state.has_op(node) or isinstance(node.func, ast.Name)):
        state.op(node).other = True
