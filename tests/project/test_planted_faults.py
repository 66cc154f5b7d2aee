"""The faults that ``benchmarks/planted_faults.py`` plants: one change each, always the same."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import libcst as cst
import pytest

from benchmarks.generator_faults import FAULTS, generator_faults
from benchmarks.mutation import (
    Mutant,
    Operator,
    changed_lines,
    choose,
    edits_of,
    mutant_of,
    supply_of,
)
from benchmarks.mutation_frame import AROUND
from benchmarks.mutation_layers import OPERATORS
from benchmarks.planted_faults import Store
from benchmarks.planted_faults_report import Judged, page_of, tables

FIXTURES = Path(__file__).parents[2] / "fixtures"
SAMPLE = b"""
import tensorflow as tf
from tensorflow.keras import Input, Model, layers


class Mix(layers.Layer):
    def __init__(self, scale, **kwargs):
        super().__init__(autocast=False, **kwargs)
        self.scale = scale

    def call(self, x, y):
        z = tf.reduce_sum(x - y, axis=1)
        return tf.transpose(z[:, 1:], [1, 0])

    def get_config(self):
        return {**super().get_config(), "scale": self.scale}


class Ends(layers.Layer):
    def call(self, x):
        return x[0], tf.cast(x, tf.float16)


def build():
    x = Input((4, 6))
    for i in range(3):
        x = layers.Dropout(0.5)(layers.BatchNormalization()(x))
        x = Mix(scale=i, name=f"mix_{i}")(x, layers.Dense(6, activation="relu")(x))
    first, second = Ends()(x)
    return Model(x, [first, second])


if __name__ == "__main__":
    build().compile(loss_weights=[1.0 - 0.5])
"""
EXPECTED = [
    ("axis", "z = tf.reduce_sum(x - y, axis=2)"),
    ("operand order", "z = tf.reduce_sum(y - x, axis=1)"),
    ("dropped op", "z = tf.reduce_sum(x, axis=1)"),
    ("dropped op", "z = (x - y)"),
    ("other op", "z = tf.reduce_sum(x + y, axis=1)"),
    ("other op", "z = tf.reduce_mean(x - y, axis=1)"),
    ("keepdims", "z = tf.reduce_sum(x - y, axis=1, keepdims=True)"),
    ("slice", "return tf.transpose(z[:, 2:], [1, 0])"),
    ("permutation", "return tf.transpose(z[:, 1:], [0, 1])"),
    ("stopped gradient", "return tf.stop_gradient(tf.transpose(z[:, 1:], [1, 0]))"),
    ("dtype", "return tf.cast(tf.transpose(z[:, 1:], [1, 0]), tf.float16)"),
    ("dtype", "super().__init__(**kwargs)"),
    ("dtype", "return x[0], tf.cast(x, tf.float32)"),
    ("lost configuration", "return {**super().get_config(), }"),
    ("swapped outputs", "return tf.cast(x, tf.float16), x[0]"),
    ("swapped outputs", "second, first = Ends()(x)"),
    ("swapped outputs", "return Model(x, [second, first])"),
    ("constant", "for i in range(4):"),
    ("training attribute", "x = layers.Dropout(0.25)(layers.BatchNormalization()(x))"),
    ("training flag", "x = layers.Dropout(0.5)(layers.BatchNormalization()(x), training=True)"),
    ("layer attribute", "x = layers.Dropout(0.5)(layers.BatchNormalization(epsilon=0.01)(x))"),
    (
        "layer attribute",
        'x = Mix(scale=i, name=f"mix_{i}")(x, layers.Dense(7, activation="relu")(x))',
    ),
    (
        "late binding",
        'x = Mix(scale=[*range(3)][-1], name=f"mix_{i}")(x, layers.Dense(6, activation="relu")(x))',
    ),
    (
        "weight order",
        'def call(self, y, x): | x = Mix(scale=i, name=f"mix_{i}")'
        '(layers.Dense(6, activation="relu")(x), x)',
    ),
]


def all_mutants(source: bytes, operators: Sequence[Operator] = OPERATORS) -> list[Mutant]:
    module = cst.parse_module(source)
    made = [mutant_of(module, edit) for edit in edits_of(module, operators)]
    return [mutant for mutant in made if mutant is not None]


@pytest.fixture(scope="module")
def sample_mutants() -> list[Mutant]:
    return all_mutants(SAMPLE)


@pytest.mark.parametrize(("kind", "after"), EXPECTED)
def test_each_kind_of_fault_is_planted(kind: str, after: str, sample_mutants: list[Mutant]) -> None:
    assert (kind, after) in [(mutant.kind, mutant.after) for mutant in sample_mutants]


def test_nothing_is_planted_where_no_model_is_made(sample_mutants: list[Mutant]) -> None:
    assert not [mutant for mutant in sample_mutants if "compile" in mutant.before]


def test_a_mutant_parses_and_differs_in_one_place() -> None:
    source = (FIXTURES / "crlf_latin1/after_lambda.py").read_bytes()
    mutants = all_mutants(source)
    assert len(mutants) > 20
    for mutant in mutants:
        ast.parse(mutant.source)
        assert mutant.source != source
        assert mutant.before != mutant.after
        if mutant.kind != "weight order":
            assert " | " not in mutant.before, mutant


def test_the_choice_is_even_and_always_the_same() -> None:
    sources = {
        name: (FIXTURES / name / "after_layer.py").read_bytes()
        for name in ("captured_variable", "masking")
    }

    def chosen(cap: int) -> list[tuple[str, Mutant]]:
        supplies = {name: supply_of(text, OPERATORS, 1) for name, text in sources.items()}
        return choose(supplies, dict.fromkeys(supplies, cap))

    first = chosen(6)
    assert first[:6] == chosen(3)
    assert Counter(name for name, _ in first) == dict.fromkeys(sources, 6)
    assert len({mutant.source for _, mutant in first}) == 12
    kinds = Counter(mutant.kind for _, mutant in first)
    assert max(kinds.values()) <= 3


def test_only_lines_that_the_rewrite_wrote_get_faults() -> None:
    before = b"import tensorflow as tf\nx = x + 1\ny = tf.reduce_sum(x, 1)\n"
    after = before.replace(b"tf.reduce_sum(x, 1)", b"Total(axis=1)(x * 2)")
    lines = changed_lines(before, after)
    assert lines == {3}
    supplies = {"script": supply_of(after, OPERATORS, 1, lines)}
    mutants = [mutant for _, mutant in choose(supplies, {"script": 20})]
    assert {mutant.line for mutant in mutants} == {3}


def judged(kind: str, survived: bool, after: str = "a") -> Judged:
    return Judged("roll_loop", "layer", kind, 3, "b", after, survived, "outputs", "", 1.0)


def test_verdicts_are_kept(tmp_path: Path) -> None:
    first, second = judged("axis", True), judged("axis", False)
    path = tmp_path / "verdicts.jsonl"
    store = Store(path)
    store.add("1", first)
    store.add("2", first)
    store.add("1", second)
    assert Store(path).judged == {"1": second, "2": first}


def test_the_table_leaves_equivalent_mutants_out_of_the_rate() -> None:
    known = judged("constant", True, "scale = 50.0  # used again")
    text, unexplained = tables([judged("axis", False), judged("axis", True), known])
    assert unexplained == 1
    assert "| axis | 2 | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0.500 |" in text
    assert "| constant | 1 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 0 | 1 | 0 | - |" in text
    assert text.count("- survives: ") == 1
    assert str(known) in page_of([known])


AROUND_SAMPLE = b"""
import tensorflow as tf
from tensorflow.keras import Input, Model, layers

ACT = {"relu": tf.nn.relu, "tanh": tf.tanh}


def build(kind="relu", scale=2.0):
    i = Input((4,), name="i")
    x = layers.Dense(3, kernel_initializer="zeros")(i)
    x = tf.sin(x) if kind == "relu" else tf.cos(x)
    if kind == "tanh":
        x = tf.abs(x)
    else:
        x = tf.exp(x)
    return Model(i, Scale(scale=scale)(x))
"""
AROUND_EXPECTED = [
    ("frame", 'i = Input((4,), name="another_name")'),
    ("frame", "x = layers.Dense(3)(i)"),
    ("frame", 'x = layers.Dense(3, kernel_initializer="zeros", trainable=False)(i)'),
    ("table", 'ACT = {"relu": tf.tanh, "tanh": tf.nn.relu}'),
    ("branch", 'x = tf.cos(x) if kind == "relu" else tf.sin(x)'),
    ("open value", 'if "relu" == "tanh":'),
    ("open value", "return Model(i, Scale(scale=2.0)(x))"),
]


@pytest.fixture(scope="module")
def mutants_around() -> list[Mutant]:
    return all_mutants(AROUND_SAMPLE, AROUND)


@pytest.mark.parametrize(("kind", "after"), AROUND_EXPECTED)
def test_faults_around_the_ops_are_planted(
    kind: str, after: str, mutants_around: list[Mutant]
) -> None:
    assert (kind, after) in [(mutant.kind, mutant.after) for mutant in mutants_around]


def test_a_wrong_generator_gives_wrong_rewrites() -> None:
    before = FIXTURES / "dtype_mix" / "before.py"
    mutants = list(generator_faults(before, "layer", 1))
    kinds = [mutant.kind for mutant in mutants]
    assert len(kinds) == len(set(kinds)) > 4
    assert set(kinds) <= set(FAULTS)
    swapped = next(mutant for mutant in mutants if mutant.kind == "generator: swapped inputs")
    assert "(best, index)" in swapped.before
    assert "(index, best)" in swapped.after
    for mutant in mutants:
        ast.parse(mutant.source)
