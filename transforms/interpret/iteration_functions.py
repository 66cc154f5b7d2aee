"""Functions that take or make iterables: of Python, ``itertools``, ``functools``, ``operator``."""

from __future__ import annotations

import ast

from transforms.interpret.fixpoint import repeat
from transforms.interpret.heap import Delta
from transforms.interpret.joins import join_all
from transforms.interpret.leaves import any_symbolic
from transforms.interpret.ops import record_op, result_of
from transforms.interpret.registry import (
    Call,
    apply,
    builtin,
    call_method,
    iterate,
    known_items,
    set_item,
)
from transforms.interpret.state import State
from transforms.interpret.structures import Sequence
from transforms.interpret.values import NONE, OPAQUE, PLAIN, External, Partial, Value


def _generator(items: tuple[Value, ...] | None, rest: Value | None = None) -> Sequence:
    return Sequence(items, rest, "generator")


def _container(state: State, call: Call, kind: str, ordered: bool = True) -> Value:
    if call.node is not None and call.node.args:
        _move_lazy_op(state, call.node.args[0], call.node)
    content = Sequence((), kind=kind)
    if call.first is not None:
        items = known_items(state, call.scope, call.first)
        if items is None or (not ordered and kind == "set"):
            content = Sequence(None, iterate(state, call.scope, call.first), kind)
        else:
            content = Sequence(items, kind=kind)
    return content if kind == "tuple" else state.new_list(content, call.node)


def _move_lazy_op(state: State, lazy: ast.expr, consumer: ast.Call) -> None:
    """An op that ``map`` applies runs where its results are taken: there Keras sees it."""
    is_map = isinstance(lazy, ast.Call) and getattr(lazy.func, "id", "") == "map"
    if is_map and state.has_op(lazy):
        state.op(consumer).include(state.records.ops.pop(lazy))


@builtin("list", "collections.deque", "queue.deque")
def _list(state: State, call: Call) -> Value:
    return _container(state, call, "list")


@builtin("tuple")
def _tuple(state: State, call: Call) -> Value:
    return _container(state, call, "tuple")


@builtin("set", "frozenset")
def _set(state: State, call: Call) -> Value:
    return _container(state, call, "set")


@builtin("sorted")
def _sorted(state: State, call: Call) -> Value:
    made = _container(state, call, "list")
    return call_method(state, call.given(), made, "sort") and made


@builtin("reversed")
def _reversed(state: State, call: Call) -> Value:
    if call.node is not None and call.node.args:
        _move_lazy_op(state, call.node.args[0], call.node)
    first = call.first or OPAQUE
    items = known_items(state, call.scope, first)
    if items is None:
        return _generator(None, iterate(state, call.scope, first))
    return _generator(items[::-1])


@builtin("zip", "itertools.zip_longest")
def _zip(state: State, call: Call) -> Value:
    columns = [known_items(state, call.scope, value) for value in call.positional]
    known = [column for column in columns if column is not None]
    if known and len(known) == len(columns) and len({len(column) for column in known}) == 1:
        return _generator(tuple(Sequence(row) for row in zip(*known)))
    row = tuple(iterate(state, call.scope, value) for value in call.positional)
    return _generator(None, Sequence(row))


@builtin("enumerate")
def _enumerate(state: State, call: Call) -> Value:
    first = call.first or OPAQUE
    items = known_items(state, call.scope, first)
    if items is not None:
        return _generator(tuple(Sequence((PLAIN, item)) for item in items))
    return _generator(None, Sequence((PLAIN, iterate(state, call.scope, first))))


def applied(state: State, call: Call, function: Value, *arguments: Value) -> Value:
    """What ``function`` gives; Keras sees an op that is applied so at the call itself."""
    node = call.node if isinstance(function, External) else None
    given = Call(call.scope, node, arguments)
    results: list[Value] = []

    def turn() -> list[Delta]:
        mark = state.heap.mark
        results.append(apply(state, given, function))
        return [state.heap.take(mark)]

    repeat(state, turn)
    if node is not None and state.has_op(node):
        state.op(node).other = True
    return join_all(results)


@builtin("map", "itertools.starmap")
def _map(state: State, call: Call) -> Value:
    if len(call.positional) < 2:
        return _generator(None, OPAQUE)
    columns = [known_items(state, call.scope, value) for value in call.positional[1:]]
    arguments = [iterate(state, call.scope, value) for value in call.positional[1:]]
    result = applied(state, call, call.positional[0], *arguments)
    if len(columns) == 1 and columns[0] is not None:
        return _generator(tuple(result for _ in columns[0]))
    return _generator(None, result)


@builtin("functools.reduce")
def _reduce(state: State, call: Call) -> Value:
    if len(call.positional) < 2:
        return OPAQUE
    element = iterate(state, call.scope, call.positional[1])
    result = call.positional[2] if len(call.positional) > 2 else element
    for _ in range(2):
        result = join_all([result, applied(state, call, call.positional[0], result, element)])
    if len(call.positional) == 2:
        items = known_items(state, call.scope, call.positional[1])
        if items is None or len(items) > 1:
            return applied(state, call, call.positional[0], result, element)
    return result


@builtin("filter", "itertools.filterfalse", "itertools.takewhile", "itertools.dropwhile")
def _filter(state: State, call: Call) -> Value:
    if len(call.positional) < 2:
        return _generator(None, OPAQUE)
    element = iterate(state, call.scope, call.positional[1])
    if call.positional[0] != NONE and not isinstance(call.positional[0], External):
        applied(state, call, call.positional[0], element)
    return _generator(None, element)


@builtin("itertools.cycle", "itertools.islice", "itertools.compress")
def _items_of_first(state: State, call: Call) -> Value:
    return _generator(None, iterate(state, call.scope, call.first or OPAQUE))


@builtin("itertools.tee")
def _tee(state: State, call: Call) -> Value:
    return Sequence(None, _items_of_first(state, call))


@builtin("itertools.chain")
def _chain(state: State, call: Call) -> Value:
    columns = [known_items(state, call.scope, value) for value in call.positional]
    known = [column for column in columns if column is not None]
    is_chain = all(column is not None for column in columns) and len(columns) > 1
    if is_chain:
        return _generator(tuple(item for column in known for item in column))
    found = [iterate(state, call.scope, value) for value in call.positional]
    return _generator(None, join_all(found))


@builtin("itertools.chain.from_iterable")
def _flattened(state: State, call: Call) -> Value:
    inner = iterate(state, call.scope, call.first or OPAQUE)
    return _generator(None, iterate(state, call.scope, inner))


@builtin(
    "itertools.combinations",
    "itertools.combinations_with_replacement",
    "itertools.permutations",
    "itertools.batched",
)
def _some_of_first(state: State, call: Call) -> Value:
    element = iterate(state, call.scope, call.first or OPAQUE)
    return _generator(None, Sequence(None, element))


@builtin("itertools.pairwise")
def _pairwise(state: State, call: Call) -> Value:
    element = iterate(state, call.scope, call.first or OPAQUE)
    return _generator(None, Sequence((element, element)))


@builtin("itertools.product")
def _product(state: State, call: Call) -> Value:
    found = [iterate(state, call.scope, value) for value in call.positional]
    row = Sequence(None, join_all(found))
    exact = Sequence(tuple(found)) if len(found) > 1 else row
    return _generator(None, exact)


@builtin("itertools.groupby")
def _groupby(state: State, call: Call) -> Value:
    element = iterate(state, call.scope, call.first or OPAQUE)
    return _generator(None, Sequence((OPAQUE, _generator(None, element))))


@builtin("itertools.accumulate")
def _accumulate(state: State, call: Call) -> Value:
    element = iterate(state, call.scope, call.first or OPAQUE)
    function = call.argument(1, "func")
    if function is None:
        result = element
        if any_symbolic([element]) and call.node is not None:
            record_op(state, call.node, ("operator.add",), True, True)
            state.op(call.node).other = True
    else:
        given = Call(call.scope, call.node, (function, call.first or OPAQUE))
        result = _reduce(state, given)
    return _generator(None, join_all([element, result]))


@builtin("itertools.repeat")
def _repeat(state: State, call: Call) -> Value:
    return _generator(None, call.first or OPAQUE)


@builtin("itertools.count", "range")
def _numbers(state: State, call: Call) -> Value:
    return PLAIN


@builtin("functools.partial", "functools.partialmethod")
def _partial(state: State, call: Call) -> Value:
    if call.first is None:
        return OPAQUE
    return Partial(call.first, call.positional[1:], tuple(call.keywords.items()))


@builtin("operator.itemgetter", "operator.attrgetter", "operator.methodcaller")
def _getter(state: State, call: Call) -> Value:
    return OPAQUE


@builtin("operator.setitem")
def _setitem(state: State, call: Call) -> Value:
    if len(call.positional) == 3:
        set_item(state, call.scope, *call.positional)
    return NONE


def _operator(name: str, *others: str) -> None:
    dotted = f"operator.{name}"

    @builtin(dotted, *others)
    def _apply(state: State, call: Call) -> Value:
        if not any_symbolic(call.arguments):
            return PLAIN if all(v.kinds != OPAQUE.kinds for v in call.arguments) else OPAQUE
        if call.node is not None:
            record_op(state, call.node, (dotted,), True, True)
        return result_of(list(call.positional), dotted)


for _name in (
    *("add", "sub", "mul", "truediv", "floordiv", "mod", "matmul", "neg", "pos", "abs"),
    *("lt", "le", "gt", "ge", "eq", "ne", "getitem", "and_", "or_", "xor", "invert"),
):
    _operator(_name)
_operator("pow", "pow")
