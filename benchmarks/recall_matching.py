"""Matching what the analysis finds with what Keras 2 saw when the models were built."""

from __future__ import annotations

import ast
import bisect
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from transforms.interpret.scopes import OpFact
from transforms.interpret.symbolic import Analysis

Position = tuple[int, int, int, int]
OPERATORS = (ast.BinOp, ast.UnaryOp, ast.Compare, ast.Subscript, ast.AugAssign, ast.Tuple, ast.List)


@dataclass(frozen=True)
class Finding:
    """A miss or a false alarm: where it stands, its source and what kind of code it is."""

    path: Path
    line: int
    column: int
    source: str
    pattern: str
    is_operator: bool
    ops: tuple[str, ...]


@dataclass
class Score:
    """What was found in one package; the counts of pairs are (function ops, operators)."""

    sites: list[int] = field(default_factory=lambda: [0, 0])
    found: list[int] = field(default_factory=lambda: [0, 0])
    uncertain: int = 0
    reported: int = 0
    executed: list[int] = field(default_factory=lambda: [0, 0])
    misses: list[Finding] = field(default_factory=list)
    false_alarms: list[Finding] = field(default_factory=list)

    def add(self, other: Score) -> None:
        """Add the counts and findings of ``other``."""
        for index in range(2):
            self.sites[index] += other.sites[index]
            self.found[index] += other.found[index]
            self.executed[index] += other.executed[index]
        self.uncertain += other.uncertain
        self.reported += other.reported
        self.misses += other.misses
        self.false_alarms += other.false_alarms

    def recall(self, kind: int) -> float:
        """The share of the sites of ``kind`` (0 function ops, 1 operators) that was found."""
        return self.found[kind] / self.sites[kind] if self.sites[kind] else 1.0

    def precision(self, kind: int) -> float:
        """The share of what was found in lines that ran that Keras saw too."""
        if not self.executed[kind]:
            return 1.0
        false = sum(alarm.is_operator == bool(kind) for alarm in self.false_alarms)
        return 1.0 - false / self.executed[kind]


class Lines:
    """The line numbers of a file that ran, written ``1-4,7``."""

    def __init__(self, text: str) -> None:
        self._numbers = sorted(
            number
            for part in text.split(",")
            for first, _, last in [part.partition("-")]
            for number in range(int(first), int(last or first) + 1)
        )

    def touch(self, first: int, last: int) -> bool:
        """Whether a line from ``first`` to ``last`` ran."""
        index = bisect.bisect_left(self._numbers, first)
        return index < len(self._numbers) and self._numbers[index] <= last


@dataclass
class FileTruth:
    """What was seen in one file: the sites by position, and the lines that ran where known."""

    sites: dict[Position, Mapping[str, Any]]
    executed: Lines | None


def match_file(
    analysis: Analysis, path: Path, truth: FileTruth, reported: list[Position]
) -> tuple[Score, list[Position]]:
    """Compare the ops found at ``path`` with the truth.

    ``reported`` are the spans of the command line's report in UTF-8 columns. Also gives the sites
    of the truth at which no ``ast`` node stands.
    """
    module = analysis.modules[path]
    source = path.read_bytes().decode("utf-8", errors="replace")
    lines = source.splitlines(keepends=True)
    parents = {
        child: node for node in ast.walk(module.tree) for child in ast.iter_child_nodes(node)
    }
    nodes = _candidates(module.tree)
    score = Score()
    seen: set[ast.AST] = set()
    unplaced: list[Position] = []
    for position, site in truth.sites.items():
        node = _node_at(nodes, analysis, position)
        if node is None:
            unplaced.append(position)
            continue
        if node in seen:
            continue
        seen.add(node)
        kind = int(isinstance(node, OPERATORS))
        score.sites[kind] += 1
        score.reported += any(_contains(span, position) for span in reported)
        fact = analysis.ops.get(node, OpFact())
        if fact.keys:
            score.found[kind] += 1
            score.uncertain += not fact.certain
        else:
            ops = (str(site.get("op")),)
            score.misses.append(_finding(path, lines, parents, node, ops))
    for node in nodes_with_ops(analysis, module.tree):
        kind = int(isinstance(node, OPERATORS))
        if node in seen:
            score.executed[kind] += 1
        elif _has_run(node, truth.executed, parents) and analysis.ops[node].certain:
            score.executed[kind] += 1
            alarm = _finding(path, lines, parents, node, analysis.ops[node].keys)
            score.false_alarms.append(alarm)
    return score, unplaced


def nodes_with_ops(analysis: Analysis, tree: ast.AST) -> Iterator[ast.AST]:
    """The nodes of ``tree`` at which the analysis found raw ops."""
    for node in ast.walk(tree):
        fact = analysis.ops.get(node)
        if fact is not None and fact.keys:
            yield node


def position_of(node: ast.AST) -> Position:
    """The place of an ``ast`` node as the truth gives it."""
    return (node.lineno, node.col_offset, node.end_lineno, node.end_col_offset)  # type: ignore[attr-defined]


def _candidates(tree: ast.AST) -> dict[tuple[int, int], list[ast.AST]]:
    nodes: dict[tuple[int, int], list[ast.AST]] = {}
    for node in ast.walk(tree):
        if isinstance(node, (ast.expr, ast.AugAssign)):
            nodes.setdefault(position_of(node)[2:], []).append(node)
    return nodes


def _node_at(
    nodes: dict[tuple[int, int], list[ast.AST]], analysis: Analysis, position: Position
) -> ast.AST | None:
    """The node at ``position``; by its end where CPython 3.11 moved the start of a long chain."""
    there = nodes.get(position[2:], [])
    exact = [node for node in there if position_of(node) == position]
    calls = [node for node in there if isinstance(node, ast.Call)]
    chosen = exact or [node for node in calls if position_of(node)[:2] <= position[:2]]
    with_ops = [node for node in chosen if analysis.ops.get(node, OpFact()).keys]
    return next(iter(with_ops or chosen), None)


def _contains(span: Position, inner: Position) -> bool:
    return span[:2] <= inner[:2] and inner[2:] <= span[2:]


def _has_run(node: ast.AST, lines: Lines | None, parents: Mapping[ast.AST, ast.AST]) -> bool:
    """Whether ``node`` surely ran, as far as the lines tell: not in an arm or a lambda."""
    if lines is None:
        return False
    child, parent = node, parents.get(node)
    while parent is not None and not isinstance(parent, ast.stmt):
        if isinstance(parent, ast.Lambda) and child is parent.body:
            return False
        if isinstance(parent, ast.IfExp) and child is not parent.test:
            return False
        if isinstance(parent, ast.BoolOp) and child is not parent.values[0]:
            return False
        child, parent = parent, parents.get(parent)
    first, _, last, _ = position_of(node)
    return lines.touch(first, last)


def _finding(
    path: Path,
    lines: list[str],
    parents: Mapping[ast.AST, ast.AST],
    node: ast.AST,
    ops: tuple[str, ...],
) -> Finding:
    first, column, *_ = position_of(node)
    line = lines[first - 1].strip() if first <= len(lines) else ""
    pattern = f"{_form(node)} in {', '.join(_context(node, parents))}"
    return Finding(path, first, column, line, pattern, isinstance(node, OPERATORS), ops)


def _form(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        operator = getattr(node, "op", None)
        return type(node).__name__ + (f" {type(operator).__name__}" if operator else "")
    name = ast.unparse(node.func) if isinstance(node.func, (ast.Name, ast.Attribute)) else "(...)"
    return f"call {name}()"


def _context(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> list[str]:
    names: list[str] = []
    parent = parents.get(node)
    while parent is not None:
        if isinstance(parent, (ast.FunctionDef, ast.ClassDef)):
            names.append(f"{type(parent).__name__.removesuffix('Def').lower()} {parent.name}")
        elif not isinstance(parent, (ast.Expr, ast.Assign, ast.Return, ast.keyword, ast.Module)):
            names.append(type(parent).__name__)
        parent = parents.get(parent)
    return list(dict.fromkeys(names)) or ["module"]
