"""Losses of symbolic tensors that a model is given: ``model.add_loss(expression)``.

Keras 3 takes none, so a layer before the model computes the loss, adds it and passes one of the
model's outputs on. That is done where nothing else sees the difference: the model is made in the
same suite, its output is not read again, and what the loss is made of is there before the model.
"""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement, run_statement
from transforms.sites.runs import Run
from transforms.syntax.accesses import is_access
from transforms.syntax.cells import in_cells
from transforms.syntax.liveness import names_bound, names_read
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, ReplaceStatements, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class AddedLoss(Run):
    """The statements that compute a loss, the last of which gives it to the model.

    ``model`` is the statement that makes the model, ``name`` what the loss is called. The layer
    passes the output ``outputs[0]`` on.
    """

    model: ast.stmt
    name: str

    @property
    def assigned_name(self) -> str | None:
        """What the loss is called."""
        return self.name

    def span(self, text: SourceText) -> Span:
        """The statement before which the layer will stand."""
        return text.span(self.model)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts the layer before the model and takes the loss away behind it."""
        last = self.statements[-1].node
        removed = {
            line
            for statement in self.statements
            for line in range(statement.node.lineno, (statement.node.end_lineno or 0) + 1)
        }
        first_line = self.model.lineno
        kept = [
            text.lines[line - 1] for line in range(first_line, last.lineno) if line not in removed
        ]
        rest = textwrap.dedent("\n".join(kept)).rstrip("\n")
        source = f"{self.outputs[0]} = {call}\n{rest}\n"
        return ReplaceStatements(first=text.span(self.model), last=text.span(last), source=source)


def find_added_losses(
    expressions: Sequence[RawExpression],
    live: Mapping[ast.stmt, frozenset[str]],
    borders: Sequence[int] = (),
) -> list[AddedLoss]:
    """The losses among ``expressions`` whose layers can stand before the model.

    None moves over one of the lines ``borders``.
    """
    by_statement: dict[ast.stmt, list[RawExpression]] = {}
    for expression in expressions:
        by_statement.setdefault(expression.statement, []).append(expression)
    blocks = {expression.place.block for expression in expressions}
    found: list[AddedLoss] = []
    parts = [part for block in blocks for part in in_cells(block, borders) if part]
    for block in sorted(parts, key=lambda part: part[0].lineno):
        calls = [
            (index, made) for index, statement in enumerate(block) if (made := _given(statement))
        ]
        for index, (model, loss) in calls:
            if [name for _, (name, _) in calls].count(model) > 1:
                continue
            added = _added(block, index, model, loss, by_statement, live)
            if added is not None:
                found.append(added)
    return found


def _given(statement: ast.stmt) -> tuple[str, ast.expr] | None:
    """The model and the loss of ``model.add_loss(loss)``."""
    match statement:
        case ast.Expr(
            value=ast.Call(
                func=ast.Attribute(value=ast.Name(id=model), attr="add_loss"),
                args=[loss],
                keywords=[],
            )
        ) if model != "self" and not isinstance(loss, (ast.Lambda, ast.Starred)):
            return model, loss
    return None


def _added(
    block: Sequence[ast.stmt],
    index: int,
    model: str,
    loss: ast.expr,
    by_statement: Mapping[ast.stmt, Sequence[RawExpression]],
    live: Mapping[ast.stmt, frozenset[str]],
) -> AddedLoss | None:
    made = _made_at(block[:index], model)
    if made is None:
        return None
    passed = _first_output(block[made])
    statements = _computing(block[made + 1 : index], loss, by_statement)
    last = _last_statement(block[index], loss, by_statement)
    if passed is None or statements is None or last is None:
        return None
    own = {statement.node for statement in statements}
    between = [node for node in block[made + 1 : index] if node not in own]
    run = [*statements, last]
    if not any(statement.expressions for statement in run):
        return None
    defined = frozenset().union(*(statement.defines for statement in run))
    read = names_read(loss).union(*(names_read(statement.node) for statement in statements))
    # Assigning the output again must not make a local name of a global one.
    bound_before = frozenset().union(*(names_bound(node) for node in block[:made]))
    others = [block[made], *between]
    bound_between = frozenset().union(*(names_bound(node) for node in others))
    read_between = frozenset().union(*(names_read(node) for node in between))
    seen_after = live[block[index]] | read_between
    if (
        passed not in bound_before
        or read & bound_between
        or defined & (seen_after | names_read(block[made]))
        or passed in seen_after | defined
        or any(by_statement.get(node) for node in others)
        or not _stand_alone([*others, *own, block[index]])
    ):
        return None
    name = loss.id if isinstance(loss, ast.Name) else f"{model}_loss"
    return AddedLoss(
        statements=tuple(run),
        outputs=(passed,),
        model=block[made],
        name=name,
    )


def _made_at(before: Sequence[ast.stmt], model: str) -> int | None:
    """Where the model is made, if that is the last statement that binds its name."""
    for index in range(len(before) - 1, -1, -1):
        if model not in names_bound(before[index]):
            continue
        match before[index]:
            case ast.Assign(targets=[ast.Name()], value=ast.Call(func=function)):
                name = getattr(function, "attr", getattr(function, "id", ""))
                return index if name == "Model" else None
        return None
    return None


def _first_output(statement: ast.stmt) -> str | None:
    """The first output of the model that ``statement`` makes, where it is a name."""
    assert isinstance(statement, ast.Assign)
    call = statement.value
    assert isinstance(call, ast.Call)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "outputs"]
    given = named or list(call.args[1:2])
    if not given:
        return None
    output = given[0]
    if isinstance(output, (ast.List, ast.Tuple)) and output.elts:
        output = output.elts[0]
    return output.id if isinstance(output, ast.Name) else None


def _computing(
    middle: Sequence[ast.stmt],
    loss: ast.expr,
    by_statement: Mapping[ast.stmt, Sequence[RawExpression]],
) -> list[RunStatement] | None:
    """The statements of ``middle`` that the loss is made of; None where one is no raw op."""
    wanted = set(names_read(loss))
    chosen: list[RunStatement] = []
    for node in reversed(middle):
        bound = names_bound(node)
        if not bound & wanted:
            continue
        statement = run_statement(node, by_statement.get(node, []))
        if statement is None or statement.private:
            return None
        chosen.insert(0, statement)
        wanted |= names_read(node)
    return chosen


def _last_statement(
    node: ast.stmt, loss: ast.expr, by_statement: Mapping[ast.stmt, Sequence[RawExpression]]
) -> RunStatement | None:
    """The call of ``add_loss``, whose loss is a name or one raw expression."""
    expressions = tuple(by_statement.get(node, ()))
    if isinstance(loss, ast.Name) and not expressions:
        return RunStatement(node=node, expressions=(), defines=frozenset())
    if len(expressions) != 1 or expressions[0].root is not loss:
        return None
    only = expressions[0]
    if only.refusal is not None or only.operands.functions:
        return None
    # Operands that are computed where the layer is called stand before the model then.
    if any(not is_access(part) and names_read(part) for part in only.operands.symbolic):
        return None
    return RunStatement(node=node, expressions=expressions, defines=frozenset())


def _stand_alone(nodes: Sequence[ast.stmt]) -> bool:
    """Whether each statement has lines of its own, and no text over several of them."""
    lines = [(node.lineno, node.end_lineno or node.lineno) for node in nodes]
    apart = len({line for pair in lines for line in range(pair[0], pair[1] + 1)}) == sum(
        last - first + 1 for first, last in lines
    )
    texts = [item for node in nodes for item in walk(node) if isinstance(item, ast.Constant)]
    return apart and not any(
        isinstance(item.value, (str, bytes)) and item.end_lineno != item.lineno for item in texts
    )
