"""Comprehensions: loops in expressions, with variables of their own."""

from __future__ import annotations

import ast

from transforms.interpret import limits
from transforms.interpret.assignments import assign
from transforms.interpret.conditions import narrow
from transforms.interpret.contexts import Context
from transforms.interpret.fixpoint import repeat
from transforms.interpret.heap import Delta, Heap
from transforms.interpret.joins import join_all
from transforms.interpret.objects import Scope
from transforms.interpret.registry import evaluate, evaluates, iterate, known_items
from transforms.interpret.state import State
from transforms.interpret.structures import Mapping, Sequence
from transforms.interpret.summaries import makes_closures
from transforms.interpret.values import External, Known, Value

Comprehension = ast.ListComp | ast.SetComp | ast.GeneratorExp | ast.DictComp


class _Collected:
    def __init__(self) -> None:
        self.values: list[Value] = []
        self.keys: list[Value] = []
        self.exact = True


@evaluates(ast.ListComp, ast.SetComp, ast.GeneratorExp, ast.DictComp)
def _comprehension(state: State, scope: Scope, node: Comprehension) -> Value:
    collected = _Collected()
    inner = _inner_scope(state, scope, node)
    _generate(state, inner, node.generators, node, collected)
    inner.dead = inner.context is None
    values = tuple(collected.values)
    loose = join_all(values) if values else None
    if isinstance(node, ast.DictComp):
        if collected.exact and all(isinstance(key, Known) for key in collected.keys):
            entries = {
                key.value: item
                for key, item in zip(collected.keys, values)
                if isinstance(key, Known)
            }
            return state.new_dict(Mapping(entries), node)
        return state.new_dict(Mapping({}, loose), node)
    kind = {ast.ListComp: "list", ast.SetComp: "set"}.get(type(node), "generator")
    count = None if collected.exact or kind == "set" else _known_count(state, scope, node)
    if count is not None and loose is not None:
        values, collected.exact = (loose,) * count, True
    content = Sequence(
        values if collected.exact else None, None if collected.exact else loose, kind
    )
    return content if kind == "generator" else state.new_list(content, node)


def _known_count(state: State, scope: Scope, node: Comprehension) -> int | None:
    """How many items there are where it goes over ``range(3)``: nobody chooses the number."""
    first, *others = node.generators
    numbers = first.iter
    if others or first.ifs or first.is_async or not isinstance(numbers, ast.Call):
        return None
    if len(numbers.args) != 1 or numbers.keywords or not isinstance(numbers.func, ast.Name):
        return None
    count = evaluate(state, scope, numbers.args[0])
    is_range = evaluate(state, scope, numbers.func) == External("builtins.range")
    if not is_range or not isinstance(count, Known) or count.open:
        return None
    number = count.value
    return number if type(number) is int and 0 < number <= limits.LIST_LENGTH else None


def _inner_scope(state: State, scope: Scope, node: Comprehension) -> Scope:
    def make(heap: Heap, context: Context | None) -> Scope:
        return Scope(heap, scope.module, scope, scope.function, context)

    if makes_closures(scope, node):
        inner = state.place((node, "variables", scope), make)
    else:
        inner = make(state.heap, None)
    state.heap.allocate(inner, [])
    inner.owner, inner.receiver, inner.home = scope.owner, scope.receiver, scope.home
    inner.dead = False
    return inner


def _generate(
    state: State,
    scope: Scope,
    generators: list[ast.comprehension],
    node: Comprehension,
    collected: _Collected,
) -> None:
    if not generators:
        if isinstance(node, ast.DictComp):
            collected.keys.append(evaluate(state, scope, node.key))
            collected.values.append(evaluate(state, scope, node.value))
        else:
            collected.values.append(evaluate(state, scope, node.elt))
        return
    first, *others = generators
    iterable = evaluate(state, scope, first.iter)
    items = known_items(state, scope, iterable)
    if items is not None and len(items) <= limits.UNROLLED_COMPREHENSION and not first.ifs:
        for number, item in enumerate(items):
            with state.inside((first, number)):
                assign(state, scope, first.target, item)
                _generate(state, scope, others, node, collected)
        return
    collected.exact = False

    def turn() -> list[Delta]:
        mark = state.heap.mark
        assign(state, scope, first.target, iterate(state, scope, iterable))
        for condition in first.ifs:
            evaluate(state, scope, condition)
            narrow(state, scope, condition, True)
        _generate(state, scope, others, node, collected)
        return [state.heap.take(mark)]

    repeat(state, turn)
