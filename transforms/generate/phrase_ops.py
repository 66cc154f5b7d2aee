"""Which op an expression of a layer's body is, and what that is given."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.generate.phrase_parts import (
    END_ITEMS,
    HIDDEN,
    PLAIN_CALLS,
    QUIET,
    NoPhrase,
    Placed,
    before_operand,
    given_to,
    literal,
    root_name,
)
from transforms.generate.terms import OPERATORS, short_name
from transforms.knowledge.op_words import OP_WORDS


@dataclass(frozen=True, kw_only=True)
class OpReader:
    """Reads the expressions of one layer; ``keys`` are its ops by the text of the functions."""

    keys: Mapping[str, str]
    operands: Sequence[str]

    def op(self, node: ast.expr) -> tuple[str, Placed]:
        """The short name of the op that ``node`` is, and what it is given."""
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            if not (self._is_tensor(node.left) or self._is_tensor(node.right)):
                raise NoPhrase
            return OPERATORS[type(node.op)], {"x": node.left, "x2": node.right}
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if not self._is_tensor(node.operand):
                raise NoPhrase
            return "negative", {"x": node.operand}
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            name = OPERATORS.get(type(node.ops[0]))
            if name is None:
                raise NoPhrase
            return name, {"x": node.left, "x2": node.comparators[0]}
        if isinstance(node, ast.Subscript) and self.is_op(node.value):
            is_one = isinstance(literal(node.slice), int) or root_name(node.slice) == "self"
            if self.op(node.value)[0] == "shape" and is_one:
                return "axis_size", {**self.op(node.value)[1], "axis": node.slice}
            item = END_ITEMS.get(ast.unparse(node.slice), "slice")
            return item, {"x": node.value, "index": node}
        if not isinstance(node, ast.Call):
            raise NoPhrase
        key = self.keys.get(ast.unparse(node.func))
        if key is None and root_name(node.func) == "self" and len(node.args) == 1:
            # The layer is given the function.
            return "apply", {"x": node.args[0], "function": node.func}
        if key is None:
            raise NoPhrase
        return short_name(key), given_to(key, node)

    def is_op(self, node: ast.expr) -> bool:
        """Whether there are words for what ``node`` is."""
        try:
            return self.op(node)[0] in OP_WORDS
        except NoPhrase:
            return False

    def terms(self, op: str, node: ast.expr) -> list[ast.expr]:
        """All terms of a sum, or factors of a product."""
        if op not in {"add", "multiply"} or self.op(node)[0] != op:
            return [node]
        given = self.op(node)[1]
        if "x" not in given or "x2" not in given:
            return [node]
        sides = [given["x"], given["x2"]]
        found = []
        for side in sides:
            is_same = self.is_op(side) and self.op(side)[0] == op
            found += self.terms(op, side) if is_same else [side]
        return found

    def is_moved(self, node: ast.expr | None) -> bool:
        """Whether the noun for it, or for something in a list, ends with what was done to it."""
        if isinstance(node, (ast.List, ast.Tuple)):
            return any(map(self.is_op, node.elts))
        if node is None or not self.is_op(node):
            return False
        op, given = self.op(node)
        if op in QUIET:
            return self.is_moved(given.get("x"))
        return OP_WORDS[op].makes.startswith("{x") and not before_operand(
            OP_WORDS[op].makes
        ).startswith("the ")

    def is_plain(self, node: ast.expr) -> bool:
        """Whether it is computed of sizes and bound values alone."""
        return all(
            isinstance(part.func, (ast.Name, ast.Attribute)) and self.short(part) in PLAIN_CALLS
            for part in ast.walk(node)
            if isinstance(part, ast.Call)
        )

    def short(self, node: ast.Call) -> str:
        """The name of the function that is called, without its module."""
        key = self.keys.get(ast.unparse(node.func))
        return short_name(key) if key else ast.unparse(node.func).rpartition(".")[2]

    def _is_tensor(self, node: ast.expr) -> bool:
        """Whether an operand, a variable of the layer or an op stands in it."""
        return any(
            (
                isinstance(part, ast.Name)
                and (part.id in self.operands or part.id.startswith(HIDDEN))
            )
            or (isinstance(part, ast.Call) and not self.is_plain(part))
            for part in ast.walk(node)
        )
