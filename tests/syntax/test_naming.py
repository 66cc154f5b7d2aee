"""Names of layers, classes and parameters."""

from __future__ import annotations

import keyword

import pytest

from transforms.syntax.naming import (
    LAYER_ATTRIBUTES,
    camel_case,
    helper_name,
    is_legal_layer_name,
    layer_name_for,
    op_name,
    parameter_name,
    snake_case,
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("FusedReduceSum", "fused_reduce_sum"),
        ("TFOps", "tf_ops"),
        ("MHABlock", "mha_block"),
        ("ReduceSum_2", "reduce_sum_2"),
        ("Conv2D", "conv2d"),
        ("Run1", "run1"),
        ("_Run1", "__run1"),
    ],
)
def test_snake_case_is_that_of_keras(name: str, expected: str) -> None:
    assert snake_case(name) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("reduce_sum", "ReduceSum"),
        (["reshape", "transpose"], "ReshapeTranspose"),
        ("attentionScores", "AttentionScores"),
        ("block-1.main", "Block1Main"),
        ("2d_pool", "Op2dPool"),
        ("_hidden", "Hidden"),
        ("größe", "Groe"),
        ("", "Op"),
    ],
)
def test_camel_case(words: str | list[str], expected: str) -> None:
    assert camel_case(words) == expected
    assert camel_case(words).isidentifier()


@pytest.mark.parametrize(
    ("name", "legal"),
    [
        ("a", True),
        ("tf.math.add", True),
        ("block-1_x", True),
        ("1x", True),
        ("", False),
        ("_a", False),
        ("a/b", False),
        ("a b", False),
        ("é", False),
        ("a\n", False),
    ],
)
def test_legal_layer_names(name: str, legal: bool) -> None:
    assert is_legal_layer_name(name) is legal


@pytest.mark.parametrize(
    ("variable", "ops", "expected"),
    [
        ("attention_scores", ["tf.einsum"], "attention_scores"),
        ("_gate", ["tf.nn.relu"], "gate"),
        ("q2", ["tf.einsum"], "einsum"),
        ("q_2", ["tf.einsum"], "einsum"),
        ("aX1", ["tf.einsum"], "einsum"),
        ("nn", ["tf.einsum"], "einsum"),
        ("out_scores", ["tf.einsum"], "out_scores"),
        ("out_x", ["tf.einsum"], "einsum"),
        ("X_scores_X", ["tf.einsum"], "X_scores_X"),
        ("x", ["tf.einsum"], "einsum"),
        ("x1", ["tf.nn.relu"], "relu"),
        ("outputs", ["tf.math.reduce_sum"], "reduce_sum"),
        ("_", ["tf.reshape", "tf.matmul", "tf.transpose"], "reshape_matmul_transpose"),
        (None, ["tf.abs", "tf.exp", "tf.sin", "tf.cos"], "abs_exp_cos"),
        ("名前", ["tf.reshape"], "reshape"),
        ("requête", ["tf.reshape"], "requete"),
        (None, ["operator.mul"], "multiply"),
        (None, ["operator.getitem", "operator.add"], "slice_add"),
        (None, ["operator.and_"], "logical_and"),
        (None, ["keras.backend.sum", "tf.square", "keras.backend.sum"], "sum_square"),
        (None, ["K._private"], "private"),
        (None, [], "op"),
    ],
)
def test_layer_names(variable: str | None, ops: list[str], expected: str) -> None:
    name = layer_name_for(variable, ops)
    assert name == expected
    assert is_legal_layer_name(name)


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        ("split_heads", "split_heads"),
        ("_splitHeads", "split_heads"),
        ("get_position_bias", "position_bias"),
        ("build_model", None),
        ("call", None),
        ("f", None),
        ("__call__", None),
        ("名前", None),
    ],
)
def test_helpers_lend_names_that_say_something(function: str, expected: str | None) -> None:
    assert helper_name(function) == expected


@pytest.mark.parametrize(
    ("op", "expected"),
    [
        ("tf.nn.relu", "relu"),
        ("relu", "relu"),
        ("tf.raw_ops.MatMul", "MatMul"),
        ("tf.X_abs_X", "X_abs_X"),
        ("operator.mul", "multiply"),
        ("operator.add", "add"),
        ("tf.mul", "mul"),
        ("table['a b']", "table_a_b"),
        ("<lambda>", "lambda"),
        ("tf.__", "op"),
        ("名前", "op"),
    ],
)
def test_op_names(op: str, expected: str) -> None:
    assert op_name(op) == expected


@pytest.mark.parametrize(
    ("text", "taken", "expected"),
    [
        ("axis", [], "axis"),
        ("self.axis", [], "axis"),
        ("self.config.hidden_size", [], "hidden_size"),
        ("config['dim']", [], "dim"),
        ('self.cfg["a"]["dim"]', [], "dim"),
        ("n * 2", [], "value"),
        ("f(n)", [], "value"),
        ("3", [], "value"),
        ("axis", ["axis", "axis_2"], "axis_3"),
        ("input", [], "input_value"),
        ("training", [], "training_value"),
        ("max", [], "max_value"),
        ("cfg['class']", [], "class_value"),
        ("cfg['2d']", [], "value_2d"),
        ("_scale", [], "scale"),
        ("self.__eps__", [], "eps"),
        ("NUM_HEADS", [], "num_heads"),
        ("self.X_axis_X", [], "X_axis_X"),
        ("__", [], "value"),
        ("value", ["value"], "value_2"),
        ("größe", [], "groe"),
        ("大きさ", [], "value"),
        ("match", [], "match_value"),
    ],
)
def test_parameter_names(text: str, taken: list[str], expected: str) -> None:
    assert parameter_name(text, "value", taken) == expected


@pytest.mark.parametrize("text", [*sorted(LAYER_ATTRIBUTES), *keyword.kwlist, "list", "id", "é"])
def test_no_parameter_name_breaks_a_layer(text: str) -> None:
    name = parameter_name(text, "value", {"value"})
    assert name.isidentifier()
    assert name.isascii()
    assert not keyword.iskeyword(name)
    assert name not in LAYER_ATTRIBUTES
    assert name not in {"value", "list", "id"}
