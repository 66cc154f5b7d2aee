"""Raw ops that a run showed and the analysis did not find: they become sites too."""

from __future__ import annotations

import ast
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from transforms.interpret.operators import BINARY, COMPARISONS, UNARY
from transforms.interpret.scopes import Fact, OpFact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.knowledge import tf_catalog
from transforms.sites.facts import fact_of, is_op
from transforms.syntax.accesses import is_dotted_name
from transforms.syntax.records import Span
from transforms.syntax.source_text import SourceText

OPERATORS = "tf.__operators__."


@dataclass(frozen=True, kw_only=True)
class ObservedOp:
    """A raw op of a run: the expression that made it, its name, and which arguments were symbolic.

    An argument is told by its place or its name; ``lists`` are those of symbolic tensors alone.
    """

    span: Span
    name: str
    tensors: tuple[int | str, ...] = ()
    lists: tuple[int | str, ...] = ()


def with_observed(
    analysis: Analysis,
    observed: Mapping[Path, Iterable[ObservedOp]],
    texts: Mapping[Path, SourceText],
) -> Analysis:
    """``analysis`` with the ops in ``observed`` that it misses.

    Where the expression says itself which op it is, it can be rewritten; elsewhere its site tells
    that it was found at run time.
    """
    facts: dict[ast.AST, Fact] = {}
    ops: dict[ast.AST, OpFact] = {}
    paths: set[Path] = set()
    for path, found in observed.items():
        by_span: dict[Span, list[ObservedOp]] = defaultdict(list)
        for op in found:
            by_span[op.span].append(op)
        for node, made in _nodes(analysis, path, texts[path], by_span):
            paths.add(path)
            ops[node] = _op_fact(analysis, node, made)
            facts[node] = _tensor()
            for part in [*_tensors(node, made[0]), *_items(node, made[0])]:
                if not may_be_symbolic(fact_of(analysis, part).kinds):
                    facts[part] = _tensor()
    if not ops:
        return analysis
    return replace(
        analysis,
        facts={**analysis.facts, **facts},
        ops={**analysis.ops, **ops},
        with_ops=analysis.with_ops | paths,
    )


def with_inexact(
    analysis: Analysis, inexact: Mapping[Path, Iterable[Span]], texts: Mapping[Path, SourceText]
) -> Analysis:
    """``analysis`` in which the operators at the spans are none that Keras 3 applies itself."""
    spans = {path: frozenset(found) for path, found in inexact.items()}
    ops = {
        node: replace(fact, native=False)
        for path, found in spans.items()
        if found
        for node in ast.walk(analysis.modules[path].tree)
        if (fact := analysis.ops.get(node)) is not None
        and fact.native
        and texts[path].span(node) in found
    }
    return replace(analysis, ops={**analysis.ops, **ops}) if ops else analysis


def _nodes(
    analysis: Analysis, path: Path, text: SourceText, by_span: Mapping[Span, list[ObservedOp]]
) -> Iterable[tuple[ast.expr, list[ObservedOp]]]:
    """The expressions at the spans, but for those in what is known to make raw ops."""
    for node in _outside_known(analysis, analysis.modules[path].tree):
        if isinstance(node, (ast.Call, ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript)):
            made = by_span.get(text.span(node))
            if made:
                yield node, made


def _outside_known(analysis: Analysis, tree: ast.AST) -> Iterable[ast.AST]:
    """All nodes that are no ops as the analysis sees it."""
    return (node for node in ast.walk(tree) if not is_op(analysis, node))


def _tensor() -> Fact:
    """What is known of an expression that held a tensor in a run."""
    fact = Fact()
    fact.kinds, fact.dtypes = Kind.SYMBOLIC, frozenset({"unknown"})
    return fact


def _op_fact(analysis: Analysis, node: ast.expr, made: Sequence[ObservedOp]) -> OpFact:
    key = _key(node, made[0].name)
    is_plain = len(made) == 1 and _says_itself(analysis, node, key)
    # Of a list of other things too it is not known which items were symbolic.
    known = list(_lists(node, made[0]))
    is_plain = is_plain and not any(
        isinstance(part, (ast.List, ast.Tuple))
        and part not in known
        and not may_be_symbolic(fact_of(analysis, part).kinds)
        for part in _tensors(node, made[0])
    )
    is_native = not isinstance(node, ast.Call)
    return OpFact(keys=(key,), native=is_native, other=not is_plain, observed=True)


def _key(node: ast.expr, name: str) -> str:
    if isinstance(node, ast.BinOp):
        return f"operator.{BINARY[type(node.op)]}"
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        return f"operator.{UNARY[type(node.op)]}"
    if isinstance(node, ast.Compare) and type(node.ops[0]) in COMPARISONS:
        return f"operator.{COMPARISONS[type(node.ops[0])]}"
    if isinstance(node, ast.Subscript):
        return "operator.getitem"
    if name.startswith(OPERATORS):
        return f"operator.{name[len(OPERATORS) :]}"
    return tf_catalog.canonical(name.replace("tf.", "tensorflow.", 1))


def _says_itself(analysis: Analysis, node: ast.expr, key: str) -> bool:
    """Whether the expression is that op whatever the values in it are."""
    if isinstance(node, ast.Compare):
        return len(node.ops) == 1
    if not isinstance(node, ast.Call):
        return True
    if not is_dotted_name(node.func) or not isinstance(node.func, ast.Attribute):
        return False
    is_same = node.func.attr == key.rpartition(".")[2]
    return is_same and fact_of(analysis, node.func).kinds == Kind.CALLABLE


def _items(node: ast.expr, made: ObservedOp) -> Iterable[ast.expr]:
    """The items of displayed lists that held symbolic tensors alone."""
    return (item for part in _lists(node, made) for item in part.elts)


def _lists(node: ast.expr, made: ObservedOp) -> Iterable[ast.List | ast.Tuple]:
    """The displayed lists in an expression that held symbolic tensors alone."""
    for part in _given(node, made, made.lists) if isinstance(node, ast.Call) else ():
        if isinstance(part, (ast.List, ast.Tuple)) and not any(
            isinstance(item, ast.Starred) for item in part.elts
        ):
            yield part


def _given(node: ast.Call, made: ObservedOp, places: Iterable[int | str]) -> Iterable[ast.expr]:
    """The arguments of a call at ``places``."""
    # TensorFlow hands arguments on by name, also those that were given by place.
    names = tf_catalog.signature(_key(node, made.name))
    given: dict[int | str | None, ast.expr] = {**dict(enumerate(node.args))}
    given.update(zip(names, node.args))
    given.update((keyword.arg, keyword.value) for keyword in node.keywords)
    return (given[place] for place in places if place in given)


def _tensors(node: ast.expr, made: ObservedOp) -> Iterable[ast.expr]:
    """The parts of an expression that were symbolic."""
    if isinstance(node, ast.Call):
        yield from _given(node, made, made.tensors)
    elif isinstance(node, ast.BinOp):
        swapped = made.name.startswith(f"{OPERATORS}r")
        sides = [node.right, node.left] if swapped else [node.left, node.right]
        yield from (sides[place] for place in made.tensors if place in (0, 1))
    elif isinstance(node, ast.UnaryOp):
        yield node.operand
    elif isinstance(node, ast.Subscript):
        yield node.value
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        yield from (sides[place] for place in made.tensors if place in (0, 1))
