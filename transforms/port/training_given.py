"""``layer(x, training=True)`` in a functional model, which Keras 3 does not keep to.

Seen with Keras 3.15.1: ``fit`` and ``predict`` give each layer their own ``training`` in its place.
So dropout that is to stay on in ``predict`` is off, and a BatchNormalization that is called with
``training=False`` learns in ``fit``, where it is not frozen by ``trainable = False`` as well.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import is_class_name, last_part
from transforms.port.breaks import SILENT, Break, Source, found
from transforms.port.calls import argument
from transforms.port.kinds import as_model
from transforms.port.scopes import dotted_name


def find_training_given(source: Source) -> Iterator[Break]:
    """The calls of layers and models on KerasTensors of ``source`` with a literal ``training``."""
    for node in source.all_of(ast.Call) if "training" in source.text.text else ():
        given = argument(node, "training")
        if not isinstance(given, ast.Constant) or type(given.value) is not bool or not node.args:
            continue
        is_given_tensor = _is_layer(source, node.func) and _holds_tensor(source, node.args[0])
        if is_given_tensor and not _is_frozen(source, node, given):
            message = (
                f"fit and predict of Keras 3 give their own `training` in place of {given.value}: "
                f"call it in the `call` of a layer of your own"
            )
            yield found(source, SILENT, given, message)


def _is_layer(source: Source, node: ast.expr) -> bool:
    """Whether ``node`` is a layer or model; what is made of a class and takes tensors is one."""
    if as_model(source.kinds.of(node)) in {"layer", "model"}:
        return True
    made_of = dotted_name(source.scoped, node.func) if isinstance(node, ast.Call) else None
    return made_of is not None and is_class_name(last_part(made_of))


def _is_frozen(source: Source, node: ast.Call, given: ast.Constant) -> bool:
    """Whether what is called with ``training=False`` is frozen, which Keras 3 keeps to."""
    set_to = [
        assigned.value
        for assigned in source.all_of(ast.Assign)
        for target in assigned.targets
        if isinstance(target, ast.Attribute)
        and target.attr == "trainable"
        and ast.dump(target.value) == ast.dump(node.func)
    ]
    never = all(isinstance(value, ast.Constant) and value.value is False for value in set_to)
    return given.value is False and bool(set_to) and never


def _holds_tensor(source: Source, node: ast.expr) -> bool:
    items = node.elts if isinstance(node, ast.List | ast.Tuple) else [node]
    return any(source.kinds.of(item) == "tensor" for item in items)
