"""What phrases are made of: arguments by name, literals, words in their order."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Mapping

from transforms.knowledge import tf_catalog

OPTIONAL = re.compile(r"\[([^\]{]*\{\w+\}[^\]]*)\]")
TURNED = {"x": "transpose_a", "x2": "transpose_b"}
AXES = frozenset({"axis", "axes"})
REARRANGING = {
    "reshape": "reshapes",
    "transpose": "transposes",
    "permute_dimensions": "transposes",
    "expand_dims": "expands",
    "squeeze": "squeezes",
}
"""Ops that move elements alone, and what is said of them."""
SPLITTING = frozenset({"split", "unstack"})
TURNED_ROUND = {
    r"^(.*) of \{x\} ((?:over|along) \{axis[^}]*\})$": r"\1 \2 of {x}",
    r"^\{x\} less \{x2\}$": "the difference of {x} and {x2}",
    r"^\{x\} divided by \{x2\}$": "the quotient of {x} and {x2}",
    r"^(\w+) (\{x:tensors\}) (along \{axis[^}]*\})$": r"\1, \3, \2",
}
LONG_FLOAT = re.compile(r"\b([1-9])(0{6,})\.0\b")
HIDDEN = "\1"
"""Stands before the names of variables that are not told."""
PLAIN_CALLS = frozenset("cast constant epsilon eye float int int_shape ones shape zeros".split())
"""Functions whose calls are told as code where sizes and bound values alone stand in them."""
END_ITEMS = {"0": "first_item", "-1": "last_item"}
"""What an index alone takes, by the words for it."""
SHORT_CODE = 70
# They pass on what they are given, as far as a reader of one sentence cares.
QUIET = frozenset({"cast", "convert_to_tensor", "identity"})
Placed = Mapping[str, ast.expr]


class NoPhrase(Exception):
    """There are no words for it."""


def before_operand(template: str) -> str:
    """``the sum over {axis} of {x}``: behind a longer operand the axis would seem to be of it."""
    for pattern, order in TURNED_ROUND.items():
        template = re.sub(pattern, order, template)
    return template


def has_verb(sentence: str) -> bool:
    return not sentence.startswith(("The ", "Where ", "Zeros ", "Ones ", "One-hot "))


def given_to(key: str, node: ast.Call) -> Placed:
    """The arguments by parameter; the first three also as ``x``, ``x2`` and ``x3``."""
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        raise NoPhrase
    if any(word.arg is None for word in node.keywords):
        raise NoPhrase
    names = [name.lstrip("*") for name in tf_catalog.signature(key)]
    named = dict(zip(names, node.args))
    named |= {word.arg: word.value for word in node.keywords if word.arg is not None}
    places = dict(zip(names, ("x", "x2", "x3")))
    given = dict(named)
    given.update({places[name]: value for name, value in named.items() if name in places})
    return given


def swapped_axes(given: Placed) -> tuple[int, int] | None:
    """The two axes that a literal order swaps, if it does no more."""
    for name in ("perm", "pattern"):
        order = literal(given[name]) if name in given else None
        if isinstance(order, (list, tuple)):
            moved = [place for place, axis in enumerate(order) if axis != place]
            if len(moved) == 2:
                return moved[0], moved[1]
    return None


def root_name(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def literal(node: ast.expr) -> object:
    try:
        return ast.literal_eval(node)
    except ValueError:
        return None


def listed(words: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def with_short_floats(code: str) -> str:
    """``code`` with ``1e9`` for ``1000000000.0``, as ``ast.unparse`` writes it."""
    return LONG_FLOAT.sub(lambda found: f"{found[1]}e{len(found[2])}", code)


class Putting(ast.NodeTransformer):
    def __init__(self, values: Mapping[str, ast.expr], hidden: Collection[str]) -> None:
        self._values = values
        self._hidden = hidden

    def visit_Name(self, node: ast.Name) -> ast.expr:
        if node.id in self._hidden:
            return ast.Name(HIDDEN + node.id, node.ctx)
        return self._values.get(node.id, node)


def lower(text: str) -> str:
    return text[:1].lower() + text[1:]
