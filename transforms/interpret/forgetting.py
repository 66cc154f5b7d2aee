"""What is not told apart among the arguments of calls, so that equal calls are run once."""

from __future__ import annotations

import ast
from collections.abc import Hashable, Iterable
from dataclasses import dataclass

from transforms.interpret import limits
from transforms.interpret.heap import CallRecord, Delta, HeapObject
from transforms.interpret.joins import join_all, widened
from transforms.interpret.leaves import contents
from transforms.interpret.lists import CONTENT, Dict, List
from transforms.interpret.objects import Function
from transforms.interpret.parts import Shape, objects_in
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, OneOf, Sequence, alternatives
from transforms.interpret.values import External, Known, Plain, Value
from transforms.syntax.nodes import walk

Arguments = dict[str, Value]
_CHANGES = frozenset(
    {"add", "append", "clear", "extend", "insert", "pop", "popitem", "remove"}
    | {"reverse", "setdefault", "sort", "update"}
)


def forgetting(
    state: State, function: Function, bound: Arguments, stand_ins: frozenset[HeapObject]
) -> tuple[Arguments, CallShape]:
    """The arguments without their numbers, then their strings, once there are many; their shape."""
    seen = state.argument_kinds.setdefault(function.node, set())
    shape = call_shape(function, bound, stand_ins)
    if shape.arguments in seen:
        return bound, shape
    if len(seen) >= limits.CONTEXTS * 2:
        bound = {name: _without_constants(value) for name, value in bound.items()}
        return bound, call_shape(function, bound, stand_ins)
    if len(seen) >= limits.CONTEXTS:
        bound = {name: _without_numbers(value) for name, value in bound.items()}
        shape = call_shape(function, bound, stand_ins)
    seen.add(shape.arguments)
    return bound, shape


@dataclass(frozen=True)
class CallShape:
    """What a call has in common with those that are alike, and the objects that tell them apart."""

    function: Hashable
    arguments: Hashable
    symbols: tuple[Value, ...]


def call_shape(function: Function, bound: Arguments, stand_ins: frozenset[HeapObject]) -> CallShape:
    """The shape of a call of ``function``."""
    shape = Shape(stand_ins)
    of_function = shape.of(function)
    arguments = tuple([shape.of(value) for value in bound.values()])
    return CallShape(of_function, arguments, tuple(shape.symbols))


def _without_constants(value: Value) -> Value:
    """What is left of configuration: that it is there; ``None`` may be asked for."""
    return join_all(_without_constant(part) for part in alternatives(value))


def _without_constant(value: Value) -> Value:
    if isinstance(value, Known) and value.value is not None:
        return Plain(widened=True, open=value.open)
    if isinstance(value, Plain) and not value.array:
        return Plain(widened=True, open=value.open)
    return widened(value)


def _without_numbers(value: Value) -> Value:
    if isinstance(value, OneOf):
        return join_all(_without_numbers(part) for part in value.alternatives)
    if isinstance(value, Known) and type(value.value) in {int, float}:
        return Plain(widened=True, open=value.open)
    if isinstance(value, Sequence) and value.items is not None:
        items = tuple(_without_numbers(item) for item in value.items)
        return Sequence(items, None, value.kind, value.fields)
    return value


def with_stand_ins(
    state: State, definition: ast.AST, bound: Arguments
) -> tuple[Arguments, frozenset[HeapObject]]:
    """The arguments with equal lists and dicts of constants being one, and these.

    Most are sizes that nobody changes. Where a function does change or keep one, that is seen
    afterwards, and it is run with its own arguments.
    """
    if not any(isinstance(value, (List, Dict)) for value in bound.values()):
        return bound, frozenset()
    keeping = state.keeping.get(definition)
    if keeping is None:
        keeping = state.keeping[definition] = _kept_in_sight(definition)
    if keeping.issuperset(bound):
        return bound, frozenset()
    is_many = len(state.argument_kinds.get(definition, ())) >= limits.CONTEXTS
    stand_ins: set[HeapObject] = set()
    with state.inside_shared(definition):
        changed = {
            name: _stand_in(state, value, is_many, stand_ins) or value
            if isinstance(value, (List, Dict)) and name not in keeping
            else value
            for name, value in bound.items()
        }
    return changed, frozenset(stand_ins)


def _kept_in_sight(definition: ast.AST) -> frozenset[str]:
    """The names that a function plainly changes or keeps, so that no run is in vain."""
    found: set[str] = set()
    for node in walk(definition):
        kept: ast.AST | None = None
        match node:
            case ast.Attribute() if node.attr in _CHANGES:
                kept = node.value
            case ast.Subscript(ctx=ast.Store() | ast.Del()):
                kept = node.value
            case ast.AugAssign():
                kept = node.target
            case ast.Assign(targets=[ast.Attribute(), *_]) | ast.Return():
                kept = node.value
        if isinstance(kept, ast.Name):
            found.add(kept.id)
    return frozenset(found)


def _stand_in(
    state: State, value: Value, is_many: bool, made: set[HeapObject], depth: int = 0
) -> Value | None:
    """One value for all constants, lists and dicts that are equal; None where it is no such."""
    if isinstance(value, (Known, Plain, External)):
        return _without_numbers(value) if is_many else value
    if depth > limits.NESTING:
        return None
    content = contents(value)
    changed: Value
    if isinstance(content, Mapping) and content.is_exact and content.factory is None:
        entries = {
            key: _stand_in(state, item, is_many, made, depth + 1)
            for key, item in content.entries.items()
        }
        known = {key: item for key, item in entries.items() if item is not None}
        if len(known) < len(entries):
            return None
        changed = Mapping(known)
    elif isinstance(content, Sequence) and content.items is not None:
        items = [_stand_in(state, item, is_many, made, depth + 1) for item in content.items]
        there = tuple(item for item in items if item is not None)
        if len(there) < len(items):
            return None
        changed = Sequence(there, None, content.kind, content.fields)
    else:
        return None
    if not isinstance(value, (List, Dict)):
        return changed
    kind = type(value)
    address = state.place((kind, changed), kind)
    if not address.cells:
        state.heap.allocate(address, [(CONTENT, changed)])
    # Where the list itself is changed, by another name, the one in its place would not show it.
    made.update((address, value))
    return address


def are_kept(
    stand_ins: frozenset[HeapObject], record: CallRecord, changes: Delta, result: Value
) -> bool:
    """Whether a call has changed one of ``stand_ins``, or left it where it can be reached."""
    if not stand_ins:
        return False
    if any(obj in stand_ins for obj, _ in record.writes):
        return True
    left: Iterable[Value] = (value for value in (result, *changes.values()) if value is not None)
    return any(obj in stand_ins for value in left for obj in objects_in(value))
