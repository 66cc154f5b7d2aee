"""What the statements of a layer compute, in plain English: never more than is written there."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from functools import lru_cache
from textwrap import dedent

from transforms.generate.phrase_ops import OpReader
from transforms.generate.phrase_parts import (
    AXES,
    END_ITEMS,
    HIDDEN,
    OPTIONAL,
    QUIET,
    SHORT_CODE,
    SPLITTING,
    TURNED,
    NoPhrase,
    Placed,
    Putting,
    before_operand,
    has_verb,
    listed,
    literal,
    lower,
    root_name,
    swapped_axes,
    upper,
    with_short_floats,
)
from transforms.knowledge.op_words import OP_WORDS, PLACE, OpWords
from transforms.syntax.limits import (
    LARGEST_EXPRESSION,
    LONGEST_PHRASE,
    NOUNS_IN_A_ROW,
    OPS_IN_A_PHRASE,
    PHRASES_REMEMBERED,
)

NOT_TOLD_WHOLE = "Given "
"""How a sentence begins that tells the last steps alone."""


def phrase(
    keys: Mapping[str, str], operands: Sequence[str], lines: Sequence[str], result: str
) -> str | None:
    """A sentence for what ``lines`` and then ``result`` compute, or None.

    ``keys`` are the ops by the text of the functions that are called. As many of the last
    statements are told as one sentence holds; with fewer than all it says what they started from.
    """
    return _phrase(tuple(sorted(keys.items())), tuple(operands), tuple(lines), result)


@lru_cache(maxsize=PHRASES_REMEMBERED)
def _phrase(
    functions: tuple[tuple[str, str], ...],
    operands: tuple[str, ...],
    lines: tuple[str, ...],
    result: str,
) -> str | None:
    reader = OpReader(keys=dict(functions), operands=operands)
    try:
        body = ast.parse(dedent("\n".join([*lines, f"({result})"]))).body
    except SyntaxError:
        return None
    last = body.pop()
    assert isinstance(last, ast.Expr)
    for first in range(len(body) + 1):
        teller = _Teller(reader=reader, is_cut=first > 0)
        try:
            for statement in body[:first]:
                teller.leave(statement)
            for statement in body[first:]:
                teller.read(statement)
            told = teller.whole(last.value)
        except NoPhrase:
            continue
        if len(operands) == 1 and re.search(rf"`[^`]*\b{operands[0]}\b[^`]*`", told):
            # One name for one thing.
            told = told.replace("the input", f"`{operands[0]}`")
        if teller.named and operands:
            told = f"{NOT_TOLD_WHOLE}{listed([f'`{name}`' for name in operands])}: {lower(told)}"
        fits = len(told) <= LONGEST_PHRASE and told.count(" of ") <= NOUNS_IN_A_ROW
        if fits and teller.ops <= OPS_IN_A_PHRASE:
            return f"{told}."
    return None


@dataclass(kw_only=True)
class _Teller:
    """Words for expressions; ``values`` are variables that stand for what they were given.

    ``hidden`` are the variables that are called by their names, ``named`` says that one was,
    ``is_cut`` that the first statements are not told. ``parts`` are variables that hold parts of
    a value.
    """

    reader: OpReader
    values: dict[str, ast.expr] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    parts: dict[str, ast.expr] = field(default_factory=dict)
    sizes: dict[str, int] = field(default_factory=dict)
    named: bool = False
    is_cut: bool = False
    ops: int = 0

    def leave(self, statement: ast.stmt) -> None:
        """Call what ``statement`` binds by its names."""
        for node in ast.walk(statement):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                self.hidden.add(node.id)
                self.values.pop(node.id, None)
                self.sizes.pop(node.id, None)
                self.parts.pop(node.id, None)

    def read(self, statement: ast.stmt) -> None:
        """Let the names that ``statement`` binds stand for its value."""
        if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
            target = statement.targets[0]
            size = self._size(statement.value)
            value = self._put_in(statement.value)
            if isinstance(target, ast.Name):
                self.values[target.id] = value
                self.sizes[target.id] = size
                self.hidden.discard(target.id)
                self.parts.pop(target.id, None)
                return
            if isinstance(target, ast.Tuple):
                self.leave(statement)
                if all(isinstance(element, ast.Name) for element in target.elts):
                    for element in target.elts:
                        self.parts[ast.unparse(element)] = value
                return
        raise NoPhrase

    def _put_in(self, node: ast.expr) -> ast.expr:
        if self._size(node) > LARGEST_EXPRESSION:
            raise NoPhrase
        value: ast.expr = Putting(self.values, self.hidden).visit(deepcopy(node))
        return value

    def _size(self, node: ast.expr) -> int:
        """How many nodes there are once the values of names are put in."""
        return sum(
            self.sizes.get(part.id, 1) if isinstance(part, ast.Name) else 1
            for part in ast.walk(node)
        )

    def whole(self, node: ast.expr) -> str:
        """The sentence for a result."""
        if isinstance(node, ast.Tuple):
            return self._several(node)
        given = self._put_in(node)
        if isinstance(given, ast.Subscript) and isinstance(given.value, ast.Name):
            words = OP_WORDS[END_ITEMS.get(ast.unparse(given.slice), "slice")]
            return self._filled(words, words.does, {"x": given.value, "index": given})
        return self._sentence(given)

    def _several(self, node: ast.Tuple) -> str:
        names = [element.id if isinstance(element, ast.Name) else "" for element in node.elts]
        whole = self.parts.get(names[0])
        if whole is not None and names == [n for n, value in self.parts.items() if value is whole]:
            op, _ = self.reader.op(whole)
            if op in SPLITTING:
                return f"{self._sentence(whole)}: {listed([f'`{name}`' for name in names])}"
        given = [self._put_in(element) for element in node.elts]
        if not all(map(self.reader.is_op, given)):
            raise NoPhrase
        told = [self._noun(element) for element in given]
        return upper(f"{', '.join(told[:-1])}, and {told[-1]}")

    def _sentence(self, node: ast.expr) -> str:
        op, given = self.reader.op(node)
        words = OP_WORDS.get(op)
        if words is None:
            raise NoPhrase
        self.ops += 1
        if len(self.reader.terms(op, node)) > 2:
            self.ops -= 1
            return upper(self._noun(node))
        inner = given.get("x")
        if words.moves and inner is not None and self._goes_on(words, given):
            before = self._sentence(inner)
            if not has_verb(before):
                before = f"Takes {lower(before)}"
            return f"{before}, then {lower(self._filled(words, words.does, given, it='it'))}"
        told = self._filled(words, words.does or words.makes, given)
        kept = given.get("keepdims")
        if isinstance(kept, ast.Constant) and kept.value is True:
            told += ", kept with size 1"
        return upper(told)

    def _goes_on(self, words: OpWords, given: Placed) -> bool:
        """Whether what is done is told after what is done before it."""
        if not self.reader.is_op(given["x"]) or (
            self.reader.is_op(given["x2"]) if "x2" in given else False
        ):
            return False
        op, before = self.reader.op(given["x"])
        return bool(OP_WORDS[op].does) or ("x" in before and self.reader.is_op(before["x"]))

    def _noun(self, node: ast.expr) -> str:
        """A noun phrase for what ``node`` is."""
        if isinstance(node, ast.Name) or not self.reader.is_op(node):
            return self._leaf(node)
        op, given = self.reader.op(node)
        words = OP_WORDS[op]
        self.ops += op not in QUIET
        if self.ops > OPS_IN_A_PHRASE:
            raise NoPhrase
        terms = self.reader.terms(op, node)
        if len(terms) > 2:
            self.ops += len(terms) - 2
            return f"the {words.noun.lower()} of {listed([self._noun(term) for term in terms])}"
        if words.makes.startswith("{x") and self.reader.is_moved(given.get("x")):
            # One would not see what belongs to which.
            raise NoPhrase
        return self._filled(words, words.makes, given)

    def _leaf(self, node: ast.expr, alone: str = "the input") -> str:
        if isinstance(node, ast.Name):
            if not self.is_cut and [*self.reader.operands] == [node.id]:
                return alone
            return self._code(node)
        if isinstance(node, ast.Starred):
            return f"all of {self._leaf(node.value)}"
        if isinstance(node, (ast.List, ast.Tuple)) and node.elts:
            return listed([self._noun(element) for element in node.elts])
        if any(
            isinstance(part, ast.Call) and not self.reader.is_plain(part) for part in ast.walk(node)
        ):
            raise NoPhrase
        return self._code(node)

    def _code(self, node: ast.expr) -> str:
        if isinstance(node, ast.Call) and node.args and self.reader.short(node) == "constant":
            # A reader cares for the value.
            return self._code(node.args[0])
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            return node.value
        for part in ast.walk(node):
            if isinstance(part, ast.Name) and part.id.startswith(HIDDEN):
                self.named = True
                if part.id.removeprefix(HIDDEN) in self.reader.operands:
                    # It is no longer what the layer was given.
                    raise NoPhrase
        code = with_short_floats(ast.unparse(node).replace("self.", "").replace(HIDDEN, ""))
        if ("'" in code and '"' in code) or "\\" in code or len(code) > SHORT_CODE:
            raise NoPhrase
        number = isinstance(node, ast.Constant) or (
            isinstance(node, ast.UnaryOp) and isinstance(node.operand, ast.Constant)
        )
        return code if number else f"`{code}`"

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
                    raise NoPhrase
                return otherwise
            if name == "index":
                assert isinstance(node, ast.Subscript)
                return f"`[{self._code(node.slice).strip('`()')}]`"
            if name == "condition":
                told = self._noun(node)
                return told if told.startswith("where ") else f"where {told} holds"
            if name == "dtype" and isinstance(node, ast.Attribute) and root_name(node) != "self":
                return node.attr
            if name == "method" and literal(node) == "nearest":
                return "nearest-neighbour"
            if name in AXES:
                return self._axes(node, given.get("x"))
            if name in {"x", "x2", "x3"}:
                is_input = isinstance(node, ast.Name)
                told = self._leaf(node, alone or "the input") if is_input else self._noun(node)
                turned = literal(given[TURNED[name]]) if TURNED.get(name) in given else None
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

        swapped = swapped_axes(given)
        if swapped is not None:
            one, two = swapped
            what = it or self._noun(given["x"])
            if template == words.does:
                return f"Swaps axes {one} and {two} of {what}"
            return f"{what} with axes {one} and {two} swapped"
        first = given.get("x")
        parts = first.elts if isinstance(first, (ast.List, ast.Tuple)) else [first]
        if it is None and any(part is not None and self.reader.is_op(part) for part in parts):
            template = before_operand(template)
        told = PLACE.sub(placed, OPTIONAL.sub(optional, template))
        return told.rstrip(",") if template == words.does else told

    def _axes(self, node: ast.expr, given: ast.expr | None) -> str:
        """The axes in words, where these are certain."""
        value = literal(node)
        if value is None and isinstance(node, ast.Constant):
            return "all axes"
        if isinstance(value, int):
            whole = isinstance(given, ast.Name) and given.id in self.reader.operands
            words = {-1: "the last axis", 0: "the batch" if whole else "axis 0"}
            return words.get(value, f"axis {value}")
        if isinstance(value, (list, tuple)) and value:
            if len(value) == 1:
                return self._axes(ast.Constant(value[0]), given)
            return f"axes {listed([str(axis) for axis in value])}"
        return self._code(node)
