"""Calls of functions of the sources, and their summaries.

Equal arguments do the same where the heap is the same. So a call is run once, its result and what
it changed are kept with what it read, and where the same is read again both are applied.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass, replace

from transforms.interpret import limits
from transforms.interpret.binding import bind_arguments
from transforms.interpret.contexts import Context
from transforms.interpret.forgetting import are_kept, call_shape, forgetting, with_stand_ins
from transforms.interpret.heap import Heap, HeapObject, cell_value
from transforms.interpret.joins import join, join_all, widened
from transforms.interpret.leaves import any_symbolic
from transforms.interpret.matching import Matching
from transforms.interpret.objects import Function, Scope
from transforms.interpret.reach import out_of_reach, reachable
from transforms.interpret.registry import Call, evaluate, execute_block
from transforms.interpret.renaming import Renaming
from transforms.interpret.state import Activation, State, Summary
from transforms.interpret.structures import Sequence
from transforms.interpret.values import NONE, OF_OPTIONS, OPAQUE, Parameter, Symbolic, Value


def makes_closures(scope: Scope, node: ast.AST) -> bool:
    """Whether something made in ``node`` may use its variables after it has ended."""
    return node in scope.module.closing


def call_function(state: State, call: Call, function: Function) -> Value:
    """Run an analysed function on abstract arguments, or apply what is known of such a call."""
    definition = function.node
    if call.node is not None:
        state.records.callers.setdefault(definition, set()).add(call.node)
    bound = bind_arguments(state, function, call)
    alike, stand_ins = with_stand_ins(state, definition, bound)
    result = _called(state, call, function, alike, stand_ins)
    if result is None:
        # It keeps or changes a list that was given it: that must be the very list.
        state.keeping[definition] = frozenset(bound)
        result = _called(state, call, function, bound, frozenset())
    return OPAQUE if result is None else _with_own_dtype(call, result)


def _with_own_dtype(call: Call, result: Value) -> Value:
    """``result``, in the dtype of the policy where all that the call gives is written there."""
    words = getattr(call.node, "keywords", None)
    if words is None or any(word.arg is None for word in words):
        return result
    if isinstance(result, Symbolic) and result.dtype == OF_OPTIONS:
        return replace(result, dtype="policy")
    return result


def _called(
    state: State,
    call: Call,
    function: Function,
    bound: dict[str, Value],
    stand_ins: frozenset[HeapObject],
) -> Value | None:
    """The result of a call; None where it keeps one of ``stand_ins``."""
    definition = function.node
    nested = [activation for activation in state.running if activation.node is definition]
    if len(nested) >= limits.RECURSION:
        bound = {name: widened(value) for name, value in bound.items()}
        shape = call_shape(function, bound, stand_ins)
    else:
        bound, shape = forgetting(state, function, bound, stand_ins)
    key = (function.scope, tuple(bound.items()))
    for activation in nested:
        if activation.key == key:
            return _recurring(state, activation)
    if len(state.running) >= limits.CALL_DEPTH:
        state.cut_short()
        return not_followed(bound)
    context = _context(state, call.node or definition, definition)
    if nested:
        context = _recurring_context(state, nested, context)
    kind = (state.layer_depth > 0, shape.function, shape.arguments)
    known = state.summaries.setdefault(kind, [])
    for summary in reversed(known):
        state.heap.work += len(summary.reads) + len(summary.changes)
        matching = _applies(state, summary, shape.symbols, stand_ins)
        if matching is not None:
            # What fitted last is tried first.
            known.remove(summary)
            known.append(summary)
            return _replay(state, summary, context, matching)
    if state.own_steps.get(definition, 0) > limits.FUNCTION_STEPS:
        state.cut_short()
        return not_followed(bound)
    run = _Run(function, bound, key, context, shape.symbols, stand_ins)
    return _run(state, run, known)


def not_followed(bound: dict[str, Value]) -> Value:
    """What a call gives that is not looked into."""
    if any_symbolic(list(bound.values())):
        return Symbolic("unknown", certain=False, structured=True)
    return OPAQUE


def _context(state: State, edge: ast.AST, definition: ast.AST) -> Context:
    """Where a call makes its objects; past many chains of calls only the last call counts."""
    seen = state.contexts.setdefault(definition, set())
    context = state.context.child(edge)
    if context not in seen and len(seen) >= limits.PLACES:
        return state.shared.child(definition).child(edge)
    seen.add(context)
    return context


def _recurring_context(state: State, nested: list[Activation], context: Context) -> Context:
    """Past a few activations a recursion makes its objects where it made them before."""
    return nested[-1].context if len(nested) >= limits.RECURSION else context


def _recurring(state: State, activation: Activation) -> Value:
    """A call that is running already: what it is known to do so far, which then grows."""
    activation.recurs = True
    for inner in state.running[state.running.index(activation) + 1 :]:
        inner.is_provisional = True
    state.heap.include(activation.changes)
    return OPAQUE if activation.result is None else activation.result


def _applies(
    state: State, summary: Summary, symbols: tuple[Value, ...], stand_ins: frozenset[HeapObject]
) -> Matching | None:
    """How the heap is as the call of ``summary`` read it; None where it is not."""
    # Inside ``try`` all values matter that a cell takes on the way, and a summary has the last.
    if state.heap.journal is not None and summary.changes:
        return None
    matching = Matching()
    for old, new in zip(summary.symbols, symbols):
        if not matching.pair(old, new):
            return None
    for (obj, key), value in summary.reads.items():
        found = matching.found(obj)
        if found is None:
            return None
        now = cell_value(found, key)
        if now is value and (value is None or value.is_ground):
            continue
        if now is None or value is None or not matching.match(value, now):
            return None
    for obj, _ in summary.changes:
        if obj not in summary.made:
            target = matching.found(obj)
            if target is None or target in stand_ins:
                return None
    return matching


def _replay(state: State, summary: Summary, context: Context, matching: Matching) -> Value:
    """Change the heap as the call did; what it made is made anew in this context."""
    heap = state.heap
    renaming = Renaming(summary.context, context, summary.made, matching)
    heap.read_again(renaming.cells(summary.reads))
    made: dict[HeapObject, list[tuple[str, Value]]] = {}
    for (obj, key), value in summary.changes.items():
        if obj not in summary.made:
            new = None if value is None else renaming.value(value)
            heap.write(renaming.address(obj), key, new)
        elif value is not None:
            made.setdefault(renaming.address(obj), []).append((key, renaming.value(value)))
    for target, cells in made.items():
        heap.allocate(target, cells)
    evidence = {renaming.value(parameter) for parameter in summary.evidence}
    state.applied_layer(item for item in evidence if isinstance(item, Parameter))
    return renaming.value(summary.result)


@dataclass(frozen=True)
class _Run:
    function: Function
    bound: dict[str, Value]
    key: Hashable
    context: Context
    symbols: tuple[Value, ...]
    stand_ins: frozenset[HeapObject]


def _run(state: State, run: _Run, known: list[Summary]) -> Value | None:
    """Run a call and keep its summary."""
    heap, function, context = state.heap, run.function, run.context
    activation = Activation(run.key, function.node, context)
    state.records.evaluated.add(function.node)
    state.running.append(activation)
    record = heap.begin_call()
    mark = heap.mark
    outer = (state.context, state.module, state.site)
    state.context, state.module = context, function.scope.module
    begun = state.steps
    try:
        for _ in range(limits.RECURSION_PASSES):
            result = _body(state, function, run.bound)
            if not activation.recurs or not _grows(state, activation, result, mark):
                break
        else:
            state.cut_short()
    finally:
        state.running.pop()
        state.context, state.module, state.site = outer
        heap.end_call(record)
        state.count_own_steps(activation, state.steps - begun)
    changes = heap.settle(mark)
    is_summarized = not activation.is_provisional
    if is_summarized or run.stand_ins:
        made, changes = reachable(changes, result, record.start)
    if are_kept(run.stand_ins, record, changes, result):
        heap.take(mark)
        return None
    if is_summarized:
        heap.forget(mark, out_of_reach(heap, mark, made, record.start))
        evidence = frozenset(record.evidence)
        found = (run.symbols, record.reads, changes, result, made, evidence)
        summary = Summary(context, *found)
        known.append(summary)
        del known[: -limits.SUMMARIES]
        state.new_summaries.append((known, summary))
    return result


def _grows(state: State, activation: Activation, result: Value, mark: int) -> bool:
    """Take the result of one pass over a recursion; whether another one may say more."""
    changes = state.heap.since(mark)
    before, changed = activation.result, activation.changes
    joined = result if before is None else join(before, result)
    grows = before is None or joined is not before
    for cell, value in changes.items():
        old = changed.get(cell)
        grows = grows or cell not in changed or (value is not None and value != old)
    activation.result, activation.changes = joined, changes
    if grows:
        state.heap.take(mark)
    return grows


def _body(state: State, function: Function, bound: dict[str, Value]) -> Value:
    definition = function.node
    scope = _variables(state, function)
    receiver = next(iter(bound.values()), None)
    if function.owner is not None and receiver is not None and function.binding != "static":
        scope.owner, scope.receiver = function.owner, receiver
    elif function.owner is not None:
        scope.owner = function.owner
    else:
        scope.owner, scope.receiver = function.scope.owner, function.scope.receiver
    state.heap.allocate(scope, bound.items())
    scope.start_run()
    scope.parameters = frozenset(bound)
    arguments = definition.args
    for argument in (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs):
        state.note(argument, bound.get(argument.arg, OPAQUE))
    if isinstance(definition, ast.Lambda):
        result = evaluate(state, scope, definition.body)
        scope.dead = not makes_closures(function.scope, definition)
        return result
    mark = scope.mark
    through = execute_block(state, scope, definition.body)
    scope.dead = not makes_closures(function.scope, definition)
    _join_exits(state, scope, mark, through)
    if scope.yielded:
        # A generator runs as far as it is asked to.
        state.heap.include(state.heap.take(mark))
        if function.is_manager:
            return join_all(scope.yielded)
        return Sequence(None, join_all(scope.yielded), "generator")
    if not scope.returned:
        return NONE if through else OPAQUE
    return join_all([*scope.returned, *([NONE] if through else [])])


def _join_exits(state: State, scope: Scope, mark: int, through: bool) -> None:
    """Let the heap be what it is where the function was left, in one of several ways."""
    ways = scope.left
    scope.left = []
    if not ways or (len(ways) == 1 and not through and scope.returned_at == state.heap.undone):
        return
    delta = state.heap.take(mark)
    if through:
        ways.append(delta)
    live = [{cell: value for cell, value in way.items() if not cell[0].dead} for way in ways]
    state.heap.join(live)


def _variables(state: State, function: Function) -> Scope:
    """The variables of a call; those that closures keep have a place in the heap."""
    definition = function.node

    def make(heap: Heap, context: Context | None) -> Scope:
        return Scope(heap, function.scope.module, function.scope, definition, context)

    if not makes_closures(function.scope, definition):
        return make(state.heap, None)
    scope = state.place((definition, "variables", function.scope), make)
    scope.dead = False
    return scope
