"""The statements that a run is made of: what each holds and defines."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.liveness import NO_NAMES, Names, names_bound, names_read


@dataclass(frozen=True, eq=False, kw_only=True)
class RunStatement:
    """A statement whose value is made of raw expressions and ``plain`` values.

    One without raw expressions computes sizes and the like for those around it. What is ``private``
    can be no output of a layer: it holds plain values, or is a list that may be changed. What is
    ``borrowed`` stands elsewhere in the function, and is computed again here. One that does
    something only where an operand is not None has that as ``optional``.
    """

    node: ast.stmt
    expressions: tuple[RawExpression, ...]
    defines: Names
    plain: tuple[ast.expr, ...] = ()
    private: bool = False
    borrowed: bool = False
    optional: ast.Name | None = None

    @property
    def reads(self) -> Names:
        """The names that it reads; one that may do nothing leaves what it defines as it was."""
        read = names_read(self.node)
        return read if self.optional is None else read | self.defines

    @property
    def is_native(self) -> bool:
        """Whether Keras 3 applies all its ops to KerasTensors itself."""
        return all(
            expression.code == "KC102" and expression.native for expression in self.expressions
        )


def names_defined(statements: Iterable[RunStatement]) -> Names:
    """The names that ``statements`` give values to."""
    return NO_NAMES.union(*(statement.defines for statement in statements))


def _never(value: ast.expr) -> bool:
    return False


def run_statement(
    statement: ast.stmt,
    expressions: Sequence[RawExpression],
    is_plain: Callable[[ast.expr], bool] = _never,
    passed: Names = NO_NAMES,
) -> RunStatement | None:
    """``statement`` as a part of a run; None where it holds more than ``expressions``.

    Beside these it may hold plain values, and return what it has ``passed`` by name. Functions
    that are called by another way than their name are looked up where they stand, so they keep a
    statement out.
    """
    value = _value(statement)
    if value is None:
        return None
    by_root: dict[ast.AST, RawExpression] = {raw.root: raw for raw in expressions}
    roots: list[ast.expr | ast.AugAssign] = [value]
    plain: list[ast.expr] = []
    if isinstance(statement, ast.AugAssign):
        roots = [statement, value]
    else:
        if isinstance(value, (ast.Tuple, ast.List)):
            roots = [*value.elts]
        if isinstance(statement, ast.Return):
            roots = [root for root in roots if getattr(root, "id", None) not in passed]
        plain = [root for root in roots if root not in by_root and isinstance(root, ast.expr)]
    chosen = [by_root[root] for root in roots if root in by_root]
    private = bool(plain) or isinstance(value, ast.List)
    # What only a layer has must have a name there.
    if not (chosen or plain) or (private and not isinstance(statement, ast.Assign)):
        return None
    # Any other raw expression is nested in an operand, where it is a unit of its own.
    if any(raw not in chosen for raw in expressions):
        return None
    if any(raw.refusal is not None or raw.operands.functions for raw in chosen):
        return None
    if not all(map(is_plain, plain)):
        return None
    return RunStatement(
        node=statement,
        expressions=tuple(chosen),
        defines=_defines(statement),
        plain=tuple(plain),
        private=private,
    )


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


def _defines(statement: ast.stmt) -> Names:
    """The names that ``statement`` gives values to."""
    if isinstance(statement, ast.AugAssign):
        return names_bound(statement.target)
    return names_bound(statement)
