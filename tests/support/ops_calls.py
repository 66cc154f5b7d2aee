"""The calls by which the table of keras.ops is tried, and what ``--to ops`` makes of them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Sequence
from pathlib import Path

from tests.support.golden import planned
from tests.support.ops_cases import CASES, DTYPES, SHAPES
from transforms.generate.ops_slots import slots
from transforms.knowledge.keras_ops import Row, rows
from transforms.syntax.records import Site

IMPORTS = "import tensorflow as tf\nimport keras\nfrom tensorflow.keras import backend as K"
Made = dict[tuple[str, str], tuple[str, Site]]
"""The text that takes the place of a call, by the call and the dtype of its tensors."""


def _alone(row: Row) -> bool:
    """Whether the row is of one tensor and nothing else."""
    (first, *others) = slots(row.call)
    return not others and first.maker is None and not row.required


def _tensor(row: Row) -> str:
    return "b" if "bool" in (row.dtypes or ()) else "x"


CALLS = [line for line in CASES.splitlines() if line]
CALLS += [
    call for row in rows() if _alone(row) and (call := f"{row.key}({_tensor(row)})") not in CALLS
]


def rewritten_calls(dtypes: Iterable[str]) -> Made:
    """What takes the place of each of ``CALLS`` for tensors of these dtypes."""
    found: Made = {}
    for dtype in dtypes:
        found |= rewritten(CALLS, dtype)
        for call in CALLS:
            # Such a product becomes a layer beside others.
            if "product" in (found[call, dtype][1].note or ""):
                found |= rewritten([call], dtype)
    return found


def rewritten(calls: Sequence[str], dtype: str) -> Made:
    """What ``--to ops`` makes of calls, for tensors of ``dtype``."""
    inputs = [
        f"{name} = keras.Input({shape!r}, dtype='{DTYPES.get(name, dtype)}')"
        for name, shape in SHAPES.items()
    ]
    # A named tuple must be unpacked.
    lines = [
        f"{f'r{number}, _' if 'top_k' in call else f'r{number}'} = {call}"
        for number, call in enumerate(calls)
    ]
    source = "\n".join([IMPORTS, *inputs, *lines, ""])
    path = Path("/models/model.py")
    result = planned(source.encode(), path, "ops", granularity="expression", accepts_bits=True)
    first = len(source.splitlines()) - len(calls) + 1
    sites = {site.span.line - first: site for site in result.sites}
    text = result.rewritten.decode()
    values = [
        ast.get_source_segment(text, statement.value) or ""
        for statement in ast.parse(text).body
        if isinstance(statement, ast.Assign)
    ][len(inputs) :]
    return {
        (call, dtype): (value, sites[number])
        for number, (call, value) in enumerate(zip(calls, values))
    }
