"""Snippets that were run under Keras 2 and Keras 3: those that break or change are found.

``rows.tsv`` says what was seen with tf-keras 2.21 and Keras 3.15.1: ``same`` in both, ``found``, or
``missed`` (it breaks, and nothing tells so yet); and what ``--fix keras3`` makes of it. A line of a
snippet ends with ``⏎``.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.command_line import environment
from transforms.interpret.parsed import Parsed
from transforms.port.find import find_breaks
from transforms.port.fix import fix_source
from transforms.syntax.locations import read_source

HEAD = """\
import numpy as np, os
import tensorflow as tf
import keras
L = tf.keras.layers
K = tf.keras.backend
"""
NOT_ALL = frozenset(
    {
        "y_aw_experimental",
        "o_schedule_lr_read",
        "m_seq_call_then_output",
        "z_metrics_dict_seq_y",
    }
)
"""Rows in which something else breaks, which is told and not fixed."""


@dataclass(frozen=True)
class Row:
    """One row of ``rows.tsv``."""

    name: str
    expected: str
    source: str
    fixed: str


def _rows() -> list[Row]:
    with (Path(__file__).parent / "rows.tsv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        Row(row["id"], row["expected"], _source(row["snippet"]), _source(row["fixed"]))
        for row in rows
    ]


def _source(text: str) -> str:
    return HEAD + text.replace("⏎", "\n") + "\n"


ROWS = _rows()


def found(source: str) -> list[str]:
    text = read_source(source.encode())
    return [item.code for item in find_breaks(Parsed(text.tree), text)]


@pytest.mark.parametrize("expected", ["same", "found", "missed"])
def test_what_breaks_is_found_and_nothing_else(expected: str) -> None:
    rows = [row for row in ROWS if row.expected == expected]
    wrong = [row.name for row in rows if bool(found(row.source)) != (expected == "found")]
    assert wrong == []
    assert len(rows) > 30


def test_what_is_exactly_the_same_is_written() -> None:
    fixed = {row.name: fix_source(row.source.encode()).source.decode() for row in ROWS}
    wrong = [
        row.name
        for row in ROWS
        if fixed[row.name] != (row.fixed if row.fixed != _source("") else row.source)
    ]
    assert wrong == []


def test_a_fixed_source_has_nothing_left_to_fix() -> None:
    for row in ROWS:
        once = fix_source(row.source.encode())
        if once.fixes:
            assert fix_source(once.source).source == once.source, row.name


RUN = """
import contextlib, io, json, os, runpy, sys, tempfile
failed = {}
os.chdir(tempfile.mkdtemp(dir=sys.argv[1]))
for name, source in json.load(sys.stdin).items():
    with open("snippet.py", "w") as file:
        file.write(source)
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            runpy.run_path("snippet.py")
        except Exception as error:
            failed[name] = repr(error)
print(json.dumps(failed))
"""


@pytest.mark.tensorflow
def test_what_is_written_runs_under_keras_3(tmp_path: Path) -> None:
    sources = {
        row.name: row.fixed for row in ROWS if row.fixed != _source("") and row.name not in NOT_ALL
    }
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", RUN, str(tmp_path)],
        input=json.dumps(sources).encode(),
        env=environment(),
        capture_output=True,
        check=True,
    )
    assert json.loads(done.stdout) == {}
    assert len(sources) > 100
