"""Sizes that several layers need: each computes them itself, from the tensor that has them."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from transforms.sites.dead import SIZES, stands_alone
from transforms.sites.raw_expressions import RawExpression, is_operator
from transforms.sites.run_statements import RunStatement, run_statement
from transforms.sites.runs import Run
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import Place, own_statements
from transforms.syntax.source_text import SourceText

# What makes sizes of other sizes; none has another effect than its value.
OF_SIZES = frozenset(
    {f"tf.{name}" for name in "cast concat convert_to_tensor gather reduce_prod".split()}
    | {f"tf.{name}" for name in "reduce_sum slice split stack unstack".split()}
)
# These read all that they read before they store anything.
SIMPLE = (ast.Assign, ast.AugAssign, ast.AnnAssign, ast.Return, ast.Expr)


@dataclass(frozen=True, eq=False, kw_only=True)
class _Sizes:
    """A statement of sizes: names of the ``tensors`` that it reads, and the sizes it ``needs``.

    Names of plain values among them count as tensors do: they must keep their values.
    """

    statement: RunStatement
    tensors: frozenset[str]
    needs: tuple[_Sizes, ...]
    body: Sequence[ast.stmt]

    def with_needed(self) -> Iterator[_Sizes]:
        """All that is computed for it, in the order of the source, and it itself."""
        for one in self.needs:
            yield from one.with_needed()
        yield self


def find_shared_sizes(
    expressions: Sequence[RawExpression],
    runs: Sequence[Run],
    tree: ast.Module,
    text: SourceText,
) -> list[RunStatement]:
    """The statements that give sizes of tensors to names, and whose values leave their layer.

    The names have one value: the size is the same wherever it is computed while the tensors are
    what they were, which ``are_computed_in_time`` asks of runs. A size may be computed from others.
    """
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    inside = {one.node: run for run in runs for one in run.statements}
    known: dict[tuple[ast.AST | None, str], _Sizes] = {}
    shared: dict[RunStatement, None] = {}
    for node, own in by_statement.items():
        sizes = _sizes(node, own, known, tree, text)
        if sizes is None:
            continue
        function = own[0].place.function
        known |= {(function, name): sizes for name in sizes.statement.defines}
        run = inside.get(node)
        leaves = run is None or bool(sizes.statement.defines & {*run.outputs})
        if leaves and _is_read_later(sizes):
            shared |= dict.fromkeys(one.statement for one in sizes.with_needed())
    return sorted(shared, key=lambda one: text.span(one.node))


def _sizes(
    node: ast.stmt,
    expressions: Sequence[RawExpression],
    known: Mapping[tuple[ast.AST | None, str], _Sizes],
    tree: ast.Module,
    text: SourceText,
) -> _Sizes | None:
    """The sizes that ``node`` computes, if it does nothing else and they stay what they are."""
    statement = run_statement(node, expressions) if isinstance(node, ast.Assign) else None
    if statement is None or statement.private:
        return None
    place = expressions[0].place
    body = _body(place, tree, text)
    if node not in body or not stands_alone(node, place, text):
        return None
    parts = [part for raw in expressions for part in raw.operands.symbolic]
    names = {part.id for part in parts if isinstance(part, ast.Name)}
    needed = {
        name: known[place.function, name] for name in names if (place.function, name) in known
    }
    if len(names) < len({ast.unparse(part) for part in parts}):
        return None
    given = [part for raw in expressions for part in raw.operands.captured]
    if not all(isinstance(part, ast.Name) for part in given):
        return None
    if not _are_sizes(expressions, bool(needed) and len(needed) == len(names)):
        return None
    needs = tuple(dict.fromkeys(needed.values()))
    plain = frozenset(part.id for part in given if isinstance(part, ast.Name))
    tensors = plain.union(names, *(one.tensors for one in needs))
    sizes = _Sizes(statement=statement, tensors=tensors, needs=needs, body=body)
    return sizes if _stay_the_same(sizes) else None


def _body(place: Place, tree: ast.Module, text: SourceText) -> Sequence[ast.stmt]:
    """The statements of the function, or of the script that is none of cells."""
    if place.definitions:
        return own_statements(place.function)
    return [] if text.cell_borders else tree.body


def _are_sizes(expressions: Sequence[RawExpression], of_sizes: bool) -> bool:
    """Whether they compute sizes of tensors, or other sizes of such, and nothing else."""
    keys = [key for raw in expressions for key in raw.keys]
    return (
        all(key in SIZES or key in OF_SIZES or is_operator(key) for key in keys)
        and (of_sizes or any(key in SIZES for key in keys))
        and not any(raw.operands.inlined for raw in expressions)
    )


def _readers(sizes: _Sizes) -> list[ast.stmt]:
    after = sizes.body[sizes.body.index(sizes.statement.node) + 1 :]
    return [one for one in after if names_read(one) & sizes.statement.defines]


def _is_read_later(sizes: _Sizes) -> bool:
    return bool(_readers(sizes))


def _stay_the_same(sizes: _Sizes) -> bool:
    """Whether names keep their values, and tensors up to the first statement that reads sizes."""
    body, statement = sizes.body, sizes.statement
    readers = _readers(sizes)
    again = [
        node
        for one in body
        if one is not statement.node
        for node in walk(one)
        if _is_stored(node, statement.defines)
    ]
    return not again and not (
        readers and _is_stored_before(readers[0], statement.node, sizes.tensors, body)
    )


def _is_stored_before(
    reader: ast.stmt, sizes: ast.stmt, tensors: AbstractSet[str], body: Sequence[ast.stmt]
) -> bool:
    """Whether one of ``tensors`` may get another value between two statements of ``body``."""
    between = [*body[body.index(sizes) + 1 : body.index(reader)]]
    if not isinstance(reader, SIMPLE):
        between.append(reader)
    return any(_is_stored(node, tensors) for one in between for node in walk(one))


def _is_stored(node: ast.AST, names: AbstractSet[str]) -> bool:
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return True
    if isinstance(node, ast.arg):
        return node.arg in names
    return isinstance(node, ast.Name) and node.id in names and not isinstance(node.ctx, ast.Load)


def is_read_by_layers_only(statement: RunStatement, runs: Sequence[Run], tree: ast.Module) -> bool:
    """Whether all reads of the sizes stand in runs that compute them."""
    function = statement.expressions[0].place.function
    taken = {
        node
        for run in borrowers(statement, runs)
        if all(raw.place.function is function for raw in run.expressions)
        for one in run.statements
        for node in walk(one.node)
    }
    return all(
        node in taken or not (isinstance(node, ast.Name) and node.id in statement.defines)
        for node in walk(function or tree)
        if not (isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load))
    )


def are_computed_in_time(
    statement: RunStatement, runs: Sequence[Run], tree: ast.Module, text: SourceText
) -> bool:
    """Whether the tensors are what they were where runs compute the sizes of ``statement``.

    A run computes them first: what it gives the tensors itself comes later.
    """
    body = _body(statement.expressions[0].place, tree, text)
    return not any(
        _is_stored_before(
            _around(_first_reader(statement, run), body),
            statement.node,
            _read_for(statement, run),
            body,
        )
        for run in borrowers(statement, runs)
    )


def _read_for(statement: RunStatement, run: Run) -> AbstractSet[str]:
    """The names that ``run`` reads to compute ``statement``, and what that is made of."""
    nodes = [one.node for one in run.statements]
    read: AbstractSet[str] = names_read(statement.node)
    for one in reversed(run.statements[: nodes.index(statement.node)]):
        if one.borrowed and one.defines & read:
            read |= names_read(one.node)
    return read


def _first_reader(statement: RunStatement, run: Run) -> ast.stmt:
    """The statement of the source before which ``run`` computes the sizes."""
    nodes = [one.node for one in run.statements]
    after = run.statements[nodes.index(statement.node) + 1 :]
    reader = next(one for one in after if not one.borrowed)
    return reader.expressions[0].statement if reader.expressions else reader.node


def _around(node: ast.stmt, body: Sequence[ast.stmt]) -> ast.stmt:
    """The statement of ``body`` that is ``node``, or holds it."""
    return next(one for one in body if one is node or any(part is node for part in walk(one)))


def borrowers(statement: RunStatement, runs: Sequence[Run]) -> list[Run]:
    """The runs that compute the sizes of ``statement`` themselves."""
    return [run for run in runs if any(one.node is statement.node for one in run.statements)]
