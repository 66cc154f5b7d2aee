"""What user code raises is told in one short line."""

from __future__ import annotations

from codemod.verify.child.failures import one_line

KERAS_3 = (
    "A KerasTensor cannot be used as input to a TensorFlow function. A KerasTensor is a symbolic "
    "placeholder for a shape and dtype, used when constructing Keras Functional models or Keras "
    "Functions. You can only use it as input to a Keras layer or a Keras operation (from the "
    "namespaces `keras.layers` and `keras.ops`). You are likely doing something like:\n\n```\n"
    "x = Input(...)\n...\ntf_fn(x)  # Invalid.\n```\n"
)


def test_a_long_explanation_is_told_by_its_first_sentence() -> None:
    told = "ValueError: A KerasTensor cannot be used as input to a TensorFlow function."
    assert one_line(ValueError(KERAS_3)) == told


def test_a_short_message_is_told_as_it_is() -> None:
    text = "No such file. Look in /data"
    assert one_line(FileNotFoundError(text)) == "FileNotFoundError: No such file. Look in /data"


def test_an_error_without_a_text_is_told_by_its_kind() -> None:
    assert one_line(NotImplementedError()) == "NotImplementedError"


def test_what_has_no_sentence_ends_with_a_sign() -> None:
    told = one_line(RuntimeError("x" * 1000))
    assert len(told) <= 201
    assert told.endswith("x…")


def test_the_deepest_cause_is_told() -> None:
    try:
        try:
            raise KeyError("units")
        except KeyError as inner:
            raise ValueError("could not be inferred") from inner
    except ValueError as error:
        assert one_line(error) == "KeyError: 'units'"


def test_the_error_inside_the_text_of_a_layer_is_told() -> None:
    text = 'Exception encountered when calling layer "a" (type A).\n\nTypeError: bad axis\n\nCall'
    assert one_line(TypeError(text)) == "TypeError: bad axis"


def test_the_reason_is_told_and_not_which_layer_it_was() -> None:
    text = (
        'Exception encountered when calling layer "tf.squeeze" (type TFOpLambda).\n\n'
        "Can not squeeze dim[2], expected a dimension of 1, got 16\n\n"
        'Call arguments received by layer "tf.squeeze" (type TFOpLambda):\n  • input=tf.Tensor'
    )
    reason = "Can not squeeze dim[2], expected a dimension of 1, got 16"
    assert one_line(ValueError(text)) == f"ValueError: {reason}"
    # That alone is better than nothing.
    assert one_line(ValueError(text.partition("\n")[0])).startswith("ValueError: Exception")


def test_the_reason_that_keras_3_gives_inside_a_layer_is_told() -> None:
    text = (
        "Exception encountered when calling Concat.call().\n\n\x1b[1m{{function_node "
        "__wrapped__ConcatV2_N_2_device_/job:localhost/device:CPU:0}} ConcatOp : Dimension 0 in "
        "both shapes must be equal: [8,4] vs. [2,4] [Op:ConcatV2] name: concat\x1b[0m\n\n"
        "Arguments received by Concat.call():\n  • args=('<KerasTensor>',)"
    )
    reason = "ConcatOp : Dimension 0 in both shapes must be equal: [8,4] vs. [2,4]"
    assert one_line(ValueError(text)) == f"ValueError: {reason}"
