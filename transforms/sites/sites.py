"""Finding the raw expressions of a module, and the reasons to leave one alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from transforms.interpret.scopes import Fact, Module, OpFact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, Openness, may_be_symbolic
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.asked_numbers import is_of_numbers
from transforms.sites.eager_calls import eager_call
from transforms.sites.facts import fact_of, is_op, op_fact_of
from transforms.sites.library_ops import is_left_to_library
from transforms.sites.list_definitions import list_behind
from transforms.sites.loss_functions import (
    compiled_functions,
    is_called_by_loss,
    is_taken_from_table,
    loss_around,
    stands_in_loss,
)
from transforms.sites.operands import Operands, split_operands
from transforms.sites.raw_expressions import (
    UNPACKING,
    AugmentedAssignment,
    RawExpression,
    Unpacking,
    is_operator,
)
from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.nodes import children, walk
from transforms.syntax.places import COMPREHENSIONS, Place, expressions_with
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText


def find_raw_expressions(
    analysis: Analysis, module: Module, text: SourceText
) -> list[RawExpression]:
    """All raw expressions of ``module`` in the order of the source."""
    if module.path not in analysis.with_ops:
        return []
    raw_expressions: list[RawExpression] = []
    losses: set[ast.AST | None] = set()
    of_helpers: list[RawExpression] = []
    compiled = compiled_functions(module.all_of(ast.Call))
    expressions: defaultdict[Place, list[ast.expr]] = defaultdict(list)
    ops = {
        node for node in filter(analysis.ops.__contains__, module.nodes) if is_op(analysis, node)
    }
    for one in expressions_with(ops, module.statements):
        if not ops.isdisjoint(walk(one.node)):
            expressions[one.place].append(one.node)
    for statement, place in module.statements:
        if place not in expressions and type(statement) is not ast.AugAssign:
            continue
        of_statement = [
            _raw_expression(analysis, text, found, place)
            for expression in expressions.get(place, ())
            for found in _roots(analysis, expression, _Around(loops=place.loops))
        ]
        if isinstance(statement, ast.AugAssign) and is_op(analysis, statement):
            of_statement.append(_augmented_assignment(analysis, text, statement, place))
        if of_statement and is_taken_from_table(analysis, place.function):
            continue
        for raw in of_statement:
            if is_of_numbers(analysis, raw):
                continue
            loss = loss_around(analysis, compiled, place, raw.loops)
            if loss is None:
                raw_expressions.append(_not_for_losses(analysis, compiled, raw))
            elif place.function not in losses or place.function is None:
                # What follows in the same function is symbolic because of the first.
                losses.add(place.function)
                raw_expressions.append(_in_loss(raw, loss, text))
                if not stands_in_loss(compiled, place, raw.loops):
                    of_helpers.append(raw_expressions[-1])
    if len(losses) > len(of_helpers):
        # What a loss calls is given tensors by the loss, which is told.
        return [raw for raw in raw_expressions if raw not in of_helpers]
    return raw_expressions


def _not_for_losses(
    analysis: Analysis, compiled: frozenset[str | ast.AST], raw: RawExpression
) -> RawExpression:
    """``raw``, refused whatever is run where a loss would have a layer in it."""
    refusal = raw.refusal
    if refusal is None or not refusal.lifted_by_run:
        return raw
    if not is_called_by_loss(analysis, compiled, raw.place.function):
        return raw
    return replace(raw, refusal=replace(refusal, lifted_by_run=False))


def _in_loss(raw: RawExpression, loss: str, text: SourceText) -> RawExpression:
    tensor = text.text_of(raw.operands.symbolic[0]) if raw.operands.symbolic else "?"
    return replace(raw, refusal=refusals.in_loss(loss, tensor))


@dataclass(frozen=True, kw_only=True)
class _Around:
    """What a node stands in: loops, comprehensions and lambdas; and whether an f-string."""

    loops: tuple[ast.AST, ...]
    in_string: bool = False

    def inside(self, node: ast.AST) -> _Around:
        """What the parts of ``node`` stand in."""
        if isinstance(node, (*COMPREHENSIONS, ast.Lambda)):
            return replace(self, loops=(*self.loops, node))
        return replace(self, in_string=True) if isinstance(node, ast.JoinedStr) else self


@dataclass(frozen=True, kw_only=True)
class _Root:
    """A topmost raw op, and what it stands in."""

    node: ast.expr
    around: _Around


def _roots(analysis: Analysis, node: ast.AST, around: _Around) -> Iterator[_Root]:
    """The topmost raw ops at or below ``node``, and those below their operands."""
    if isinstance(node, ast.expr) and is_raw(analysis, node):
        yield _Root(node=node, around=around)
        operands = split_operands(analysis, node)
        for part in (*operands.symbolic, *operands.captured):
            yield from _roots(analysis, part, around)
        return
    around = around.inside(node)
    for child in children(node):
        yield from _roots(analysis, child, around)


def is_raw(analysis: Analysis, node: ast.expr) -> bool:
    """Whether ``node`` is a raw op, or Python's access to a part of the result of one."""
    if is_op(analysis, node):
        return True
    if isinstance(node, (ast.Attribute, ast.Subscript)) and is_op(analysis, node.value):
        return may_be_symbolic(fact_of(analysis, node).kinds)
    return False


def _raw_expression(
    analysis: Analysis,
    text: SourceText,
    found: _Root,
    place: Place,
) -> RawExpression:
    root, loops = found.node, found.around.loops
    if isinstance(root, (ast.Tuple, ast.List)):
        return _unpacking(analysis, text, root, place, loops)
    operands = _with_lists_inlined(analysis, root, place, split_operands(analysis, root))
    op_facts = [op_fact_of(analysis, op) for op in operands.ops]
    return RawExpression(
        root=root,
        place=place,
        loops=loops,
        keys=tuple(key for fact in op_facts for key in fact.keys),
        native=all(fact.native for fact in op_facts),
        operands=operands,
        refusal=refusals.inside_string(text.text_of(root))
        if found.around.in_string
        else operands.refusal or _refusal(analysis, text, place, operands),
    )


def _augmented_assignment(
    analysis: Analysis, text: SourceText, statement: ast.AugAssign, place: Place
) -> AugmentedAssignment:
    """``x *= value``; where the value is a raw expression, that is a site of its own."""
    operands = _with_lists_inlined(analysis, statement, place, split_operands(analysis, statement))
    own_fact = analysis.ops[statement]
    return AugmentedAssignment(
        root=statement,
        place=place,
        loops=place.loops,
        keys=own_fact.keys,
        native=own_fact.native,
        operands=operands,
        refusal=operands.refusal or _refusal(analysis, text, place, operands),
    )


def _with_lists_inlined(
    analysis: Analysis, root: ast.expr | ast.AugAssign, place: Place, operands: Operands
) -> Operands:
    """``operands`` with the items of mixed lists in the place of the lists.

    Keras takes no list of tensors and other values as an input of a layer.
    """
    lists: dict[ast.AST, ast.expr] = {}
    for part in operands.symbolic:
        if isinstance(part, ast.Name) and fact_of(analysis, part).mixed:
            display = list_behind(analysis, part, place)
            if display is not None:
                lists[part] = display
    if not lists:
        return operands
    inlined = split_operands(analysis, root, inlined=lists)
    again = [*inlined.symbolic, *inlined.captured]
    if any(_is_made_inside(part, display) for part in again for display in lists.values()):
        return operands
    return inlined


def _is_made_inside(part: ast.expr, display: ast.expr) -> bool:
    """Whether ``part`` makes something anew inside an item of ``display``; an item is indexed."""
    items = getattr(display, "elts", [])
    has_call = any(isinstance(node, (ast.Call, ast.NamedExpr)) for node in ast.walk(part))
    return has_call and part not in items and any(part in ast.walk(item) for item in items)


def _unpacking(
    analysis: Analysis,
    text: SourceText,
    names: ast.Tuple | ast.List,
    place: Place,
    loops: tuple[ast.AST, ...],
) -> RawExpression:
    """``a, b = tensor``: not native, since Keras 3.15 does not iterate over a KerasTensor."""
    statement = place.statement
    if not isinstance(statement, ast.Assign) or statement.targets != [names]:
        refusal = refusals.unsupported_syntax("unpacking a tensor here")
        return RawExpression(
            root=names,
            place=place,
            loops=loops,
            keys=(UNPACKING,),
            native=False,
            operands=Operands(ops=(names,), refusal=refusal),
            refusal=refusal,
        )
    value = statement.value
    operands = Operands(ops=(names,), symbolic=(value,))
    refusal_of_value: Refusal | None = None
    value_keys: tuple[str, ...] = ()
    if is_raw(analysis, value):
        inner = _raw_expression(
            analysis, text, _Root(node=value, around=_Around(loops=loops)), place
        )
        operands = replace(inner.operands, ops=(names, *inner.operands.ops))
        refusal_of_value, value_keys = inner.refusal, inner.keys
    is_certain = analysis.ops[names].certain
    refusal_of_value = _decisive(
        [
            refusal_of_value,
            _operand_refusal(fact_of(analysis, value), text, value, alone=True),
            None if is_certain else refusals.uncertain_tensor(text.text_of(value)),
        ]
    )
    return Unpacking(
        root=names,
        place=place,
        loops=loops,
        keys=(UNPACKING,),
        native=False,
        operands=operands,
        refusal=refusal_of_value,
        value=value,
        value_keys=value_keys,
    )


def _is_given(fact: OpFact, op: ast.Call) -> bool:
    """Whether a layer can be given the function that callers choose, whichever it is."""
    in_sight = fact.open == Openness.CHOSEN and not fact.other
    saved = in_sight and all(map(tf_catalog.is_saved_by_name, fact.keys))
    return saved or is_dotted_name(op.func)


def _refusal(
    analysis: Analysis, text: SourceText, place: Place, operands: Operands
) -> Refusal | None:
    """Why the ops must stay where they are, or None; ops are asked before their operands."""
    return _decisive(_reasons(analysis, text, place, operands))


def _decisive(reasons: Iterable[Refusal | None]) -> Refusal | None:
    """The first of ``reasons`` that holds whatever a run shows, else the first."""
    found = [reason for reason in reasons if reason is not None]
    return next((one for one in found if not one.lifted_by_run), found[0] if found else None)


def _reasons(
    analysis: Analysis, text: SourceText, place: Place, operands: Operands
) -> Iterator[Refusal | None]:
    for op in operands.ops:
        fact = analysis.ops[op]
        for key in fact.keys:
            reason = tf_catalog.reason_to_refuse(key)
            if reason is not None:
                yield refusals.unwrappable(reason)
            if key.startswith("method."):
                yield refusals.unwrappable(f"`{key[7:]}` is a method that only Keras 2 has")
        if "operator.eq" in fact.keys:
            yield refusals.equality()
        if fact.open and isinstance(op, ast.Call) and not _is_given(fact, op):
            yield refusals.open_function(text.text_of(op.func), fact.keys, fact.other)
        if is_left_to_library(analysis, op):
            yield refusals.library_code(fact.keys[0])
        if fact.eager and isinstance(op, ast.Call):
            yield refusals.also_eager(eager_call(analysis, place))
        if fact.other and fact.observed:
            yield refusals.found_at_run_time(text.text_of(op), fact.keys[0])
        elif fact.other and isinstance(op, ast.Call) and _is_applying(op.func):
            yield refusals.unsupported_syntax(f"an op that `{text.text_of(op.func)}` applies")
        elif fact.other and isinstance(op, ast.Call):
            yield refusals.unresolved_function(text.text_of(op.func))
        if not fact.certain:
            # A run tells what the operands are too.
            yield refusals.uncertain_tensor(text.text_of(op))
            return
    alone = len(operands.symbolic) == 1
    for part in operands.symbolic:
        yield _operand_refusal(fact_of(analysis, part), text, part, alone)


def _is_applying(function: ast.expr) -> bool:
    """Whether ``function`` is given the op and calls it."""
    name = getattr(function, "attr", getattr(function, "id", ""))
    return name in {
        "map",
        "starmap",
        "map_structure",
        "reduce",
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
    }


def _operand_refusal(fact: Fact, text: SourceText, part: ast.expr, alone: bool) -> Refusal | None:
    """Why ``part`` cannot be an input of a layer, or None.

    An array that is the input ``alone`` becomes the same tensor for a layer as for an op; beside
    another tensor the op gives it the dtype of that.
    """
    source = text.text_of(part)
    if fact.kinds & Kind.UNCERTAIN:
        return refusals.uncertain_tensor(source)
    others = fact.kinds & (Kind.EAGER | Kind.PLAIN | Kind.ARRAY | Kind.VARIABLE)
    tensors = Kind.EAGER | Kind.ARRAY if alone else Kind.EAGER
    return _decisive(
        [
            refusals.sometimes_symbolic(source, not others & ~tensors) if others else None,
            refusals.mixed_container(source) if fact.mixed else None,
        ]
    )


def single_ops(
    analysis: Analysis, expression: RawExpression, keep_operators: bool
) -> list[RawExpression]:
    """``expression`` split into one raw expression for each op.

    Operators stay between them as they are where ``keep_operators`` says so, but not products
    with a number, which Keras 3.15 takes for sparse tensors.
    """
    if isinstance(expression, Unpacking):
        operands = Operands(ops=expression.operands.ops[:1], symbolic=(expression.value,))
        return [replace(expression, operands=operands, value_keys=())]
    keep_operators = keep_operators and expression.code != "KC102"
    pieces: list[RawExpression] = []
    # What stands in a list belongs to the statement of the list, which is a site of its own.
    listed = {
        node for display in expression.operands.inlined.values() for node in ast.walk(display)
    }
    for op in expression.operands.ops:
        if op in listed:
            continue
        fact = analysis.ops[op]
        is_scaling = op in fact_of(analysis, op).scalings
        is_native = fact.native and all(is_operator(key) for key in fact.keys)
        if keep_operators and is_native and not is_scaling:
            continue
        operands = split_operands(analysis, op, op, expression.operands.inlined)
        kind: Callable[..., RawExpression] = (
            AugmentedAssignment if isinstance(op, ast.AugAssign) else RawExpression
        )
        pieces.append(
            kind(
                root=op,
                place=expression.place,
                loops=expression.loops,
                keys=fact.keys,
                native=fact.native,
                operands=operands,
                refusal=None,
            )
        )
    return pieces
