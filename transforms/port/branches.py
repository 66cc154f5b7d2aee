"""Python's ``if`` and ``for`` on tensors, which AutoGraph compiled in Keras 2 alone."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import keras_path, last_part
from transforms.port.breaks import MEMBER, Break, Source, found
from transforms.port.edits import start_of, written_at
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit

_NO_TENSORS = (
    "tensorflow.rank tensorflow.executing_eagerly tensorflow.is_tensor tensorflow.TensorShape"
    " tensorflow.as_dtype tensorflow.inside_function tensorflow.get_static_value"
).split()


_NOT_COMPILED = frozenset({"result", "train_step", "test_step", "predict_step", "update_state"})
"""Methods that ``tf.function`` does not make work: seen with Keras 3.15.1."""


def branches(source: Source, function: FunctionNode) -> Iterator[Break]:
    """Python's ``if`` and ``for`` on tensors, which AutoGraph compiled in Keras 2 alone."""
    if any("function" in source.text.text_of(item) for item in function.decorator_list):
        return
    for node in walk(function):
        tested: ast.expr | None = None
        if isinstance(node, ast.If | ast.While):
            tested = node.test
        elif isinstance(node, ast.For):
            tested = node.iter
        if tested is not None and _is_tensor(source, tested):
            word = "for" if isinstance(node, ast.For) else "if"
            message = (
                f"Keras 3 compiles no `{word}` on a tensor: decorate the function with tf.function"
            )
            yield found(source, MEMBER, tested, message, _compiled_by_tf(source, function))
            return


def _compiled_by_tf(source: Source, function: FunctionNode) -> tuple[Edit, ...]:
    """The edits that decorate ``function`` with ``tf.function``."""
    if function.decorator_list or function.name in _NOT_COMPILED:
        return ()
    span = source.text.span(function)
    line = source.text.lines[span.line - 1]
    indentation = line[: span.column]
    if indentation.strip():
        return ()
    head = start_of(source, function)
    return written_at(source, head, "tensorflow.function", f"\n{indentation}", first="@")


def _is_tensor(source: Source, node: ast.expr) -> bool:
    """Whether a condition is computed from functions of TensorFlow."""
    if isinstance(node, ast.Compare):
        return any(_is_tensor(source, item) for item in (node.left, *node.comparators))
    if isinstance(node, ast.BoolOp):
        return any(_is_tensor(source, item) for item in node.values)
    if isinstance(node, ast.UnaryOp):
        return _is_tensor(source, node.operand)
    if not isinstance(node, ast.Call):
        return False
    dotted = dotted_name(source.scoped, node.func) or ""
    return (
        dotted.startswith("tensorflow.")
        and keras_path(dotted) is None
        and not dotted.startswith(("tensorflow.config", "tensorflow.io", "tensorflow.version"))
        and dotted not in _NO_TENSORS
        and not last_part(dotted)[:1].isupper()
    )
