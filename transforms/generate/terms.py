"""What a layer computes, as a term: ops with their arguments, the variables put in."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.interpret.symbolic import Analysis
from transforms.knowledge import tf_catalog
from transforms.sites.raw_expressions import RawExpression, Unpacking
from transforms.sites.units import Unit
from transforms.syntax.liveness import names_read
from transforms.syntax.naming import op_name

LEAF, CONSTANT, LISTED = "leaf", "constant", "list"
APPLY = "apply"
"""A function that is not always the same op."""
SYNONYMS = {
    "concatenate": "concat",
    "div": "divide",
    "divide_no_nan": "divide",
    "floordiv": "floor_divide",
    "mul": "multiply",
    "permute_dimensions": "transpose",
    "random_normal": "normal",
    "realdiv": "divide",
    "random_uniform": "uniform",
    "reduce_max": "max",
    "reduce_mean": "mean",
    "reduce_min": "min",
    "reduce_prod": "prod",
    "reduce_sum": "sum",
    "std": "reduce_std",
    "swish": "silu",
    "var": "reduce_variance",
    "logsumexp": "reduce_logsumexp",
    "resize_bilinear": "resize",
    "resize_nearest_neighbor": "resize",
    "sub": "subtract",
    "truediv": "divide",
    "where_v2": "where",
}
"""Ops that patterns know by one name, be it TensorFlow's, its old one, or that of Keras."""
OPERATORS: dict[type[ast.operator] | type[ast.unaryop] | type[ast.cmpop], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.FloorDiv: "floor_divide",
    ast.Mod: "mod",
    ast.Pow: "pow",
    ast.MatMult: "matmul",
    ast.USub: "negative",
    ast.Lt: "less",
    ast.LtE: "less_equal",
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
}


@dataclass(frozen=True)
class Term:
    """An op with its arguments, or a leaf: ``name`` and ``arguments``, by parameter.

    A leaf has a constant as its ``value``, or the text of whatever else stands there.
    """

    name: str
    arguments: tuple[tuple[str, Term], ...] = ()
    value: object = None


def short_name(key: str) -> str:
    """The name under which patterns know the op ``key``."""
    short = op_name(key)
    return SYNONYMS.get(short, short)


def term_of_unit(analysis: Analysis, unit: Unit, with_optional: bool = False) -> Term | None:
    """What the layer returns, with the variables of its statements put in.

    What it does for an operand that may be None is done ``with_optional``.
    """
    terms = Terms(_op_names(analysis, unit))
    if not unit.statements:
        return terms.of_expression(unit.expressions[0])
    last = None
    for statement in unit.statements:
        if isinstance(statement.node, ast.If):
            for inner in statement.node.body if with_optional else ():
                terms.assign(inner)
            continue
        last = terms.assign(statement.node)
    if len(unit.outputs) > 1:
        # What leads to the last result may leave the layer too.
        return terms.variables.get(unit.outputs[-1]) if _leads_to_last(unit) else None
    return terms.variables.get(unit.outputs[0]) if unit.outputs else last


def _leads_to_last(unit: Unit) -> bool:
    """Whether all results of ``unit`` are made on the way to the last one."""
    needed = {unit.outputs[-1]}
    for statement in reversed(unit.statements):
        if statement.defines & needed:
            needed |= names_read(statement.node) | _made_together(statement.node)
    return needed.issuperset(unit.outputs)


def _made_together(statement: ast.stmt) -> set[str]:
    """The names that the parts of one value are given."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.value, ast.Call):
        return set()
    return {
        element.id
        for target in statement.targets
        if isinstance(target, ast.Tuple)
        for element in target.elts
        if isinstance(element, ast.Name)
    }


def _op_names(analysis: Analysis, unit: Unit) -> dict[ast.AST, str]:
    """The op that each node of ``unit`` is, ``APPLY`` where it may be one of several."""
    names: dict[ast.AST, str] = {}
    borrowed = [raw for one in unit.statements if one.borrowed for raw in one.expressions]
    for expression in [*unit.expressions, *borrowed]:
        for op in expression.operands.ops:
            fact = analysis.ops[op]
            if len(fact.keys) == 1 and not fact.open:
                names[op] = fact.keys[0]
            elif isinstance(op, ast.Call):
                names[op] = APPLY
    return names


def _first_made(statement: ast.Assign | ast.AnnAssign | ast.Return) -> ast.expr:
    """The value of ``statement``; of what it returns together the first, if the rest are names."""
    assert statement.value is not None
    if isinstance(statement, ast.Return) and isinstance(statement.value, ast.Tuple):
        first, *rest = statement.value.elts
        if all(isinstance(one, ast.Name) for one in rest):
            return first
    return statement.value


class Terms:
    """Reads expressions as terms; ``ops`` has the keys of calls, in patterns their names say it."""

    def __init__(self, ops: Mapping[ast.AST, str] | None = None) -> None:
        self._ops = ops
        self.variables: dict[str, Term] = {}

    def assign(self, statement: ast.stmt) -> Term | None:
        """The value of ``statement``, which its names stand for from now on."""
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            name = statement.target.id
            old = self.variables.get(name, Term(LEAF, value=name))
            value = _op(OPERATORS.get(type(statement.op), ""), old, self.of(statement.value))
            self.variables[name] = value
            return value
        if not isinstance(statement, (ast.Assign, ast.AnnAssign, ast.Return)):
            return None
        if statement.value is None:
            return None
        value = self.of(_first_made(statement))
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        for target in targets:
            self._bind(target, value)
        return value

    def _bind(self, target: ast.expr, value: Term) -> None:
        if isinstance(target, ast.Name):
            self.variables[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            is_display = value.name == LISTED and len(value.arguments) == len(target.elts)
            for index, element in enumerate(target.elts):
                item = _op("item", value, Term(CONSTANT, value=index))
                self._bind(element, value.arguments[index][1] if is_display else item)

    def of_expression(self, expression: RawExpression) -> Term | None:
        """What a raw expression gives; None for statements that are one."""
        if isinstance(expression, Unpacking) or isinstance(expression.root, ast.AugAssign):
            return None
        return self.of(expression.root)

    def of(self, node: ast.expr) -> Term:
        """The term that ``node`` is."""
        if isinstance(node, ast.Constant):
            return Term(CONSTANT, value=node.value)
        if isinstance(node, ast.Name):
            return self.variables.get(node.id, Term(LEAF, value=node.id))
        if isinstance(node, (ast.List, ast.Tuple)):
            return _op(LISTED, *map(self.of, node.elts))
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            return _normal(_op(OPERATORS[type(node.op)], self.of(node.left), self.of(node.right)))
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return _normal(_op("negative", self.of(node.operand)))
        if isinstance(node, ast.Compare) and len(node.ops) == 1 and type(node.ops[0]) in OPERATORS:
            name = OPERATORS[type(node.ops[0])]
            return _op(name, self.of(node.left), self.of(node.comparators[0]))
        if isinstance(node, ast.Call):
            return self._call(node)
        if isinstance(node, ast.Subscript) and isinstance(node.slice, ast.Tuple):
            return _op("item", self.of(node.value), Term(LEAF, value=_index(node.slice)))
        if isinstance(node, ast.Subscript) and isinstance(node.slice, (ast.Constant, ast.Slice)):
            index = self.of(node.slice)
            return _op("item", self.of(node.value), index)
        return Term(LEAF, value=ast.unparse(node))

    def _call(self, node: ast.Call) -> Term:
        parameters: tuple[str, ...] = ()
        if any(keyword.arg is None for keyword in node.keywords):
            return Term(LEAF, value=ast.unparse(node))
        if self._ops is None:
            name = getattr(node.func, "id", "")
        elif node in self._ops:
            key = self._ops[node]
            name, parameters = short_name(key), tf_catalog.signature(key)
        else:
            return Term(LEAF, value=ast.unparse(node))
        places = {parameter: str(place) for place, parameter in enumerate(parameters)}
        given = [(str(place), self.of(value)) for place, value in enumerate(node.args)]
        for keyword in node.keywords:
            if keyword.arg is not None:
                given.append((places.get(keyword.arg, keyword.arg), self.of(keyword.value)))
                given.append((keyword.arg, self.of(keyword.value)))
        product = _product_of(given) if name == "einsum" else None
        if product is not None:
            return product
        if name == "reshape":
            given = [(place, _written_out(term)) for place, term in given]
        return _normal(Term(name, tuple(given)))


def _product_of(given: Sequence[tuple[str, Term]]) -> Term | None:
    """The matrix product that ``tf.einsum("bhqd,bhkd->bhqk", q, k)`` is, in whatever order of axes.

    One axis is summed over, and each operand has one that the other has not.
    """
    arguments = dict(given)
    if arguments.keys() != {"0", "1", "2"}:
        return None
    found = re.fullmatch(r"([a-zA-Z]+),([a-zA-Z]+)->([a-zA-Z]+)", str(arguments["0"].value))
    if found is None or any(len({*axes}) < len(axes) for axes in found.groups()):
        return None
    left, right, result = map(frozenset, found.groups())
    summed = (left & right) - result
    if result | summed != left | right or [len(left - right), len(right - left)] != [1, 1]:
        return None
    if len(summed) != 1:
        return None
    is_last = Term(CONSTANT, value=found[2][-1] in summed)
    return Term("matmul", (("0", arguments["1"]), ("1", arguments["2"]), ("transpose_b", is_last)))


def _written_out(term: Term) -> Term:
    """The list that is stacked to a shape, which does not need that."""
    if term.name == "stack" and term.arguments and term.arguments[0][1].name == LISTED:
        return term.arguments[0][1]
    return term


def _index(node: ast.Tuple) -> str:
    """The text of an index, the same for the same part of a tensor."""
    return re.sub(r"\b0:", ":", ast.unparse(node).strip("()")).removesuffix(", :")


def _op(name: str, *arguments: Term) -> Term:
    return Term(name, tuple((str(place), term) for place, term in enumerate(arguments)))


def _normal(term: Term) -> Term:
    """``x ** 2`` and ``x * x`` are squares, and the sign of a number belongs to it."""
    arguments = dict(term.arguments)
    if term.name == "pow" and arguments.get("1", term).value == 2 and "0" in arguments:
        return _op("square", arguments["0"])
    if term.name == "multiply" and arguments.get("0", term) == arguments.get("1"):
        return _op("square", arguments["0"])
    if term.name == "negative" and isinstance(value := arguments["0"].value, (int, float)):
        return Term(CONSTANT, value=-value)
    return term
