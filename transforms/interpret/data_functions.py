"""Functions that nobody in sight calls, and that tell themselves that they are called on data."""

from __future__ import annotations

import ast

from transforms.knowledge import keras_names

BUILDING = frozenset({"Input", "Model", "Functional"})
NUMBERS = frozenset({"linspace", "constant", "convert_to_tensor", "get_weights"})
"""What builders ask for numbers too: rates of dropout (``tf.linspace(...).numpy()``), weights."""

ASSERTIONS = frozenset(
    {
        *("assertAllClose", "assertAllEqual", "assertNDArrayNear", "assertAllCloseAccordingToType"),
        *("assert_allclose", "assert_array_equal", "assert_almost_equal"),
        *("assert_array_almost_equal", "assert_array_less"),
    }
)
"""What compares numbers, in the tests of TensorFlow and of NumPy."""


def is_on_data(node: ast.AST) -> bool:
    """Whether what the function ``node`` is given is data: it is no part of a functional model.

    A KerasTensor has no ``numpy()``, no gradient on a tape, and no numbers to compare. Where the
    function makes inputs or models too, the data may be others than what it is given.
    """
    names = {_name(inner) for inner in ast.walk(node)}
    if names & BUILDING:
        return False
    tape = keras_names.last_part(keras_names.GRADIENT_TAPE)
    return (
        tape in names
        or bool(names & ASSERTIONS)
        or any(
            not names & NUMBERS
            and isinstance(inner, ast.Call)
            and not inner.args
            and _attribute(inner.func) == "numpy"
            for inner in ast.walk(node)
        )
    )


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else _attribute(node)


def _attribute(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else ""
