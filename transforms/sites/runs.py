"""Runs: sequences of statements of one suite that hold nothing but raw expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import is_access
from transforms.syntax.limits import SHORTEST_RUN
from transforms.syntax.liveness import names_bound, names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import own_statements
from transforms.syntax.records import Edit, ReplaceStatements, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class RunStatement:
    """A statement whose value is made of raw expressions only."""

    node: ast.stmt
    expressions: tuple[RawExpression, ...]
    defines: frozenset[str]

    @property
    def is_native(self) -> bool:
        """Whether Keras 3 applies all its ops to KerasTensors itself."""
        return all(
            expression.code == "KC102" and expression.native for expression in self.expressions
        )


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """Statements of one suite that become one layer; ``outputs`` are the names read afterwards."""

    statements: tuple[RunStatement, ...]
    outputs: tuple[str, ...]

    @property
    def returns(self) -> bool:
        """Whether the run ends in a return statement."""
        return isinstance(self.statements[-1].node, ast.Return)

    @property
    def expressions(self) -> tuple[RawExpression, ...]:
        """The raw expressions of the run in the order of the source."""
        return tuple(
            expression for statement in self.statements for expression in statement.expressions
        )

    @property
    def layer_ops(self) -> tuple[str, ...]:
        """The keys of the ops that the layer applies."""
        return tuple(key for expression in self.expressions for key in expression.keys)

    @property
    def assigned_name(self) -> str | None:
        """The last of the names that the layer gives values to."""
        return self.outputs[-1] if self.outputs else None

    def span(self, text: SourceText) -> Span:
        """The first statement."""
        return text.span(self.statements[0].node)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts one statement with the layer's call into the place of the run."""
        statement = f"return {call}" if self.returns else f"{', '.join(self.outputs)} = {call}"
        return ReplaceStatements(
            first=self.span(text), last=text.span(self.statements[-1].node), source=statement
        )


def find_runs(
    expressions: Sequence[RawExpression],
    live: Mapping[ast.stmt, frozenset[str]],
    keep_operators: bool,
) -> list[Run]:
    """The runs among ``expressions``, in the order of the source.

    ``live`` holds the names that are read after each statement. With ``keep_operators`` a run
    neither starts nor ends with operators that Keras 3 applies itself, unless it is the whole body
    of a function, which is one idea.
    """
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    runs: list[Run] = []
    divided: set[ast.stmt] = set()
    for expression in expressions:
        if expression.statement in divided:
            continue
        block = expression.place.block
        divided.update(block)
        for group in _groups(block, by_statement):
            kept = _without_return_that_loses_names(group, live)
            is_whole = [one.node for one in kept] == own_statements(expression.place.function)
            trimmed = _trim(kept, is_whole) if keep_operators else kept
            if len(trimmed) >= SHORTEST_RUN:
                runs.append(Run(statements=tuple(trimmed), outputs=_outputs(trimmed, live)))
    return runs


def _groups(
    block: Sequence[ast.stmt], by_statement: Mapping[ast.stmt, list[RawExpression]]
) -> list[list[RunStatement]]:
    """The longest sequences of statements of ``block`` that one layer can hold."""
    groups: list[list[RunStatement]] = [[]]
    for statement in block:
        candidate = run_statement(statement, by_statement.get(statement, []))
        if candidate is None:
            groups.append([])
            continue
        if _depends_from_outside(candidate, groups[-1]):
            groups.append([])
        groups[-1].append(candidate)
        if isinstance(statement, ast.Return):
            groups.append([])
    return [group for group in groups if group]


def run_statement(statement: ast.stmt, expressions: Sequence[RawExpression]) -> RunStatement | None:
    """``statement`` as a part of a run; None where it holds more than ``expressions``.

    Functions that are called by another way than their name are looked up where they stand, so
    they keep a statement out.
    """
    value = _value(statement)
    if value is None:
        return None
    if isinstance(statement, ast.AugAssign):
        roots: list[ast.AST] = [statement, statement.value]
        is_whole = True
    else:
        roots = [*value.elts] if isinstance(value, ast.Tuple) else [value]
        is_whole = False
    by_root: dict[ast.AST, RawExpression] = {raw.root: raw for raw in expressions}
    chosen = [by_root[root] for root in roots if root in by_root]
    if not chosen or not (is_whole or len(chosen) == len(roots)):
        return None
    # Any other raw expression is nested in an operand, where it is a unit of its own.
    if any(raw not in chosen for raw in expressions):
        return None
    if any(raw.refusal is not None or raw.operands.functions for raw in chosen):
        return None
    return RunStatement(node=statement, expressions=tuple(chosen), defines=_defines(statement))


def _value(statement: ast.stmt) -> ast.expr | None:
    """The value that ``statement`` returns or gives to plain names."""
    if isinstance(statement, ast.Assign):
        simple = all(_is_name_target(target) for target in statement.targets)
        return statement.value if simple else None
    if isinstance(statement, ast.AugAssign):
        return statement.value if isinstance(statement.target, ast.Name) else None
    if isinstance(statement, ast.AnnAssign):
        return statement.value if isinstance(statement.target, ast.Name) else None
    if isinstance(statement, ast.Return):
        return statement.value
    return None


def _is_name_target(target: ast.expr) -> bool:
    if isinstance(target, (ast.Tuple, ast.List)):
        return all(isinstance(element, ast.Name) for element in target.elts)
    return isinstance(target, ast.Name)


def _defines(statement: ast.stmt) -> frozenset[str]:
    """The names that ``statement`` gives values to."""
    if isinstance(statement, ast.AugAssign):
        return names_bound(statement.target)
    return names_bound(statement)


def _depends_from_outside(candidate: RunStatement, group: Sequence[RunStatement]) -> bool:
    """Whether a part that is evaluated outside the layer reads what ``group`` defines.

    A layer can access an item or attribute of a name inside, but makes no other operand itself.
    """
    defined = frozenset().union(*(statement.defines for statement in group))
    if not defined:
        return False
    for expression in candidate.expressions:
        for part in expression.operands.captured:
            if names_read(part) & defined:
                return True
        for part in expression.operands.symbolic:
            if not is_access(part) and names_read(part) & defined:
                return True
    return False


def _trim(group: list[RunStatement], is_whole: bool) -> list[RunStatement]:
    """``group`` without the statements at its ends that need no layer in Keras 3."""
    if is_whole and not all(statement.is_native for statement in group):
        return group
    start, end = 0, len(group)
    while start < end and group[start].is_native:
        start += 1
    while end > start and group[end - 1].is_native:
        end -= 1
    return group[start:end]


def _without_return_that_loses_names(
    group: list[RunStatement], live: Mapping[ast.stmt, frozenset[str]]
) -> list[RunStatement]:
    """``group``, without its ``return`` where names that it defines are read after that.

    ``finally`` reads them, an inner function, or whoever reads the globals.
    """
    last = group[-1].node
    if isinstance(last, ast.Return) and any(one.defines & live[last] for one in group):
        return group[:-1]
    return group


def _outputs(
    group: Sequence[RunStatement], live: Mapping[ast.stmt, frozenset[str]]
) -> tuple[str, ...]:
    """The names that are read after ``group``, in the order of the source.

    Where none is read, the last statement keeps its names: the layer must stand somewhere.
    """
    last = group[-1].node
    if isinstance(last, ast.Return):
        return ()
    read_later = live[last]
    outputs: list[str] = []
    for statement in group:
        for name in _target_names(statement.node):
            if name in read_later and name not in outputs:
                outputs.append(name)
    return tuple(outputs) or tuple(_target_names(last))


def _target_names(statement: ast.stmt) -> list[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    return [node.id for target in targets for node in walk(target) if isinstance(node, ast.Name)]
