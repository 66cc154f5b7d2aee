"""TensorFlow's functions in ``compute_mask``, which Keras gives KerasTensors.

Keras 2 made ops of them as it did in models; Keras 3 gives an error (Keras 3.15.1).
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge import tf_catalog
from transforms.knowledge.keras_names import last_part
from transforms.port.breaks import MEMBER, Break, Source
from transforms.port.kinds import as_model
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.nodes import children, walk
from transforms.syntax.records import Edit, ReplaceText

_NOT_EQUAL = frozenset({"tf.not_equal", "tf.math.not_equal", "K.not_equal"})
# Of a KerasTensor Keras 3 has these too: they are no tensors.
_STATIC = frozenset({"shape", "dtype", "name"})


def find_in_masks(source: Source) -> Iterator[Break]:
    """The raw ops on what ``compute_mask`` of a layer of ``source`` is given."""
    for owner in source.all_of(ast.ClassDef):
        if as_model(source.kinds.role(owner)) not in {"layer", "model"}:
            continue
        for method in owner.body:
            if isinstance(method, ast.FunctionDef) and method.name == "compute_mask":
                yield from _in_method(source, method)


def _in_method(source: Source, method: FunctionNode) -> Iterator[Break]:
    tensors = {item.arg for item in [*method.args.posonlyargs, *method.args.args][1:]}
    for node in walk(method):
        if isinstance(node, ast.Assign) and _holds(node.value, tensors):
            bound = (part for target in node.targets for part in walk(target))
            tensors |= {part.id for part in bound if isinstance(part, ast.Name)}
    statements = (node for node in walk(method) if isinstance(node, ast.Return | ast.Assign))
    whole = {statement.value for statement in statements}
    pending: list[ast.AST] = [*method.body]
    for node in pending:
        key = _op_of(source, node)
        if key is None or not isinstance(node, ast.Call):
            pending += children(node)
        elif any(_holds(part, tensors) for part in children(node)[1:]):
            yield _break(source, node, key, node in whole)


def _op_of(source: Source, node: ast.AST) -> str | None:
    dotted = dotted_name(source.scoped, node.func) if isinstance(node, ast.Call) else None
    key = None if dotted is None else tf_catalog.canonical(dotted)
    return key if key is not None and tf_catalog.is_op(key) else None


def _holds(node: ast.AST, tensors: set[str]) -> bool:
    """Whether one of the names ``tensors`` stands in ``node`` for more than its shape."""
    if isinstance(node, ast.Attribute) and node.attr in _STATIC:
        return False
    if isinstance(node, ast.Name):
        return node.id in tensors
    return any(_holds(part, tensors) for part in children(node))


def _break(source: Source, node: ast.Call, key: str, is_whole: bool) -> Break:
    edits: tuple[Edit, ...] = ()
    advice = f"use keras.ops.{last_part(key)} or its like"
    if key in _NOT_EQUAL and len(node.args) == 2 and not node.keywords:
        left, right = (source.text.text_of(part) for part in node.args)
        written = f"{left} != {right}"
        advice = f"write `{written}`"
        simple = isinstance(node.args[0], ast.Name) and isinstance(node.args[1], ast.Constant)
        if simple:
            shown = written if is_whole else f"({written})"
            edits = (ReplaceText(source.text.span(node), shown),)
    return Break(
        code=MEMBER,
        span=source.text.span(node),
        message=f"compute_mask is given KerasTensors, which {key} refuses in Keras 3: {advice}",
        edits=edits,
    )
