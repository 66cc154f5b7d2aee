"""What Keras 3 saves in .h5 files and cannot load again.

Seen with Keras 3.15.1: of a model compiled with ``"mse"`` it asks for a class of that name, while
names of metrics and the long names are found; of masks in a functional model, for a layer
``NotEqual``, while a Sequential has none.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence

from transforms.knowledge.keras_names import is_layer_class, keras_path, last_part
from transforms.port.breaks import ARGUMENT, FILES, Break, Source
from transforms.port.calls import argument, text_of
from transforms.port.kinds import as_model
from transforms.syntax.nodes import walk
from transforms.syntax.records import ReplaceText, Span

_LONG_NAMES = {
    "mse": "mean_squared_error",
    "mae": "mean_absolute_error",
    "mape": "mean_absolute_percentage_error",
    "msle": "mean_squared_logarithmic_error",
    "kld": "kl_divergence",
    "bce": "binary_crossentropy",
}
H5_ENDINGS = (".h5", ".hdf5")
# Layers that read the mask of what they are given, as layers that drop it do not.
_READING_MASKS = frozenset(
    {"LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "GlobalAveragePooling1D"}
)


def find_in_h5_files(source: Source) -> Iterator[Break]:
    """What ``source`` saves in .h5 files that Keras 3 cannot load again."""
    if "save" not in source.parsed.attributes:
        return
    saves = [node for node in source.all_of(ast.Call) if _saves_h5(source, node)]
    if not saves:
        return
    yield from _masks(source, saves)
    loads = [node for node, dotted in source.calls if _is_load(dotted)]
    if loads and all(_needs_no_loss(node) for node in loads):
        return
    if not any(_keeps_losses(save) for save in saves):
        return
    for node in source.all_of(ast.Call):
        if _is_method(source, node, "compile"):
            yield from _short_names(source, argument(node, "loss", 1))


def models_saved_in_h5(source: Source) -> list[Span]:
    """The paths of the .h5 files in which ``source`` saves functional models.

    What a checkpoint saves may be any model.
    """
    paths: list[Span] = []
    for node, dotted in source.calls:
        if keras_path(dotted or "") == "callbacks.ModelCheckpoint":
            path, only = argument(node, "filepath", 0), argument(node, "save_weights_only")
            is_whole = only is None or (isinstance(only, ast.Constant) and not only.value)
            if path is not None and is_whole and _is_h5(source, path):
                paths.append(source.text.span(path))
    for node in source.all_of(ast.Call) if "save" in source.parsed.attributes else ():
        path, function = argument(node, "filepath", 0), node.func
        if path is None or not isinstance(function, ast.Attribute) or not _saves_h5(source, node):
            continue
        if source.kinds.of(function.value) == "model":
            paths.append(source.text.span(path))
    return paths


def _masks(source: Source, saves: Sequence[ast.Call]) -> Iterator[Break]:
    layers = [
        (node, last_part(name)) for node, name in source.calls if name and is_layer_class(name)
    ]
    if not any(_makes_masks(node, name) for node, name in layers):
        return
    if not any(name in _READING_MASKS for _, name in layers):
        return
    for save in saves:
        function, path = save.func, argument(save, "filepath", 0)
        assert isinstance(function, ast.Attribute) and path is not None
        if source.kinds.of(function.value) == "model":
            message = "Keras 3 loads no functional model with masks from an .h5 file: use .keras"
            yield Break(code=FILES, span=source.text.span(path), message=message)


def _makes_masks(node: ast.Call, name: str) -> bool:
    zero = argument(node, "mask_zero")
    return name == "Masking" or (isinstance(zero, ast.Constant) and bool(zero.value))


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
    return path is not None and _is_h5(source, path)


def _is_h5(source: Source, path: ast.expr) -> bool:
    return any(ending in text for text in _texts_in(source, path) for ending in H5_ENDINGS)


def _keeps_losses(save: ast.Call) -> bool:
    kept = argument(save, "include_optimizer", 2)
    return not isinstance(kept, ast.Constant) or bool(kept.value)


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
