"""What the table of keras.ops claims, run: TensorFlow beside Keras 3, bit for bit."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.support.ops_calls import CALLS, Made, rewritten_calls
from tests.support.ops_cases import TRAPS
from transforms.knowledge.keras_ops import Row, rows

pytestmark = pytest.mark.tensorflow

ALL_DTYPES = ("float32", "float16", "float64", "int32", "uint8")
Answers = Mapping[tuple[str, ...], dict[str, Any]]
ROOT = Path(__file__).parents[2]


PAIRS = [tuple(line.split(" | ")) for line in TRAPS.splitlines() if line]


@pytest.fixture(scope="module")
def made() -> Made:
    return rewritten_calls(ALL_DTYPES)


@pytest.fixture(scope="module")
def answers(
    made: Made,
) -> Answers:
    cases: dict[tuple[str, ...], dict[str, str]] = {
        key: {"old": key[0], "new": text, "dtype": key[1]}
        for key, (text, site) in made.items()
        if site.target == "ops"
    }
    traps: dict[tuple[str, ...], dict[str, str]] = {
        pair: {"old": pair[0], "new": pair[1], "dtype": "float32", "eager": "yes"} for pair in PAIRS
    }
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": "-1"}
    environment.pop("TF_USE_LEGACY_KERAS", None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.run_ops_cases"],
        check=False,
        input=json.dumps([*cases.values(), *traps.values()]),
        capture_output=True,
        text=True,
        env=environment,
        cwd=ROOT,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip((*cases, *traps), json.loads(done.stdout)))


@pytest.mark.parametrize("call", CALLS)
def test_keras_ops_give_the_same_bits(call: str, answers: Answers) -> None:
    of_call = {dtype: answers[call, dtype] for dtype in ALL_DTYPES if (call, dtype) in answers}
    assert {d: told["differs"] for d, told in of_call.items() if "differs" in told} == {}
    # Some dtype of those that the table names is one that TensorFlow takes.
    assert any("refused" not in told for told in of_call.values())


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair[0])
def test_a_trap_is_one(pair: tuple[str, ...], answers: Answers) -> None:
    assert "differs" in answers[pair]


def test_each_row_is_tried(made: Made) -> None:
    tried = {(site.ops[0], text.partition("(")[0]) for text, site in made.values()}
    missing = [
        row.source for row in rows() if (row.key, f"keras.ops.{row.functions[0]}") not in tried
    ]
    assert missing == []


def test_graphs_are_the_same_where_the_table_says_so(
    answers: Answers,
    made: Made,
) -> None:
    wrong = [
        call
        for call, row in _of_one_op(made)
        if row.same == "graph" and answers[call, "float32"].get("graph") is False
        # A factor with fewer axes is contracted with the other one.
        if "tf.ones(" not in call
    ]
    assert wrong == []


def _of_one_op(made: Made) -> Iterator[tuple[str, Row]]:
    """The calls of one op, each with the row that took its place."""
    for (call, dtype), (text, site) in made.items():
        if dtype != "float32" or len(site.ops) > 1 or site.target != "ops":
            continue
        function = text.partition("(")[0].removeprefix("keras.ops.")
        found = [row for row in rows() if row.key == site.ops[0] and row.functions == (function,)]
        if len(found) == 1:
            yield call, found[0]
