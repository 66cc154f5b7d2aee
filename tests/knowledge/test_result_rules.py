"""The rules of the catalogue as data."""

from __future__ import annotations

import pytest

from transforms.knowledge.result_rules import DtypeRule, Structure, dtype_rule, structure
from transforms.knowledge.tf_catalog import signature
from transforms.knowledge.tf_signatures import RESULT_DTYPES, RESULTS

DTYPES = {None, "float32", "complex64", "int32", "bool", "string"}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("tf.exp", Structure(kind="tensor")),
        ("tf.unstack", Structure(kind="list")),
        ("tf.nn.moments", Structure(kind="tuple", length=2)),
        ("tf.linalg.qr", Structure(kind="namedtuple", length=2, fields=("q", "r"))),
        ("tf.print", Structure(kind="none")),
        ("tf.raw_ops.Unknown", Structure(kind="same")),
    ],
)
def test_structures(key: str, expected: Structure) -> None:
    assert structure(key) == expected


@pytest.mark.parametrize(
    ("key", "argument_dtype", "expected"),
    [
        ("tf.exp", None, DtypeRule(otherwise="same")),
        ("tf.abs", "complex64", DtypeRule(otherwise="float32")),
        ("K.all", None, DtypeRule(otherwise="bool")),
        ("tf.cast", None, DtypeRule(parameter="dtype", otherwise="unknown")),
        ("tf.shape", None, DtypeRule(parameter="out_type", otherwise="int32")),
        ("tf.no_such_function", None, DtypeRule(otherwise="unknown")),
    ],
)
def test_dtype_rules(key: str, argument_dtype: str | None, expected: DtypeRule) -> None:
    assert dtype_rule(key, argument_dtype) == expected


def test_every_rule_of_the_catalogue_can_be_read() -> None:
    for key in RESULTS:
        shape = structure(key)
        assert (shape.length is None) == (shape.kind not in {"tuple", "namedtuple"}), key
        assert bool(shape.fields) == (shape.kind == "namedtuple"), key
    for key in RESULT_DTYPES:
        for dtype in DTYPES:
            rule = dtype_rule(key, dtype)
            assert rule.otherwise.isidentifier(), key
            assert rule.parameter is None or rule.parameter in signature(key), key
