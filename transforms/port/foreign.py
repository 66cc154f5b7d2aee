"""Layers of another Keras that are called on the tensors of a model.

Since TensorFlow 2.16 ``tf.keras`` is Keras 3, and add-ons keep to ``tf_keras``: their layers take
no tensors of Keras 3 (tensorflow-hub 0.16, transformers 4.46, tf-keras 2.21).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from transforms.knowledge.keras_names import is_input
from transforms.port.breaks import ARGUMENT, Break, Source, found
from transforms.port.scopes import dotted_name

_ADD_ONS = re.compile(r"tensorflow_hub\.KerasLayer|transformers\.TF[A-Z]\w*(\.from_\w+)?")
_TF_KERAS = re.compile(r"tf_keras\.(\w+\.)*[A-Z]\w*")
# Names that lead to names.
_LONGEST = 8


def find_foreign(source: Source) -> Iterator[Break]:
    """The calls of layers of another Keras on symbolic tensors of ``source``."""
    dotted = [name for _, name in source.calls if name is not None]
    if not any(_ADD_ONS.fullmatch(name) or name.startswith("tf_keras.") for name in dotted):
        return
    if any(name.startswith("tf_keras.") and is_input(name) for name in dotted):
        # The model itself is of that Keras.
        return
    for call in source.all_of(ast.Call):
        maker = _maker(source, call.func, 0)
        given = [*call.args, *(keyword.value for keyword in call.keywords)]
        if maker is not None and any(_holds_tensor(source, value) for value in given):
            message = (
                f"a layer of another Keras ({maker}) takes no tensors of Keras 3: call it in the "
                "`call` of a layer of your own"
            )
            yield found(source, ARGUMENT, call, message)


def _maker(source: Source, function: ast.AST, depth: int) -> str | None:
    """The class of another Keras of which ``function`` is an instance."""
    if isinstance(function, ast.Call):
        dotted = dotted_name(source.scoped, function.func) or ""
        return dotted if _ADD_ONS.fullmatch(dotted) or _TF_KERAS.fullmatch(dotted) else None
    if not isinstance(function, ast.Name) or depth > _LONGEST:
        return None
    scope = source.scoped.of_node.get(function)
    bound = scope.lookup(function.id) if scope is not None else None
    if bound is None:
        return None
    makers = {
        _maker(source, binding.node, depth + 1)
        if binding.how == "value" and binding.node is not None
        else None
        for binding in bound[1]
    }
    return makers.pop() if len(makers) == 1 else None


def _holds_tensor(source: Source, value: ast.expr) -> bool:
    if isinstance(value, (ast.List, ast.Tuple)):
        return any(_holds_tensor(source, item) for item in value.elts)
    if isinstance(value, ast.Dict):
        return any(_holds_tensor(source, item) for item in value.values)
    return source.kinds.of(value) == "tensor"
