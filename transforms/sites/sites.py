"""Finding the raw expressions of a module, and the reasons to leave one alone."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import may_be_symbolic
from transforms.sites import refusals
from transforms.sites.asked_numbers import is_of_numbers
from transforms.sites.facts import fact_of, is_op, op_fact_of
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
)
from transforms.sites.reasons import decisive, operand_refusal, refusal_of
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
        else operands.refusal or refusal_of(analysis, text, place, operands),
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
        refusal=operands.refusal or refusal_of(analysis, text, place, operands),
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
    refusal_of_value = decisive(
        [
            refusal_of_value,
            operand_refusal(fact_of(analysis, value), text, value, alone=True),
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
