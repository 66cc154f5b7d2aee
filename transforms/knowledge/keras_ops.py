"""Which call of ``keras.ops`` computes what a raw op computes.

A row of the table is a line: names of raw ops, the call that takes their place, what is asked of
their arguments, the dtypes of tensors for which both give the same, what is the same, and a note.
Rows of one name are tried in their order.

The call names the parameters of the raw op; its keywords stand in the order of the function of
``keras.ops``. ``axis or 0`` is written down where no axis is given: its default there is another
one. A function in capitals is one of ``transforms.generate.ops_arguments``, which makes the
argument that ``keras.ops`` takes.

``transpose_b=True`` is a literal that must be given, ``?direction='ASCENDING'`` one that may be.
``axis!`` must not be None, which means something else there; ``axis!!`` must also be given. An
argument that the call does not name must be left out, or be ``None`` or ``False``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Literal, get_args

from transforms.knowledge.keras_ops_table import DIFFERENT, TABLE

Sameness = Literal["graph", "rules", "bits", "proof"]
"""How a call of ``keras.ops`` is the same.

``graph``: the same ops of TensorFlow run; ``rules``: others, which the rules of proofs make equal;
``bits``: the bits are the same, and no rule says so; ``proof``: only where verification proves it.
"""

FLOATS = frozenset({"bfloat16", "float16", "float32", "float64"})
WIDE_FLOATS = frozenset({"float32", "float64"})
NUMBERS = FLOATS | {"int32", "int64"}
DTYPES: Mapping[str, frozenset[str] | None] = {
    "any": None,
    "float": FLOATS | {"unknown"},
    "known float": FLOATS,
    "wide float": WIDE_FLOATS,
    "number": NUMBERS | {"unknown"},
    "known number": NUMBERS,
    "single": frozenset({"float32", "int32", "int64"}),
    "float32": frozenset({"float32"}),
    "no half": FLOATS - {"float16"},
    "bool": frozenset({"bool", "unknown"}),
}
"""Names for dtypes. With ``unknown`` what stands there may be unknown to the analysis: other dtypes
are the same too, or TensorFlow does not take them."""
DTYPE_NAMES = FLOATS | frozenset(
    "bool complex64 complex128 int8 int16 int32 int64 uint8 uint16 uint32 uint64".split()
)
"""Names of dtypes that TensorFlow and Keras 3 both know."""
PRODUCTS = frozenset(
    "a,b->ab ab,b->a ab,bc->ac ab,cb->ac abc,cd->abd abc,dc->abd abcd,abde->abce abcd,abed->abce"
    " abcd,acbe->adbe abcd,adbe->acbe abcd,aecd->acbe abcd,aecd->aceb abc,cde->abde abc,dce->abde"
    " abc,dec->abde abcd,cde->abe abcd,ced->abe abcd,ecd->abe abcde,aebf->adbcf"
    " abcde,afce->acdbf".split()
)
"""Equations, with letters in their order, that Keras 3.15 does not give to ``tf.einsum``."""
SINCE: Mapping[str, str] = {"depth_to_space": "3.14", "space_to_depth": "3.14"}
"""The first version with a function that Keras 3.0.5 lacks (3.0.5 to 3.15 were looked at)."""
PASS_MARKS_ON = frozenset(
    "absolute arcsin arcsinh arctan arctanh ceil divide divide_no_nan expand_dims expm1 floor log1p"
    " mean negative ones_like reshape round sign sin sinh sqrt square squeeze sum tan tanh"
    " transpose zeros_like".split()
)
"""Functions whose result Keras 3.15 takes for a sparse tensor where the first tensor looks so."""
PASS_MARKS_OF_ALL = frozenset({"add", "concatenate", "matmul", "maximum", "minimum", "subtract"})
"""The same where all of their tensors look so."""


@dataclass(frozen=True, kw_only=True)
class Row:
    """What takes the place of the raw op ``key``.

    ``required`` and ``allowed`` are literals that arguments must or may be, ``values`` arguments
    that must not be None, ``given`` those that must be there. ``dtypes`` are those of tensors for
    which both are the same, None for all; ``with_numbers`` are those where a Python number is among
    the tensors. ``dtype_words`` are both as the table has them.
    """

    key: str
    call: ast.Call
    required: Mapping[str, object]
    allowed: Mapping[str, object]
    values: frozenset[str]
    given: frozenset[str]
    dtypes: frozenset[str] | None
    with_numbers: frozenset[str] | None
    dtype_words: str
    same: Sameness
    note: str
    source: str

    @property
    def since(self) -> str:
        """The version of Keras that is needed."""
        return max((SINCE.get(name, "3.0") for name in self.functions), default="3.0")

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of ``keras.ops`` in the call, each an op of the model; the outer first."""
        called = [node.func for node in ast.walk(self.call) if isinstance(node, ast.Call)]
        names = map(ast.unparse, called)
        return tuple(name for name in names if not name.isupper())


@cache
def rows() -> tuple[Row, ...]:
    """The whole table."""
    lines = [line for line in TABLE.splitlines() if line and not line.startswith("#")]
    return tuple(row for line in lines for row in _rows_of(line))


@cache
def _by_key() -> Mapping[str, tuple[Row, ...]]:
    found: dict[str, list[Row]] = {}
    for row in rows():
        found.setdefault(row.key, []).append(row)
    return {key: tuple(same) for key, same in found.items()}


def rows_of(key: str) -> tuple[Row, ...]:
    """The rows of a raw op, none where no function of ``keras.ops`` is the same."""
    return _by_key().get(key, ())


def why_different(key: str) -> str:
    """Why a raw op has no row, in a few words."""
    return DIFFERENT.get(key, f"no function of keras.ops is known to be {key}")


def _rows_of(line: str) -> list[Row]:
    names, source, when, dtypes, same, *note = (part.strip() for part in line.split("|"))
    call = ast.parse(source, mode="eval").body
    sameness: Sameness | None = next((one for one in get_args(Sameness) if one == same), None)
    if not isinstance(call, ast.Call) or sameness is None:
        raise ValueError(f"no row of the table: {line}")
    required: dict[str, object] = {}
    allowed: dict[str, object] = {}
    for word in when.split():
        name, equals, literal = word.partition("=")
        if equals:
            literals = allowed if name.startswith("?") else required
            literals[name.lstrip("?")] = ast.literal_eval(literal)
    tensors, _, numbers = (part.strip() for part in dtypes.partition("/"))
    return [
        Row(
            key=name,
            call=call,
            required=required,
            allowed=allowed,
            values=frozenset(word.rstrip("!") for word in when.split() if word.endswith("!")),
            given=frozenset(word[:-2] for word in when.split() if word.endswith("!!")),
            dtypes=DTYPES[tensors],
            with_numbers=DTYPES[numbers or tensors],
            dtype_words=dtypes,
            same=sameness,
            note="".join(note),
            source=source,
        )
        for name in names.split()
    ]
