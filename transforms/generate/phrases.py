"""What the statements of a layer compute, in plain English: never more than is written there."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from textwrap import dedent

from transforms.generate.idioms import OPERATORS, short_name
from transforms.knowledge import tf_catalog
from transforms.knowledge.op_words import OP_WORDS, PLACE, OpWords
from transforms.syntax.limits import LONGEST_PHRASE, OPS_IN_A_PHRASE

OPTIONAL = re.compile(r"\[([^\]{]*\{\w+\}[^\]]*)\]")
TRANSPOSING = {"transpose": "perm", "permute_dimensions": "pattern"}
TURNED = {"x": "transpose_a", "x2": "transpose_b"}
AXES = frozenset({"axis", "axes"})
REARRANGING = frozenset({"reshape", "transpose", "permute_dimensions", "expand_dims", "squeeze"})
SPLITTING = frozenset({"split", "unstack"})
TURNED_ROUND = {
    r"^(.*) of \{x\} ((?:over|along) \{axis[^}]*\})$": r"\1 \2 of {x}",
    r"^\{x\} less \{x2\}$": "the difference of {x} and {x2}",
    r"^\{x\} divided by \{x2\}$": "the quotient of {x} and {x2}",
    r"^(\w+) (\{x:tensors\}) (along \{axis[^}]*\})$": r"\1, \3, \2",
}
HIDDEN = "\1"
"""Stands before the names of variables that are not told."""
SHORT_CODE = 70
# They pass on what they are given, as far as a reader of one sentence cares.
QUIET = frozenset({"cast", "convert_to_tensor", "identity"})
Placed = Mapping[str, ast.expr]


class _NoPhrase(Exception):
    """There are no words for it."""


def phrase(
    keys: Mapping[str, str], operands: Sequence[str], lines: Sequence[str], result: str
) -> str | None:
    """A sentence for what ``lines`` and then ``result`` compute, or None.

    ``keys`` are the ops by the text of the functions that are called. As many of the last
    statements are told as one sentence holds; with fewer than all it says what they started from.
    """
    try:
        body = ast.parse(dedent("\n".join([*lines, f"({result})"]))).body
    except SyntaxError:
        return None
    last = body.pop()
    assert isinstance(last, ast.Expr)
    for first in range(len(body) + 1):
        teller = _Teller(keys=keys, operands=operands, is_cut=first > 0)
        try:
            for statement in body[:first]:
                teller.leave(statement)
            for statement in body[first:]:
                teller.read(statement)
            told = teller.whole(last.value)
        except _NoPhrase:
            continue
        if teller.ops <= OPS_IN_A_PHRASE and len(told) <= LONGEST_PHRASE:
            if teller.named and operands:
                told = f"Given {_listed([f'`{name}`' for name in operands])}: {_lower(told)}"
            return f"{told}." if len(told) <= LONGEST_PHRASE else None
    return None


def rearranged(
    keys: Mapping[str, str], operands: Sequence[str], lines: Sequence[str], result: str
) -> str | None:
    """A sentence for a layer of one operand whose ops only move elements, however many they are."""
    try:
        body = ast.parse(dedent("\n".join([*lines, f"({result})"])))
    except SyntaxError:
        return None
    calls = [node for node in ast.walk(body) if isinstance(node, ast.Call)]
    ops = [short_name(keys.get(ast.unparse(call.func), "")) for call in calls]
    if len(operands) != 1 or not calls or not {"shape", *REARRANGING}.issuperset(ops):
        return None
    steps = sum(op != "shape" for op in ops)
    if steps < 2:
        return None
    assert isinstance(body.body[-1], ast.Expr)
    last = body.body[-1].value
    given = _given(keys[ast.unparse(last.func)], last) if isinstance(last, ast.Call) else {}
    if (
        "shape" in given
        and len(shape := ast.unparse(given["shape"]).replace("self.", "")) < SHORT_CODE
    ):
        return f"Rearranges the elements of the input to `{shape}` in {steps} steps."
    return f"Rearranges the elements of the input in {steps} steps."


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]


@dataclass(kw_only=True)
class _Teller:
    """Words for expressions; ``values`` are variables that stand for what they were given.

    ``hidden`` are the variables that are called by their names, ``named`` says that one was,
    ``is_cut`` that the first statements are not told. ``parts`` are variables that hold parts of
    a value.
    """

    keys: Mapping[str, str]
    operands: Sequence[str]
    values: dict[str, ast.expr] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    parts: dict[str, ast.expr] = field(default_factory=dict)
    named: bool = False
    is_cut: bool = False
    ops: int = 0

    def leave(self, statement: ast.stmt) -> None:
        """Call what ``statement`` binds by its names."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.hidden.add(node.id)
                self.values.pop(node.id, None)
                self.parts.pop(node.id, None)

    def read(self, statement: ast.stmt) -> None:
        """Let the names that ``statement`` binds stand for its value."""
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            value = self._put_in(statement.value)
            if isinstance(target, ast.Name):
                self.values[target.id] = value
                self.hidden.discard(target.id)
                self.parts.pop(target.id, None)
                return
            if isinstance(target, ast.Tuple):
                self.leave(statement)
                if all(isinstance(element, ast.Name) for element in target.elts):
                    for element in target.elts:
                        self.parts[ast.unparse(element)] = value
                return
        raise _NoPhrase

    def _put_in(self, node: ast.expr) -> ast.expr:
        value: ast.expr = _Putting(self.values, self.hidden).visit(deepcopy(node))
        return value

    def whole(self, node: ast.expr) -> str:
        """The sentence for a result."""
        if isinstance(node, ast.Tuple):
            return self._several(node)
        return self._sentence(self._put_in(node))

    def _several(self, node: ast.Tuple) -> str:
        names = [element.id if isinstance(element, ast.Name) else "" for element in node.elts]
        whole = self.parts.get(names[0])
        if whole is not None and names == [n for n, value in self.parts.items() if value is whole]:
            op, _ = self._op(whole)
            if op in SPLITTING:
                return f"{self._sentence(whole)}: {_listed([f'`{name}`' for name in names])}"
        given = [self._put_in(element) for element in node.elts]
        if not all(map(self._is_op, given)):
            raise _NoPhrase
        told = [self._noun(element) for element in given]
        return _upper(f"{', '.join(told[:-1])}, and {told[-1]}")

    def _sentence(self, node: ast.expr) -> str:
        op, given = self._op(node)
        words = OP_WORDS.get(op)
        if words is None:
            raise _NoPhrase
        self.ops += 1
        if len(self._terms(op, node)) > 2:
            self.ops -= 1
            return _upper(self._noun(node))
        inner = given.get("x")
        if words.moves and inner is not None and self._goes_on(words, given):
            before = self._sentence(inner)
            if not _has_verb(before):
                before = f"Takes {_lower(before)}"
            return f"{before}, then {_lower(self._filled(words, words.does, given, it='it'))}"
        told = self._filled(words, words.does or words.makes, given)
        kept = given.get("keepdims")
        if isinstance(kept, ast.Constant) and kept.value is True:
            told += ", which is kept" if _is_one_axis(given) else ", which are kept"
        return _upper(told)

    def _goes_on(self, words: OpWords, given: Placed) -> bool:
        """Whether what is done is told after what is done before it."""
        if not self._is_op(given["x"]) or (self._is_op(given["x2"]) if "x2" in given else False):
            return False
        op, before = self._op(given["x"])
        return bool(OP_WORDS[op].does) or ("x" in before and self._is_op(before["x"]))

    def _is_op(self, node: ast.expr) -> bool:
        try:
            return self._op(node)[0] in OP_WORDS
        except _NoPhrase:
            return False

    def _noun(self, node: ast.expr) -> str:
        """A noun phrase for what ``node`` is."""
        if isinstance(node, ast.Name) or not self._is_op(node):
            return self._leaf(node)
        op, given = self._op(node)
        words = OP_WORDS[op]
        self.ops += op not in QUIET
        terms = self._terms(op, node)
        if len(terms) > 2:
            self.ops += len(terms) - 2
            return f"the {words.noun.lower()} of {_listed([self._noun(term) for term in terms])}"
        if words.makes.startswith("{x") and self._is_moved(given.get("x")):
            # One would not see what belongs to which.
            raise _NoPhrase
        return self._filled(words, words.makes, given)

    def _terms(self, op: str, node: ast.expr) -> list[ast.expr]:
        """All terms of a sum, or factors of a product."""
        if op not in {"add", "multiply"} or self._op(node)[0] != op:
            return [node]
        given = self._op(node)[1]
        if "x" not in given or "x2" not in given:
            return [node]
        sides = [given["x"], given["x2"]]
        found = []
        for side in sides:
            is_same = self._is_op(side) and self._op(side)[0] == op
            found += self._terms(op, side) if is_same else [side]
        return found

    def _is_moved(self, node: ast.expr | None) -> bool:
        """Whether the noun for it, or for something in a list, ends with what was done to it."""
        if isinstance(node, (ast.List, ast.Tuple)):
            return any(map(self._is_op, node.elts))
        if node is None or not self._is_op(node):
            return False
        op, given = self._op(node)
        if op in QUIET:
            return self._is_moved(given.get("x"))
        return OP_WORDS[op].makes.startswith("{x") and not _before_operand(
            OP_WORDS[op].makes
        ).startswith("the ")

    def _leaf(self, node: ast.expr, alone: str = "the input") -> str:
        if isinstance(node, ast.Name):
            if not self.is_cut and [*self.operands] == [node.id]:
                return alone
            return self._code(node)
        if isinstance(node, ast.Starred):
            return f"all of {self._leaf(node.value)}"
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            return _listed([self._noun(element) for element in node.elts])
        if any(isinstance(part, ast.Call) and not self._is_plain(part) for part in ast.walk(node)):
            raise _NoPhrase
        return self._code(node)

    def _is_plain(self, node: ast.expr) -> bool:
        """Whether it is computed of sizes and bound values alone."""
        return all(
            isinstance(part.func, (ast.Name, ast.Attribute))
            and self._short(part) in {"shape", "int_shape", "cast", "epsilon", "float", "int"}
            for part in ast.walk(node)
            if isinstance(part, ast.Call)
        )

    def _short(self, node: ast.Call) -> str:
        key = self.keys.get(ast.unparse(node.func))
        return short_name(key) if key else ast.unparse(node.func).rpartition(".")[2]

    def _code(self, node: ast.expr) -> str:
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id.startswith(HIDDEN):
                self.named = True
                if part.id.removeprefix(HIDDEN) in self.operands:
                    # It is no longer what the layer was given.
                    raise _NoPhrase
        code = ast.unparse(node).replace("self.", "").replace(HIDDEN, "")
        if ("'" in code and '"' in code) or "\\" in code or len(code) > SHORT_CODE:
            raise _NoPhrase
        number = isinstance(node, ast.Constant) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
        )
        return code if number else f"`{code}`"

    def _op(self, node: ast.expr) -> tuple[str, Placed]:
        """The short name of the op that ``node`` is, and what it is given."""
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATORS:
            if not (self._is_tensor(node.left) or self._is_tensor(node.right)):
                raise _NoPhrase
            return OPERATORS[type(node.op)], {"x": node.left, "x2": node.right}
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            if not self._is_tensor(node.operand):
                raise _NoPhrase
            return "negative", {"x": node.operand}
        if isinstance(node, ast.Compare) and len(node.ops) == 1:
            name = OPERATORS.get(type(node.ops[0]))
            if name is None:
                raise _NoPhrase
            return name, {"x": node.left, "x2": node.comparators[0]}
        if isinstance(node, ast.Subscript) and self._is_op(node.value):
            if self._op(node.value)[0] == "shape" and isinstance(_literal(node.slice), int):
                return "axis_size", {**self._op(node.value)[1], "axis": node.slice}
            return "slice", {"x": node.value, "index": node}
        if not isinstance(node, ast.Call):
            raise _NoPhrase
        key = self.keys.get(ast.unparse(node.func))
        if key is None and _root(node.func) == "self" and len(node.args) == 1:
            # The layer is given the function.
            return "apply", {"x": node.args[0], "function": node.func}
        if key is None:
            raise _NoPhrase
        return short_name(key), _given(key, node)

    def _is_tensor(self, node: ast.expr) -> bool:
        """Whether an operand, a variable of the layer or an op stands in it."""
        return any(
            (
                isinstance(part, ast.Name)
                and (part.id in self.operands or part.id.startswith(HIDDEN))
            )
            or (isinstance(part, ast.Call) and not self._is_plain(part))
            for part in ast.walk(node)
        )

    def _filled(self, words: OpWords, template: str, given: Placed, it: str | None = None) -> str:
        def optional(match: re.Match[str]) -> str:
            (name,) = [found.group(1) for found in PLACE.finditer(match.group(1))]
            return match.group(1) if name in given else ""

        def placed(match: re.Match[str]) -> str:
            name, alone, otherwise = match.groups()
            node = given.get(name)
            if name == "condition":
                node = given["x"]
            if name == "x" and it is not None:
                return it
            if node is None:
                if otherwise is None:
                    raise _NoPhrase
                return otherwise
            if name == "index":
                assert isinstance(node, ast.Subscript)
                return f"`[{self._code(node.slice).strip('`()')}]`"
            if name == "condition":
                told = self._noun(node)
                return told if told.startswith("where ") else f"where {told} holds"
            if name == "dtype" and isinstance(node, ast.Attribute) and _root(node) != "self":
                return node.attr
            if name in AXES:
                return self._axes(node, given.get("x"))
            if name in {"x", "x2", "x3"}:
                is_input = isinstance(node, ast.Name)
                told = self._leaf(node, alone or "the input") if is_input else self._noun(node)
                turned = _literal(given[TURNED[name]]) if TURNED.get(name) in given else None
                return f"the transpose of {told}" if turned is True else told
            if name == "num_or_size_splits":
                code = self._code(node)
                if code == "`parts`":
                    return f"into {code}"
                if isinstance(node, ast.Constant):
                    return f"into {code} equal parts"
                is_list = isinstance(node, (ast.List, ast.Tuple))
                return f"into parts of the sizes {code}" if is_list else f"by {code}"
            return self._code(node)

        swapped = _swapped(given)
        if swapped is not None:
            one, two = swapped
            what = it or self._noun(given["x"])
            if template == words.does:
                return f"Swaps axes {one} and {two} of {what}"
            return f"{what} with axes {one} and {two} swapped"
        first = given.get("x")
        parts = first.elts if isinstance(first, (ast.List, ast.Tuple)) else [first]
        if it is None and any(part is not None and self._is_op(part) for part in parts):
            template = _before_operand(template)
        told = PLACE.sub(placed, OPTIONAL.sub(optional, template))
        return told.rstrip(",") if template == words.does else told

    def _axes(self, node: ast.expr, given: ast.expr | None) -> str:
        """The axes in words, where these are certain."""
        value = _literal(node)
        if value is None and isinstance(node, ast.Constant):
            return "all axes"
        if isinstance(value, int):
            whole = isinstance(given, ast.Name) and given.id in self.operands
            words = {-1: "the last axis", 0: "the batch" if whole else "axis 0"}
            return words.get(value, f"axis {value}")
        if isinstance(value, (list, tuple)) and value:
            if len(value) == 1:
                return self._axes(ast.Constant(value[0]), given)
            return f"axes {_listed([str(axis) for axis in value])}"
        return self._code(node)


def _before_operand(template: str) -> str:
    """``the sum over {axis} of {x}``: behind a longer operand the axis would seem to be of it."""
    for pattern, order in TURNED_ROUND.items():
        template = re.sub(pattern, order, template)
    return template


def _has_verb(sentence: str) -> bool:
    return not sentence.startswith(("The ", "Where ", "Zeros ", "Ones ", "One-hot "))


def _is_one_axis(given: Placed) -> bool:
    value = _literal(given["axis"]) if "axis" in given else None
    return isinstance(value, int) or (isinstance(value, (list, tuple)) and len(value) == 1)


def _given(key: str, node: ast.Call) -> Placed:
    """The arguments by parameter; the first three also as ``x``, ``x2`` and ``x3``."""
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        raise _NoPhrase
    if any(word.arg is None for word in node.keywords):
        raise _NoPhrase
    names = [name.lstrip("*") for name in tf_catalog.signature(key)]
    named = dict(zip(names, node.args))
    named |= {word.arg: word.value for word in node.keywords if word.arg is not None}
    places = dict(zip(names, ("x", "x2", "x3")))
    given = dict(named)
    given.update({places[name]: value for name, value in named.items() if name in places})
    return given


def _swapped(given: Placed) -> tuple[int, int] | None:
    """The two axes that a literal order swaps, if it does no more."""
    for name in ("perm", "pattern"):
        order = _literal(given[name]) if name in given else None
        if isinstance(order, (list, tuple)):
            moved = [place for place, axis in enumerate(order) if axis != place]
            if len(moved) == 2:
                return moved[0], moved[1]
    return None


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def _listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]


class _Putting(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr], hidden: Collection[str]) -> None:
        self._values = values
        self._hidden = hidden

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._hidden:
            return ast.Name(HIDDEN + node.id, node.ctx)
        return self._values.get(node.id, node)
