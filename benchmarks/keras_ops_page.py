# ruff: noqa: E501
"""Writes ``docs/ops.md`` from the table of keras.ops: ``python -m benchmarks.keras_ops_page``."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from transforms.knowledge.keras_ops import DTYPES, Row, rows
from transforms.knowledge.keras_ops_elsewhere import ELSEWHERE
from transforms.knowledge.keras_ops_table import DIFFERENT

PAGE = Path(__file__).parents[1] / "docs" / "ops.md"
HEAD = """\
# Raw ops as functions of `keras.ops`

`keras-codemod rewrite --to ops` writes these calls where arguments and dtypes are as the table says. What is
not there becomes a generated layer, and the report says why. `benchmarks/keras_ops_page.py` writes this page from
`transforms/knowledge/keras_ops_table.py`; `tests/knowledge/test_keras_ops_run.py` runs each row with TensorFlow 2.21
beside Keras 3.15 on its TensorFlow backend, CPU: bits in several shapes and dtypes, with infinities, NaN and
negative zeros among them; symbolic dtypes and static shapes; a model; the ops of the graphs. Apart from a dtype or a
tensor of TensorFlow that stands among the arguments, nothing here needs TensorFlow: [other backends](backends.md) were run,
with a tolerance, and what they do otherwise stands below.

| how it is the same | |
|---|---|
| graph | the same ops of TensorFlow run, so that it is proved |
| rules | other ops run, and a rule of proofs makes them equal ([verification.md](verification.md)) |
| proof | only for some shapes: written where verification proves it |
| bits | the same bits, and no rule proves it: written with `--no-verify` or `--accept bitwise`, a layer else |

| dtypes | |
|---|---|
{dtypes}

`unknown` is a dtype that the analysis does not know.

`axis or 0` is written down where it is not given, since the default is another one. Functions in capitals stand for an
argument that is made anew: a dtype by its name, sizes as indices, a padding in small letters.

| raw op | keras.ops | asked of arguments | dtypes | the same | Keras | note |
|---|---|---|---|---|---|---|
"""
TAIL = """
## What looks the same and is not

| raw op | why it becomes a layer |
|---|---|
{different}

Other reasons: an argument that `keras.ops` does not take, a size or an axis that is a tensor of the model, a NumPy array
or a variable beside tensors (Keras promotes dtypes otherwise), an operator that Keras means otherwise for the dtypes at
hand, a function that callers choose, random numbers, an op that would take the name of a layer, a product with a number whose result a layer is given (Keras 3.15
takes it for a sparse tensor).

## On other backends of Keras

| keras.ops | what is other there |
|---|---|
{elsewhere}

float64 and int64 are float32 and int32 on JAX where its 64 bits are off, which is the default.
"""


def page() -> str:
    """The whole page."""
    dtypes = "\n".join(
        f"| {name} | {', '.join(sorted(found)) if found else 'all'} |"
        for name, found in DTYPES.items()
    )
    different = "\n".join(f"| `{key}` | {why} |" for key, why in DIFFERENT.items())
    elsewhere = "\n".join(f"| `{function}` | {what} |" for function, what in ELSEWHERE.items())
    tail = TAIL.format(different=different, elsewhere=elsewhere)
    return HEAD.format(dtypes=dtypes) + "".join(_lines(rows())) + tail


def _lines(table: Iterable[Row]) -> Iterable[str]:
    for row in table:
        call = ast.unparse(row.call)
        cells = (
            f"`{row.key}`",
            f"`{call}`",
            _asked(row),
            row.dtype_words,
            row.same,
            row.since,
            row.note,
        )
        yield f"| {' | '.join(cells)} |\n"


def _asked(row: Row) -> str:
    asked = [f"`{name}={value!r}`" for name, value in row.required.items()]
    asked += [f"`{name}={value!r}` or not given" for name, value in row.allowed.items()]
    asked += [f"`{name}` given" for name in sorted(row.given)]
    asked += [f"`{name}` not None" for name in sorted(row.values - row.given)]
    return ", ".join(asked)


if __name__ == "__main__":
    PAGE.write_text(page())
