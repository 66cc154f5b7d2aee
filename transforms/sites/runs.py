"""Runs: sequences of statements of one suite that hold raw expressions, and what these need."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from transforms.interpret.symbolic import Analysis
from transforms.sites.ideas import ideas_of
from transforms.sites.optional_operands import can_follow
from transforms.sites.plain_values import PlainValues, makes_constant, tensors_of_shapes
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_groups import borrowed_for, groups_of
from transforms.sites.run_sorting import sort_statements
from transforms.sites.run_statements import RunStatement, names_defined
from transforms.syntax.cells import in_cells
from transforms.syntax.handlers import may_raise
from transforms.syntax.helper_bodies import without_preparation
from transforms.syntax.limits import FEW_OUTPUTS, SHORTEST_RUN
from transforms.syntax.liveness import NO_NAMES, Names, names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import own_statements
from transforms.syntax.records import Edit, ReplaceStatements, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """Statements of one suite that become one layer; ``outputs`` are the names read afterwards.

    ``hoisted`` stand among them and go before the layer: they are read afterwards too.
    """

    statements: tuple[RunStatement, ...]
    outputs: tuple[str, ...]
    hoisted: tuple[RunStatement, ...] = ()

    @property
    def returns(self) -> bool:
        """Whether the run ends in a return statement."""
        return isinstance(self.statements[-1].node, ast.Return)

    @property
    def expressions(self) -> tuple[RawExpression, ...]:
        """The raw expressions of the run in the order of the source, without borrowed ones."""
        return tuple(expression for statement in self._own for expression in statement.expressions)

    @property
    def _own(self) -> list[RunStatement]:
        return [statement for statement in self.statements if not statement.borrowed]

    @property
    def layer_ops(self) -> tuple[str, ...]:
        """The keys of the ops that the layer applies."""
        return tuple(key for expression in self.expressions for key in expression.keys)

    @property
    def assigned_name(self) -> str | None:
        """The last of the names that the layer gives values to."""
        return self.outputs[-1] if self.outputs else None

    def without(self, ends: Collection[RawExpression], live: Mapping[ast.stmt, Names]) -> list[Run]:
        """The run without the statements of ``ends``, which are its first and last; or none.

        ``live`` holds the names that are read after each statement.
        """
        rest = [one for one in self.statements if not {*one.expressions} & {*ends}]
        if len(rest) < SHORTEST_RUN:
            return []
        return [Run(statements=tuple(rest), outputs=_outputs(rest, live))]

    def holds(self, statement: RunStatement, text: SourceText) -> bool:
        """Whether ``statement`` stands between those of the run."""
        first, last = self.span(text), text.span(self.statements[-1].node)
        inside = replace(first, end_line=last.end_line, end_column=last.end_column)
        return inside.holds(text.span(statement.node))

    def span(self, text: SourceText) -> Span:
        """The first statement."""
        return text.span(self._own[0].node)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts one statement with the layer's call into the place of the run."""
        statement = f"return {call}" if self.returns else f"{', '.join(self.outputs)} = {call}"
        before = [text.text_of(each.node) for each in self.hoisted]
        return ReplaceStatements(
            first=self.span(text),
            last=text.span(self.statements[-1].node),
            source="\n".join([*before, statement]),
        )


def _always(run: Run) -> bool:
    return True


def find_runs(
    analysis: Analysis,
    expressions: Sequence[RawExpression],
    live: Mapping[ast.stmt, Names],
    keep_operators: bool,
    borders: Sequence[int] = (),
    dead: Collection[ast.stmt] = (),
    shared: Sequence[RunStatement] = (),
    is_one: Callable[[Run], bool] = _always,
    paths: Mapping[str, str] | None = None,
) -> list[Run]:
    """The runs among ``expressions``, in the order of the source; ``dead`` statements go.

    Each run computes the ``shared`` sizes that it reads. One that ``is_one`` has a name and stays
    whole. ``paths`` are what the imported names of the module stand for.

    ``live`` holds the names that are read after each statement. With ``keep_operators`` a run
    neither starts nor ends with operators that Keras 3 applies itself, unless it is the whole body
    of a function, which is one idea. No run goes over one of the lines ``borders``.
    """
    plain = PlainValues(analysis=analysis, paths=paths or {})
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
        function = expression.place.function
        for part in in_cells(block, borders) if borders else [block]:
            kept = [statement for statement in part if statement not in dead]
            alone = frozenset(filter(may_raise, kept) if expression.place.handled else ())
            for group in groups_of(plain, kept, by_statement, shared, alone):
                found = _runs_of(group, live, keep_operators, function, is_one)
                divided.update(_inside(found))
                runs += found
    return runs


def _inside(runs: Sequence[Run]) -> Iterator[ast.stmt]:
    """The statements in the suites of those of ``runs``."""
    for run in runs:
        for statement in run.statements:
            if isinstance(statement.node, ast.If):
                yield from statement.node.body


def _runs_of(
    group: Sequence[RunStatement],
    live: Mapping[ast.stmt, Names],
    keep_operators: bool,
    function: ast.AST | None,
    is_one: Callable[[Run], bool],
) -> list[Run]:
    """The runs of a sequence of statements: two where one between them can go nowhere else."""
    if not any(statement.expressions for statement in group):
        return []
    apart = _apart(group)
    if apart is not None:
        return [
            run for part in apart for run in _runs_of(part, live, keep_operators, function, is_one)
        ]
    kept = _without_return_that_loses_names(group, live)
    is_whole = _is_whole(kept, function)
    trimmed = _trim(kept, is_whole, live, keep_operators)
    if _ends(kept, function) and len(_given_on(trimmed, live)) > FEW_OUTPUTS:
        # Operators that take many of them to make the result are part of the idea.
        trimmed = _trim(kept, True, live, keep_operators)
    if len(trimmed) < SHORTEST_RUN:
        return []
    read_later = live[trimmed[-1].node]
    if function is None:
        # Other modules may import the plain values of a module; its tensors are of its models.
        read_later |= names_defined(one for one in trimmed if one.private and not one.expressions)
    alone = [one for index, one in enumerate(trimmed) if not can_follow(one, trimmed[:index])]
    sorting = alone[0] if alone else sort_statements(trimmed, read_later)
    if isinstance(sorting, RunStatement):
        index = trimmed.index(sorting)
        return [
            run
            for part in (trimmed[:index], trimmed[index + 1 :])
            for run in _runs_of(part, live, keep_operators, function, is_one)
        ]
    if len(sorting.inside) < SHORTEST_RUN:
        return []
    run = Run(
        statements=tuple(sorting.inside),
        outputs=_outputs(sorting.inside, live),
        hoisted=tuple(sorting.hoisted),
    )
    ideas: Sequence[Sequence[RunStatement]] = []
    if not is_one(run):
        ideas = ideas_of(trimmed, read_later) or _with_a_named_part(trimmed, live, is_one)
    return (
        [run for part in ideas for run in _runs_of(part, live, keep_operators, function, is_one)]
        if ideas
        else [run]
    )


def _with_a_named_part(
    group: Sequence[RunStatement], live: Mapping[ast.stmt, Names], is_one: Callable[[Run], bool]
) -> list[Sequence[RunStatement]]:
    """Two parts of ``group``, the first or the last of which has a name, the longest there is."""
    if any(one.private or one.borrowed or one.optional for one in group):
        return []
    for size in range(len(group) - 1, SHORTEST_RUN - 1, -1):
        for first, second in (
            (group[:size], group[size:]),
            (group[: len(group) - size], group[len(group) - size :]),
        ):
            part = first if len(first) == size else second
            run = Run(statements=tuple(part), outputs=_outputs(part, live))
            if len(run.outputs) < 2 and is_one(run):
                return [first, second]
    return []


def _is_whole(group: Sequence[RunStatement], function: ast.AST | None) -> bool:
    """Whether ``group`` is all that ``function`` does, but for what it does before and returns."""
    nodes, body = [one.node for one in group], own_statements(function)
    if nodes == body or not body:
        return nodes == body
    operands = NO_NAMES.union(
        *(
            names_read(part)
            for one in group
            for raw in one.expressions
            for part in raw.operands.symbolic
        )
    )
    own, done = without_preparation(nodes, operands), without_preparation(body, operands)
    rest = done[len(own) :]
    passes = all(isinstance(getattr(one, "value", None), ast.Name) for one in rest)
    return bool(own) and done[: len(own)] == own and passes and len(rest) <= 1


def _ends(group: Sequence[RunStatement], function: ast.AST | None) -> bool:
    """Whether ``group`` is all that ``function`` does from there on, but for what it returns."""
    nodes, body = [one.node for one in group], own_statements(function)
    if body and body[-1] is not nodes[-1] and _returns_names(body[-1]):
        body = body[:-1]
    return bool(body) and body[len(body) - len(nodes) :] == nodes


def _returns_names(statement: ast.stmt) -> bool:
    value = statement.value if isinstance(statement, ast.Return) else None
    parts = value.elts if isinstance(value, ast.Tuple) else [value]
    return all(isinstance(part, ast.Name) for part in parts)


def _given_on(group: Sequence[RunStatement], live: Mapping[ast.stmt, Names]) -> tuple[str, ...]:
    return _outputs(group, live) if group else ()


def _apart(
    group: Sequence[RunStatement],
) -> tuple[Sequence[RunStatement], Sequence[RunStatement]] | None:
    """Two parts of ``group`` where the second reads nothing that the first makes.

    They are two ideas. Borrowed sizes are computed in both.
    """
    for index in range(1, len(group)):
        first, second = group[:index], group[index:]
        read = NO_NAMES.union(*(one.reads for one in second))
        made = names_defined(one for one in first if not one.borrowed)
        if not made & read and all(any(_is_own(one) for one in part) for part in (first, second)):
            known = names_defined(second)
            return first, [*borrowed_for(read - known, first), *second]
    return None


def _is_own(statement: RunStatement) -> bool:
    return bool(statement.expressions) and not statement.borrowed


def _trim(
    group: Sequence[RunStatement],
    is_whole: bool,
    live: Mapping[ast.stmt, Names],
    keep_operators: bool,
) -> list[RunStatement]:
    """``group`` without the statements at its ends that need no layer.

    Static sizes that only the layer reads are its own to read, and constants its own to make.
    """
    if is_whole and not all(statement.is_native for statement in group):
        return [*group]
    start, end = 0, len(group)
    while end and _needs_no_layer(group[end - 1], keep_operators):
        end -= 1
    while start < end and _needs_no_layer(group[start], keep_operators):
        start += 1
    needed = NO_NAMES.union(*(names_read(one.node) for one in group[start:end]))
    own = borrowed_for(needed, group[:start])
    first = start
    while first and _is_only_for(group[first - 1], group[first:end], live):
        first -= 1
    while first < start and not any(map(_is_made_inside, group[first].plain)):
        first += 1
    return [*own, *group[first:end]]


def _is_made_inside(value: ast.expr) -> bool:
    """Whether a layer is rather made to compute the plain ``value`` than given it."""
    return makes_constant(value) or bool(tensors_of_shapes(value))


def _needs_no_layer(statement: RunStatement, keep_operators: bool) -> bool:
    if statement.borrowed:
        return True
    return statement.is_native if keep_operators else not statement.expressions


def _is_only_for(
    statement: RunStatement, following: Sequence[RunStatement], live: Mapping[ast.stmt, Names]
) -> bool:
    """Whether ``statement`` computes plain values that ``following`` alone read."""
    if statement.expressions or not following:
        return False
    is_read = statement.defines & NO_NAMES.union(*(names_read(one.node) for one in following))
    return bool(is_read) and not statement.defines & live[following[-1].node]


def _without_return_that_loses_names(
    group: Sequence[RunStatement], live: Mapping[ast.stmt, Names]
) -> Sequence[RunStatement]:
    """``group``, without its ``return`` where names that it defines are read after that.

    ``finally`` reads them, an inner function, or whoever reads the globals.
    """
    last = group[-1].node
    if isinstance(last, ast.Return) and any(one.defines & live[last] for one in group):
        return group[:-1]
    return group


def _outputs(group: Sequence[RunStatement], live: Mapping[ast.stmt, Names]) -> tuple[str, ...]:
    """The names that are read after ``group``, in the order of the source.

    Where none is read, the last statement keeps its names: the layer must stand somewhere.
    """
    last = group[-1].node
    if isinstance(last, ast.Return):
        return ()
    read_later = live[last]
    outputs: list[str] = []
    for statement in group:
        for name in () if statement.borrowed else _target_names(statement.node):
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
