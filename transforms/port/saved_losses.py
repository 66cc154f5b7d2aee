"""Short names of losses that Keras 3 cannot load again from an .h5 file.

Seen with Keras 3.15.1: of a model compiled with ``"mse"`` it asks for a class of that name. Names
of metrics, and the long names, are found.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import keras_path
from transforms.port.breaks import ARGUMENT, Break, Source
from transforms.port.calls import argument, text_of
from transforms.port.kinds import as_model
from transforms.syntax.nodes import walk
from transforms.syntax.records import ReplaceText

_LONG_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "bce": "binary_crossentropy",
}
_ENDINGS = (".h5", ".hdf5")


def find_saved_losses(source: Source) -> Iterator[Break]:
    """The losses of ``source`` that are compiled into models it saves in .h5 files."""
    if not any(_saves_h5(source, node) for node in source.all_of(ast.Call)):
        return
    loads = [node for node, dotted in source.calls if _is_load(dotted)]
    if loads and all(_needs_no_loss(node) for node in loads):
        return
    for node in source.all_of(ast.Call):
        if _is_method(source, node, "compile"):
            yield from _short_names(source, argument(node, "loss", 1))


def _is_load(dotted: str | None) -> bool:
    return dotted is not None and keras_path(dotted) in {"models.load_model", "saving.load_model"}


def _needs_no_loss(node: ast.Call) -> bool:
    compiled = argument(node, "compile", 2)
    is_off = isinstance(compiled, ast.Constant) and not compiled.value
    given = argument(node, "custom_objects", 1)
    named = given.keys if isinstance(given, ast.Dict) else []
    return is_off or any((text_of(key) or "").lower() in _LONG_NAMES for key in named)


def _is_method(source: Source, node: ast.Call, name: str) -> bool:
    function = node.func
    if not isinstance(function, ast.Attribute) or function.attr != name:
        return False
    return as_model(source.kinds.of(function.value)) == "model"


def _saves_h5(source: Source, node: ast.Call) -> bool:
    path = argument(node, "filepath", 0) if _is_method(source, node, "save") else None
    kept = argument(node, "include_optimizer", 2)
    is_left_out = isinstance(kept, ast.Constant) and not kept.value
    if path is None or is_left_out:
        return False
    return any(ending in text for text in _texts_in(source, path) for ending in _ENDINGS)


def _texts_in(source: Source, node: ast.expr) -> list[str]:
    """The texts that ``node`` is made of; a name is what is bound to it."""
    nodes: list[ast.AST] = [node]
    scope = source.scoped.of_node.get(node)
    found = scope.lookup(node.id) if scope is not None and isinstance(node, ast.Name) else None
    if found is not None:
        nodes += [one.node for one in found[1] if one.how == "value" and one.node is not None]
    texts = (text_of(part) for one in nodes for part in walk(one))
    return [text for text in texts if text is not None]


def _short_names(source: Source, loss: ast.expr | None) -> Iterator[Break]:
    if isinstance(loss, ast.List | ast.Tuple):
        given = [*loss.elts]
    elif isinstance(loss, ast.Dict):
        given = [*loss.values]
    else:
        given = [] if loss is None else [loss]
    for node in given:
        text = text_of(node) or ""
        long = _LONG_NAMES.get(text.lower())
        if long is not None:
            span, written = source.text.span(node), source.text.text_of(node)
            message = f"Keras 3 loads no .h5 file of a model with the loss {text!r}: write {long!r}"
            edits = (ReplaceText(span, written.replace(text, long)),)
            yield Break(code=ARGUMENT, span=span, message=message, edits=edits)
