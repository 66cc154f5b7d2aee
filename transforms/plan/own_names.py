"""The name that the source gives to an op, and that its layer has then."""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import tf_catalog
from transforms.plan.layer_names import Repetition
from transforms.sites.facts import fact_of, op_fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.units import Unit
from transforms.syntax.liveness import Names, names_read
from transforms.syntax.naming import is_legal_layer_name
from transforms.syntax.nodes import walk


@dataclass(frozen=True, kw_only=True)
class OwnName:
    """The argument ``name`` of an op; ``literal`` is its value where that is one.

    Ops take an empty name as none, but layers do not.
    """

    keyword: ast.keyword
    literal: str | None = None

    @property
    def otherwise(self) -> str:
        """What stands behind the expression for a name that may be empty."""
        return " or None" if isinstance(self.keyword.value, ast.BoolOp) else ""


def own_name(
    analysis: Analysis, module: Module, unit: Unit, repeated: Repetition
) -> OwnName | None:
    """The name that a layer for ``unit`` can have, where its op is given one.

    A literal must be that of nothing else. Another expression must be made of what names layers
    beside it are made of: it is legal then, and as unique as theirs.
    """
    expression = unit.expressions[-1]
    op = expression.root
    keys = op_fact_of(analysis, op).keys
    if not isinstance(op, ast.Call) or len(keys) != 1 or not _makes_result(unit, op):
        return None
    keyword = next((word for word in op.keywords if word.arg == "name"), None)
    if keyword is None or "name" not in tf_catalog.signature(keys[0]):
        return None
    value = keyword.value
    if isinstance(value, ast.Constant):
        if not isinstance(value.value, str) or not is_legal_layer_name(value.value):
            return None
        same = [node for node in module.all_of(ast.Constant) if node.value == value.value]
        is_own = repeated.once and len(same) == 1
        return OwnName(keyword=keyword, literal=value.value) if is_own else None
    read = names_read(value)
    if not read or not _is_text(analysis, value) or read - _naming_beside(expression, op):
        return None
    shape = ast.dump(value)
    function = expression.place.function
    others = [
        word
        for node in (walk(function) if function is not None else module.nodes)
        if isinstance(node, ast.Call)
        for word in node.keywords
        if word is not keyword and word.arg == "name" and ast.dump(word.value) == shape
    ]
    return None if others or expression.loops else OwnName(keyword=keyword)


def _makes_result(unit: Unit, op: ast.Call) -> bool:
    """Whether the layer returns what ``op`` makes, and nothing else."""
    if not unit.statements:
        return True
    last = unit.statements[-1].node
    is_last = isinstance(last, (ast.Assign, ast.Return)) and last.value is op
    return is_last and len(unit.outputs) < 2


def _is_text(analysis: Analysis, value: ast.expr) -> bool:
    """Whether ``value`` puts a text together and does nothing else.

    ``name and name + "_x"`` is one too, and so is ``name + "_x" if name else None``: without a name
    Keras gives one.
    """
    tested: ast.expr | None = None
    match value:
        case ast.BoolOp(op=ast.And(), values=[condition, text]):
            tested, value = condition, text
        case ast.IfExp(test=condition, body=text, orelse=ast.Constant(value=None)):
            tested, value = condition, text
    kinds = Kind.PLAIN | Kind.PARAMETER
    for node in walk(value):
        if isinstance(node, ast.Call) and getattr(node.func, "attr", "") != "format":
            return False
        if isinstance(node, ast.Name):
            is_tested = isinstance(tested, ast.Name) and tested.id == node.id
            if fact_of(analysis, node).kinds & ~(kinds | Kind.NONE * is_tested):
                return False
    if tested is not None and not isinstance(tested, ast.Name):
        return False
    return isinstance(value, (ast.JoinedStr, ast.BinOp, ast.Call))


def _naming_beside(unit: RawExpression, op: ast.Call) -> Names:
    """The variables of which the names of layers in the same function are made."""
    function = unit.place.function
    if function is None:
        return frozenset()
    return frozenset().union(
        *(
            names_read(word.value)
            for node in walk(function)
            if isinstance(node, ast.Call) and node is not op and _makes_layer(node)
            for word in node.keywords
            if word.arg == "name"
        )
    )


def _makes_layer(call: ast.Call) -> bool:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    return name[:1].isupper()
