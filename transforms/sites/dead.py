"""Statements of raw ops whose result nobody reads: they are deleted."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.sites.raw_expressions import RawExpression, is_operator
from transforms.sites.run_statements import RunStatement, run_statement
from transforms.syntax.liveness import READING_ALL, Names, names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place
from transforms.syntax.records import Edit, ReplaceStatements, Span
from transforms.syntax.source_text import SourceText

# Sizes have no effect but their value; any other op may check what it is given, or draw.
SIZES = frozenset({"tf.shape", "tf.size", "tf.rank", "K.shape", "K.ndim"})
DELETED = "is deleted: nothing reads the result"


@dataclass(frozen=True, eq=False, kw_only=True)
class DeadStatement:
    """A statement that goes, as a unit of its own."""

    statement: RunStatement

    @property
    def expressions(self) -> tuple[RawExpression, ...]:
        """The raw expressions of the statement."""
        return self.statement.expressions

    @property
    def statements(self) -> tuple[RunStatement, ...]:
        """The statement."""
        return (self.statement,)

    @property
    def outputs(self) -> tuple[()]:
        """Nothing: no name is read."""
        return ()

    @property
    def layer_ops(self) -> tuple[()]:
        """Nothing: there is no layer."""
        return ()

    @property
    def assigned_name(self) -> None:
        """Nothing: no name is read."""
        return None

    def span(self, text: SourceText) -> Span:
        """The statement."""
        return text.span(self.statement.node)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that deletes the statement."""
        return ReplaceStatements(first=self.span(text), last=self.span(text), source=call)


def find_dead(
    expressions: Sequence[RawExpression], live: Mapping[ast.stmt, Names], text: SourceText
) -> list[RunStatement]:
    """The statements of functions that compute sizes, and whose names are not read after them."""
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    dead: list[RunStatement] = []
    for node, own in by_statement.items():
        function = own[0].place.function
        if not isinstance(function, ast.FunctionDef) or names_read(function) & READING_ALL:
            continue
        statement = run_statement(node, own) if isinstance(node, ast.Assign) else None
        if statement is None or statement.private or statement.defines & live[node]:
            continue
        only_sizes = all(key in SIZES or is_operator(key) for raw in own for key in raw.keys)
        has_size = any(key in SIZES for raw in own for key in raw.keys)
        if (
            only_sizes
            and has_size
            and not _calls_more(own)
            and stands_alone(node, own[0].place, text)
        ):
            dead.append(statement)
    return dead


def _calls_more(expressions: Sequence[RawExpression]) -> bool:
    """Whether operands call something, such as a layer, which is to go on."""
    operands = [
        part for raw in expressions for part in (*raw.operands.symbolic, *raw.operands.captured)
    ]
    return any(isinstance(node, ast.Call) for part in operands for node in walk(part))


def stands_alone(node: ast.stmt, place: Place, text: SourceText) -> bool:
    """Whether lines can go with ``node``: it has some of its own, and its suite has more."""
    span = text.span(node)
    before = text.lines[span.line - 1][: span.column]
    after = text.lines[span.end_line - 1][span.end_column :].strip()
    return len(place.block) > 1 and not before.strip() and (not after or after.startswith("#"))
