"""Runs: sequences of statements of one suite that hold nothing but raw expressions."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import is_access
from transforms.syntax.liveness import names_bound, names_read
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
    """The runs of two or more statements among ``expressions``."""
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    runs: list[Run] = []
    seen: set[ast.stmt] = set()
    for expression in expressions:
        if expression.statement in seen:
            continue
        block = expression.place.block
        seen.update(block)
        for group in _groups(block, by_statement):
            trimmed = _trim(group) if keep_operators else group
            if len(trimmed) > 1:
                runs.append(Run(statements=tuple(trimmed), outputs=_outputs(trimmed, live)))
    return runs


def _groups(
    block: Sequence[ast.stmt], by_statement: Mapping[ast.stmt, list[RawExpression]]
) -> list[list[RunStatement]]:
    groups: list[list[RunStatement]] = [[]]
    for statement in block:
        candidate = _run_statement(statement, by_statement.get(statement, []))
        if candidate is None:
            groups.append([])
            continue
        if _depends_from_outside(candidate, groups[-1]):
            groups.append([])
        groups[-1].append(candidate)
        if isinstance(statement, ast.Return):
            groups.append([])
    return [group for group in groups if group]


def _run_statement(statement: ast.stmt, found: list[RawExpression]) -> RunStatement | None:
    value = _value(statement)
    if value is None or not found:
        return None
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    roots: dict[ast.AST, RawExpression] = {item.root: item for item in found}
    if isinstance(statement, ast.AugAssign):
        chosen = [roots[node] for node in (statement, statement.value) if node in roots]
        parts = []
    else:
        chosen = [roots[part] for part in parts if part in roots]
    if len(chosen) != len(parts) and not isinstance(statement, ast.AugAssign):
        return None
    nested = [item for item in found if item not in chosen]
    if not chosen or nested or any(item.refusal is not None for item in chosen):
        return None
    if any(item.operands.functions for item in chosen):
        return None
    return RunStatement(node=statement, expressions=tuple(chosen), defines=_defines(statement))


def _value(statement: ast.stmt) -> ast.expr | None:
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
    if isinstance(statement, ast.AugAssign):
        return names_bound(statement.target)
    return names_bound(statement)


def _depends_from_outside(candidate: RunStatement, group: Sequence[RunStatement]) -> bool:
    """Whether a part that is evaluated outside the layer reads what the run defines."""
    defined = frozenset().union(*(item.defines for item in group))
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


def _trim(group: list[RunStatement]) -> list[RunStatement]:
    start, end = 0, len(group)
    while start < end and group[start].is_native:
        start += 1
    while end > start and group[end - 1].is_native:
        end -= 1
    return group[start:end]


def _outputs(
    group: Sequence[RunStatement], live: Mapping[ast.stmt, frozenset[str]]
) -> tuple[str, ...]:
    last = group[-1]
    if isinstance(last.node, ast.Return):
        return ()
    wanted = live[last.node]
    order: list[str] = []
    for statement in group:
        for name in _ordered_names(statement.node):
            if name in wanted and name not in order:
                order.append(name)
    return tuple(order) or tuple(_ordered_names(last.node))


def _ordered_names(statement: ast.stmt) -> list[str]:
    targets: list[ast.expr] = []
    if isinstance(statement, ast.Assign):
        targets = list(statement.targets)
    elif isinstance(statement, (ast.AugAssign, ast.AnnAssign)):
        targets = [statement.target]
    return [
        node.id for target in targets for node in ast.walk(target) if isinstance(node, ast.Name)
    ]
