"""Arguments of raw ops as ``keras.ops`` takes them: the functions in capitals of its table.

Each gives the new text for the argument, the text that stands there where it stays, or why no text
will do.
"""

from __future__ import annotations

import ast
import itertools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.interpret.values import External
from transforms.knowledge.keras_ops import DTYPE_NAMES, PRODUCTS
from transforms.sites.facts import fact_of

_DTYPE = re.compile(r"(?:tensorflow(?:\.compat\.v[12])?(?:\.dtypes)?|numpy)\.(\w+)")


@dataclass(frozen=True, kw_only=True)
class Unfit:
    """Why ``keras.ops`` cannot be given an argument."""

    reason: str


Argument = str | None | Unfit
"""The new text, None where the argument stays as it is, or why it does not do."""


def number(node: ast.expr) -> float | None:
    """The number that a literal is."""
    try:
        value = ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return value if is_number else None


def _dtype(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """``tf.float32`` by its name, which all backends of Keras know."""
    node = nodes[0]
    if isinstance(node, ast.Constant):
        is_known = node.value is None or node.value in DTYPE_NAMES
        return None if is_known else Unfit(reason=f"keras.ops knows no dtype {node.value!r}")
    fact = fact_of(analysis, node)
    if isinstance(node, ast.Attribute) and isinstance(fact.last, External):
        match = _DTYPE.fullmatch(fact.last.dotted)
        if match and match[1] in DTYPE_NAMES:
            return f"{quote}{match[1]}{quote}"
    if fact.kinds == Kind.PLAIN and isinstance(node, ast.Attribute) and node.attr == "dtype":
        return None
    return Unfit(reason="the dtype is not known")


def _sections(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """Sizes of parts as the indices where they end; a number of parts as it is."""
    node = nodes[0]
    if isinstance(node, ast.Constant):
        return None if isinstance(node.value, int) else Unfit(reason="no number of parts")
    if not isinstance(node, (ast.List, ast.Tuple)):
        return Unfit(reason="tf.split may be given sizes, keras.ops.split takes indices")
    return _indices([number(item) for item in node.elts])


def _ends(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """The same for sizes of which the last is -1."""
    sizes = list(map(number, getattr(nodes[0], "elts", [])))
    if sizes[-1:] != [-1]:
        return Unfit(reason="keras.ops.split takes indices, and the sizes are not known")
    return _indices([*sizes[:-1], 0])


def _indices(sizes: Sequence[float | None]) -> Argument:
    if not sizes or any(size is None or size < 0 for size in sizes):
        return Unfit(reason="keras.ops.split takes indices, and the sizes are not known")
    ends = itertools.accumulate(int(size or 0) for size in sizes[:-1])
    return f"[{', '.join(map(str, ends))}]"


def _not_negative(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """Indices that are written down and count from the front."""
    items = nodes[0].elts if isinstance(nodes[0], (ast.List, ast.Tuple)) else [nodes[0]]
    if any((index := number(item)) is None or index < 0 for item in items):
        return Unfit(reason="keras.ops.take counts negative indices from the end")
    return None


def _above(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """An upper bound that is not below the lower one: K.clip raises it else."""
    upper, lower = (number(node) for node in nodes)
    if upper is None or lower is None or upper < lower:
        return Unfit(reason="K.clip takes bounds that keras.ops.clip does not")
    return None


def _not_the_first(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """An axis whose size is known: keras.ops.squeeze takes no other."""
    items = nodes[0].elts if isinstance(nodes[0], (ast.List, ast.Tuple)) else [nodes[0]]
    if not items or any(number(item) in (None, 0) for item in items):
        return Unfit(reason="keras.ops.squeeze takes no axis whose size may be unknown")
    return None


def _no_product(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """An equation that Keras gives to tf.einsum as it is."""
    node = nodes[0]
    if not isinstance(node, ast.Constant) or not isinstance(node.value, str):
        return Unfit(reason="the equation is not known")
    letters: dict[str, str] = {}
    for letter in node.value:
        if letter.isalpha():
            letters.setdefault(letter, chr(ord("a") + len(letters)))
    equation = "".join(letters.get(letter, letter) for letter in node.value.replace(" ", ""))
    if equation in PRODUCTS:
        return Unfit(reason="keras.ops.einsum computes this equation with a matrix product")
    return None


def _pool(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """A size for height and width: four sizes have the batch and the channels around them."""
    node = nodes[0]
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return None
    sizes = list(map(number, node.elts)) if isinstance(node, (ast.List, ast.Tuple)) else []
    if len(sizes) == 2 and None not in sizes:
        return None
    if len(sizes) == 4 and None not in sizes and sizes[0] == sizes[3] == 1:
        return f"({sizes[1]}, {sizes[2]})"
    return Unfit(reason="the size of the windows is not known")


def _lower(analysis: Analysis, quote: str, nodes: tuple[ast.expr, ...]) -> Argument:
    """``SAME`` and ``VALID`` in small letters."""
    node = nodes[0]
    padding = node.value if isinstance(node, ast.Constant) else None
    if isinstance(padding, str) and padding.lower() in ("same", "valid"):
        return f"{quote}{padding.lower()}{quote}"
    return Unfit(reason="the padding is not known")


ARGUMENTS: Mapping[str, Callable[[Analysis, str, tuple[ast.expr, ...]], Argument]] = {
    "DTYPE": _dtype,
    "SECTIONS": _sections,
    "ENDS": _ends,
    "NOT_NEGATIVE": _not_negative,
    "ABOVE": _above,
    "NOT_THE_FIRST": _not_the_first,
    "NO_PRODUCT": _no_product,
    "POOL": _pool,
    "LOWER": _lower,
}
