"""What calling Python's own functions gives."""

from __future__ import annotations

import ast
from collections.abc import Hashable

from transforms.interpret.dicts import as_dict
from transforms.interpret.expressions import updated, with_entry
from transforms.interpret.joins import join, join_all
from transforms.interpret.lists import Dict, List
from transforms.interpret.objects import Instance, Scope, Super
from transforms.interpret.openness import opened
from transforms.interpret.ops import is_tensor, record_op
from transforms.interpret.registry import (
    Call,
    attribute,
    builtin,
    call_method,
    iterate,
    of_each,
    set_attribute,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, alternatives
from transforms.interpret.value_kinds import Openness
from transforms.interpret.values import (
    NONE,
    OPAQUE,
    PLAIN,
    Eager,
    External,
    Known,
    Opaque,
    Parameter,
    Partial,
    Symbolic,
    Value,
)


@builtin("dict", "collections.OrderedDict", "types.SimpleNamespace")
def _dict(state: State, call: Call) -> Value:
    content = Mapping({})
    if call.first is not None:
        content = updated(content, as_dict(state, call, call.first))
    for name, value in call.keywords.items():
        content = with_entry(content, Known(name), value, name not in call.optional)
    if call.loose is not None:
        content = with_entry(content, PLAIN, call.loose)
    return state.new_dict(content, call.node)


@builtin("locals", "vars")
def _locals(state: State, call: Call) -> Value:
    owner = call.scope if call.first is None else call.first
    if not isinstance(owner, (Scope, Instance)):
        return OPAQUE
    entries: dict[Hashable, Value] = {
        name: value
        for name in state.heap.names(owner)
        if name.isidentifier() and (value := state.heap.read(owner, name)) is not None
    }
    return state.new_dict(Mapping(entries), call.node)


@builtin("getattr")
def _getattr(state: State, call: Call) -> Value:
    if len(call.positional) < 2:
        return OPAQUE
    owner, name, *default = call.positional
    results: list[Value] = list(default)
    node = call.node or _NOWHERE
    for item in alternatives(name):
        if isinstance(item, Known) and isinstance(item.value, str):
            results.append(attribute(state, call.scope, node, owner, item.value))
        elif item.open and isinstance(owner, External):
            # Any function of the module: there is a site, whichever it is.
            results.append(External(f"{owner.dotted}.{CHOSEN_NAME}"))
        else:
            results.append(OPAQUE)
    return opened(join_all(results), Openness.UNBOUNDED) if name.open else join_all(results)


CHOSEN_NAME = "chosen_by_caller"
_NOWHERE = ast.Pass()


@builtin("setattr")
def _setattr(state: State, call: Call) -> Value:
    if len(call.positional) == 3:
        owner, name, value = call.positional
        if isinstance(name, Known) and isinstance(name.value, str):
            set_attribute(state, call.scope, owner, name.value, value)
        else:
            _set_any_attribute(state, owner, value)
    return NONE


def _set_any_attribute(state: State, owner: Value, value: Value) -> None:
    for item in alternatives(owner):
        if isinstance(item, Instance):
            for name in filter(str.isidentifier, state.heap.names(item)):
                state.heap.write_weakly(item, name, value)


@builtin("next")
def _next(state: State, call: Call) -> Value:
    def taken(item: Value) -> Value:
        if isinstance(item, Instance):
            return call_method(state, call.given(), item, "__next__")
        return iterate(state, call.scope, item)

    return join_all([of_each(state, call.first or OPAQUE, taken), *call.positional[1:]])


@builtin("iter")
def _iter(state: State, call: Call) -> Value:
    def begun(item: Value) -> Value:
        if isinstance(item, Instance):
            return call_method(state, call.given(), item, "__iter__")
        return item

    return of_each(state, call.first or OPAQUE, begun)


@builtin("sum", "math.fsum")
def _sum(state: State, call: Call) -> Value:
    element = join_all([iterate(state, call.scope, call.first or OPAQUE), *call.positional[1:]])
    if is_tensor(element):
        if call.node is not None:
            record_op(state, call.node, ("operator.add",), True, True)
        return Symbolic()
    found = alternatives(element)
    if any(isinstance(item, Parameter) for item in found):
        return next(item for item in found if isinstance(item, Parameter))
    return element if isinstance(element, (Eager, Opaque)) else PLAIN


@builtin("abs")
def _abs(state: State, call: Call) -> Value:
    first = call.first or OPAQUE
    if is_tensor(first):
        if call.node is not None:
            record_op(state, call.node, ("operator.abs",), True, True)
        return first
    return first if isinstance(first, (Eager, Opaque, Parameter)) else opened(PLAIN, first.open)


@builtin("max", "min")
def _extreme(state: State, call: Call) -> Value:
    found = call.positional
    if len(found) == 1:
        return _plain_or_more(iterate(state, call.scope, found[0]))
    return _plain_or_more(join_all(found))


def _plain_or_more(value: Value) -> Value:
    """Numbers are not told apart once they are compared."""
    parts = [PLAIN if isinstance(item, Known) else item for item in alternatives(value)]
    return opened(join_all(parts), value.open)


@builtin("super")
def _super(state: State, call: Call) -> Value:
    scope = call.scope
    return Super(scope.owner, scope.receiver or OPAQUE) if scope.owner else OPAQUE


@builtin("str", "int", "float", "bool", "repr", "len", "round", "hash", "id", "type", "format")
def _python_value(state: State, call: Call) -> Value:
    first = call.first
    return opened(PLAIN, first.open) if first is not None else PLAIN


@builtin("property", "staticmethod", "classmethod", "functools.wraps", "functools.lru_cache")
def _decorator(state: State, call: Call) -> Value:
    return OPAQUE


@builtin("copy.copy")
def _copy(state: State, call: Call) -> Value:
    return join_all(_copied(state, call, item) for item in alternatives(call.first or OPAQUE))


def _copied(state: State, call: Call, item: Value) -> Value:
    if isinstance(item, List):
        return state.new_list(item.content, call.node, item)
    if isinstance(item, Dict):
        return state.new_dict(item.content, call.node, item)
    return item


@builtin("copy.deepcopy")
def _deepcopy(state: State, call: Call) -> Value:
    # What nests in it stays shared: a change of either is then seen in both.
    return _copy(state, call)


@builtin("os.getenv", "os.environ.get")
def _environment(state: State, call: Call) -> Value:
    default = call.argument(1, "default")
    found = PLAIN if default is None else join(PLAIN, default)
    return opened(found, Openness.UNBOUNDED)


@builtin("dataclasses.field")
def _field(state: State, call: Call) -> Value:
    factory = call.keywords.get("default_factory")
    if factory is not None:
        keywords = (("default_factory", factory),)
        return Partial(External("dataclasses.field"), (), keywords)
    return call.keywords.get("default", OPAQUE)
