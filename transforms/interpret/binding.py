"""Binding the arguments of a call to the parameters of a function."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from transforms.interpret.joins import join, join_all
from transforms.interpret.lists import Dict, List
from transforms.interpret.objects import Function, Instance
from transforms.interpret.openness import opened
from transforms.interpret.registry import Call
from transforms.interpret.state import State
from transforms.interpret.structures import (
    Address,
    Mapping,
    OneOf,
    Sequence,
    holds_callable,
    insides,
)
from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import External, Parameter, Unpacked, Value


def bind_arguments(state: State, function: Function, call: Call) -> dict[str, Value]:
    """The parameters of ``function`` as Python binds them; what is missing is not known.

    Whatever the calls in sight give, a parameter is open: other callers may give other values.
    """
    arguments = function.node.args
    names = [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]
    remaining = dict(call.keywords)
    defaults = dict(zip(names[len(names) - len(function.defaults) :], function.defaults))
    positional = call.positional
    loose = next((item for item in positional if isinstance(item, Unpacked)), None)
    if loose is not None:
        positional = positional[: positional.index(loose)]
    bound: dict[str, Value] = {}
    for name in call.optional:
        if name in defaults and name in remaining:
            remaining[name] = join(remaining[name], defaults[name])
    if call.loose is not None:
        defaults = {name: join(value, call.loose) for name, value in defaults.items()}
    for index, name in enumerate(names):
        if index < len(positional):
            bound[name] = positional[index]
        elif name in remaining:
            bound[name] = remaining.pop(name)
        elif loose is not None:
            bound[name] = join_all([loose.item, *([defaults[name]] if name in defaults else [])])
        else:
            bound[name] = defaults.get(name, Parameter(function.node, name))
    for argument, default in zip(arguments.kwonlyargs, function.keyword_defaults):
        missing = Parameter(function.node, argument.arg) if default is None else default
        bound[argument.arg] = remaining.pop(argument.arg, missing)
    bound = {name: opened(value, Openness.UNBOUNDED) for name, value in bound.items()}
    for name, value in bound.items():
        # What an object gives itself in its methods is no choice of callers.
        if not value.is_ground and name != "self":
            _open_containers(state, value)
    if arguments.vararg is not None:
        bound[arguments.vararg.arg] = _extra(positional[len(names) :], loose)
    if arguments.kwarg is not None:
        entries: dict[Hashable, Value] = {
            key: opened(value, Openness.UNBOUNDED) for key, value in remaining.items()
        }
        site: ast.AST = call.node or function.node
        bound[arguments.kwarg.arg] = state.new_dict(Mapping(entries), site, function.node)
    return bound


def _open_containers(state: State, value: Value) -> None:
    """Open the functions in lists, dicts and objects of ``value``: callers may give other ones."""
    found = list(insides(value))
    clean: set[Address] = set()
    for holder, _ in found:
        if isinstance(holder, (List, Dict)) and holds_callable(holder, clean):
            content = holder.content
            now_open = opened(content, Openness.UNBOUNDED)
            if now_open is not content:
                state.store(holder, now_open)
    instances = (leaf for _, inside in found for leaf in inside.leaves)
    for instance in dict.fromkeys(leaf for leaf in instances if isinstance(leaf, Instance)):
        for name, kept in _functions_of(state, instance):
            state.heap.set(instance, name, opened(kept, Openness.UNBOUNDED))


def _functions_of(state: State, instance: Instance) -> list[tuple[str, Value]]:
    """The attributes of ``instance`` that are functions and no methods."""
    names = sorted(state.heap.names(instance))
    found = [(name, state.heap.read(instance, name)) for name in names]
    return [
        (name, value)
        for name, value in found
        if isinstance(value, (External, OneOf)) and value.kinds & Kind.CALLABLE and not value.open
    ]


def _extra(positional: tuple[Value, ...], loose: Unpacked | None) -> Value:
    extra = tuple(opened(value, Openness.UNBOUNDED) for value in positional)
    if loose is None:
        return Sequence(extra)
    return Sequence(None, join_all([*extra, loose.item]))


def hands_on_keywords(call: Call) -> bool:
    """Whether it is given the ``**options`` of the function around it: callers choose these."""
    own = getattr(call.scope.function, "args", None)
    if call.node is None or own is None or own.kwarg is None:
        return False
    given = [word.value for word in call.node.keywords if word.arg is None]
    return any(isinstance(value, ast.Name) and value.id == own.kwarg.arg for value in given)
