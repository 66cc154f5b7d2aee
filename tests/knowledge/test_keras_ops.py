"""The table of keras.ops by its form; what it claims is tried in ``test_keras_ops_run``."""

from __future__ import annotations

import ast
import re

import pytest

from benchmarks.keras_ops_page import PAGE, page
from benchmarks.ops_backends import PAGE as BACKENDS
from transforms.generate.ops_arguments import ARGUMENTS
from transforms.generate.ops_slots import all_slots
from transforms.knowledge import tf_catalog
from transforms.knowledge.keras_ops import Row, rows, rows_of, why_different
from transforms.knowledge.keras_ops_elsewhere import ELSEWHERE
from transforms.knowledge.keras_ops_table import DIFFERENT


@pytest.mark.parametrize("row", rows(), ids=lambda row: f"{row.key} {ast.unparse(row.call)}")
def test_a_row_names_parameters_of_its_raw_op(row: Row) -> None:
    named = {name for slot in all_slots(row.call) for name in slot.parameters}
    named |= {*row.required, *row.allowed, *row.values}
    assert named <= {name.lstrip("*") for name in tf_catalog.signature(row.key)}
    assert {slot.maker for slot in all_slots(row.call)} <= {None, *ARGUMENTS}
    assert len(row.functions) == 1, "a second op could move weights"


def test_names_are_those_of_the_catalogue() -> None:
    keys = {row.key for row in rows()} | DIFFERENT.keys()
    assert [key for key in keys if tf_catalog.canonical(_dotted(key)) != key] == []
    assert [key for key in keys if not tf_catalog.is_op(key)] == []


def test_no_row_is_said_to_be_different() -> None:
    assert [key for key in DIFFERENT if rows_of(key)] == []
    assert "int32" in why_different("tf.argmax")
    assert why_different("tf.unique") == "no function of keras.ops is known to be tf.unique"


def test_what_is_other_elsewhere_is_what_was_measured() -> None:
    text = BACKENDS.read_text()
    _, _, measured = text.partition("### Other results: usual values")
    measured, _, _ = measured.partition("### ")
    found = set(re.findall(r"\| `keras\.ops\.([\w.]+)\(", measured))
    assert found == set(ELSEWHERE)
    assert set(ELSEWHERE) <= {function for row in rows() for function in row.functions}


def test_the_page_is_that_of_the_table() -> None:
    assert page() == PAGE.read_text(), "run `python -m benchmarks.keras_ops_page`"


def _dotted(key: str) -> str:
    root, _, rest = key.partition(".")
    return f"tensorflow.{rest}" if root == "tf" else f"tensorflow.keras.backend.{rest}"
