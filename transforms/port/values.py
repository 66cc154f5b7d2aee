"""Values that Keras 3 takes otherwise: in arguments, comparisons and paths."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import is_layer_class, keras_path, last_part
from transforms.port.breaks import ARGUMENT, FILES, MEMBER, SILENT, Break, Source
from transforms.port.calls import argument, parameter_name, text_of
from transforms.port.edits import before, floor_division
from transforms.port.kinds import as_model
from transforms.port.paths import path_ending
from transforms.port.scopes import dotted_name
from transforms.port.sizes import is_size
from transforms.syntax.records import Edit, ReplaceText

_SILENT_ACTIVATIONS = {"hard_sigmoid"}
_GONE_LOSSES = {
    "kullback_leibler_divergence": "kl_divergence",
    "huber_loss": "huber",
    "cosine_proximity": "cosine_similarity",
}
_HARD = (
    "hard_sigmoid is relu6(x + 3) / 6 in Keras 3, and was clip(0.2 * x + 0.5, 0, 1): old weights"
    " give other results"
)


def find_values(source: Source) -> Iterator[Break]:
    """The calls and comparisons of ``source`` whose values mean something else in Keras 3."""
    for node, dotted in source.calls:
        path = None if dotted is None else keras_path(dotted)
        if dotted is not None and path is not None and not dotted.startswith("tf_keras"):
            yield from _of_keras(source, node, dotted, path)
        elif isinstance(node.func, ast.Attribute):
            yield from _of_method(source, node, node.func)
        elif dotted is None:
            yield from _layer_call(source, node)
    for comparison in source.all_of(ast.Compare):
        yield from _comparison(source, comparison)


def _of_keras(source: Source, node: ast.Call, dotted: str, path: str) -> Iterator[Break]:
    name = last_part(path)
    span = source.text.span
    if name == "Input" and path in {"Input", "layers.Input"}:
        shape = argument(node, "shape", 0)
        if shape is not None and is_size(source, shape):
            yield _single_size(source, shape)
    layer_name = argument(node, "name")
    if (is_layer_class(dotted) or name in {"Input", "Model"}) and "/" in (
        text_of(layer_name) or ""
    ):
        assert layer_name is not None
        message = "a layer's name must have no `/` in Keras 3; weights loaded by name change too"
        yield Break(code=ARGUMENT, span=span(layer_name), message=message)
    if is_layer_class(dotted):
        yield from _of_layer(source, node, name)
    if path.startswith("optimizers."):
        epsilon = argument(node, "epsilon")
        if isinstance(epsilon, ast.Constant) and epsilon.value is None:
            message = "Keras 3 takes no `epsilon=None`: leave it out"
            yield Break(code=ARGUMENT, span=span(epsilon), message=message)
    if path in {"losses.get", "metrics.get"} and text_of(argument(node, "identifier", 0)):
        yield from _loss_name(source, argument(node, "identifier", 0))
    if path == "metrics.KLDivergence" and argument(node, "name", 0) is None:
        message = "its name is `kl_divergence` in Keras 3, and was `kullback_leibler_divergence`"
        yield Break(code=SILENT, span=span(node), message=message)
    if path == "callbacks.ModelCheckpoint":
        yield from _checkpoint(source, node)
    if path == "models.save_model":
        yield from _saved_path(source, argument(node, "filepath", 1), node)
    if path == "models.load_model":
        text = path_ending(source, argument(node, "filepath", 0))
        if text is not None and not text.endswith((".keras", ".h5", ".hdf5")):
            message = "Keras 3 loads no SavedModel folder: use keras.layers.TFSMLayer"
            yield Break(code=FILES, span=span(node), message=message)
    if path == "backend.set_value" and node.args:
        yield from _set_rate(source, node)


def _single_size(source: Source, shape: ast.expr) -> Break:
    span = source.text.span(shape)
    size = source.text.text_of(shape)
    before = source.text.lines[span.line - 1][: span.column].rstrip()
    after = source.text.lines[span.end_line - 1][span.end_column :].lstrip()
    inside = before.endswith("(") and after.startswith(")") and "=" in before[-8:]
    edit = ReplaceText(span, f"{size}," if inside else f"({size},)")
    message = f"Keras 3 takes no number for a shape: write ({size},)"
    return Break(code=ARGUMENT, span=span, message=message, edits=(edit,))


def _of_layer(source: Source, node: ast.Call, name: str) -> Iterator[Break]:
    span = source.text.span
    for keyword in node.keywords:
        text = text_of(keyword.value)
        if keyword.arg in {"activation", "recurrent_activation"} and text in _SILENT_ACTIVATIONS:
            yield Break(code=SILENT, span=span(keyword.value), message=_HARD)
    if name == "Activation" and text_of(argument(node, "activation", 0)) in _SILENT_ACTIVATIONS:
        yield Break(code=SILENT, span=span(node), message=_HARD)
    if name.startswith("ConvLSTM") and argument(node, "recurrent_activation") is None:
        message = f"the default of `recurrent_activation` is sigmoid in Keras 3: {_HARD}"
        yield Break(code=SILENT, span=span(node), message=message)
    axis = argument(node, "axis", 0) if name == "BatchNormalization" else None
    if isinstance(axis, ast.List | ast.Tuple):
        edits: tuple[Edit, ...] = ()
        if len(axis.elts) == 1:
            edits = (ReplaceText(span(axis), source.text.text_of(axis.elts[0])),)
        message = "BatchNormalization takes one axis in Keras 3, a number"
        yield Break(code=ARGUMENT, span=span(axis), message=message, edits=edits)
    units = {"Dense": "units"}.get(name, "filters")
    size = argument(node, units, 0) if _is_sized(name) else None
    if isinstance(size, ast.BinOp) and isinstance(size.op, ast.Div):
        message = "Keras 3 takes no float for a size: divide with `//`"
        fixes = floor_division(source, size)
        yield Break(code=ARGUMENT, span=span(size), message=message, edits=fixes)


def _is_sized(name: str) -> bool:
    return name == "Dense" or (name.startswith("Conv") and not name.startswith("ConvLSTM"))


def _loss_name(source: Source, node: ast.expr | None) -> Iterator[Break]:
    text = text_of(node)
    if node is not None and text in _GONE_LOSSES:
        new = _GONE_LOSSES[text]
        message = f"Keras 3 knows no loss {text!r}: use {new!r}"
        exact = text != "cosine_proximity"
        edits: tuple[Edit, ...] = ()
        if exact:
            edits = (ReplaceText(source.text.span(node), repr(new)),)
        yield Break(code=ARGUMENT, span=source.text.span(node), message=message, edits=edits)


def _checkpoint(source: Source, node: ast.Call) -> Iterator[Break]:
    path = argument(node, "filepath", 0)
    text = path_ending(source, path)
    if path is None or text is None:
        return
    only = argument(node, "save_weights_only")
    weights = isinstance(only, ast.Constant) and only.value is True
    ending = ".weights.h5" if weights else ".keras"
    if not text.endswith((ending,) if weights else (ending, ".h5")):
        message = (
            f"ModelCheckpoint wants a path that ends in {ending} in Keras 3; what reads it too"
        )
        yield Break(code=FILES, span=source.text.span(path), message=message)


def _saved_path(source: Source, path: ast.expr | None, node: ast.Call) -> Iterator[Break]:
    text = path_ending(source, path)
    if path is not None and text is not None and not text.endswith((".keras", ".h5", ".hdf5")):
        message = "Keras 3 saves no folders: end the path in .keras, or use `export` for serving"
        yield Break(code=FILES, span=source.text.span(path), message=message)


def _saved_weights(source: Source, node: ast.Call) -> Iterator[Break]:
    """Whatever saves weights is a model, but for classes of the user's that say how."""
    own = {item.name for item in source.all_of(ast.FunctionDef)}
    path = argument(node, "filepath", 0)
    text = path_ending(source, path)
    if path is None or text is None or text.endswith(".weights.h5") or "save_weights" in own:
        return
    message = "save_weights wants a path that ends in .weights.h5 in Keras 3"
    yield Break(code=FILES, span=source.text.span(path), message=message)


def _of_method(source: Source, node: ast.Call, function: ast.Attribute) -> Iterator[Break]:
    owner = as_model(source.kinds.of(function.value))
    if owner == "weight" and function.attr == "value":
        message = "`value` of a weight is an attribute in Keras 3"
        yield Break(code=MEMBER, span=source.text.span(function), message=message)
    if function.attr == "save_weights" and owner in {None, "model"}:
        yield from _saved_weights(source, node)
    if owner != "model":
        return
    if function.attr == "save":
        yield from _saved_path(source, argument(node, "filepath", 0), node)
    if function.attr == "compile":
        yield from _compiled(source, node)
    yield from _layer_call(source, node)


def _compiled(source: Source, node: ast.Call) -> Iterator[Break]:
    yield from _loss_name(source, argument(node, "loss", 1))
    metrics = argument(node, "metrics")
    single = isinstance(metrics, ast.Constant) and isinstance(metrics.value, str)
    if metrics is not None and (single or source.kinds.of(metrics) == "metric"):
        written = f"[{source.text.text_of(metrics)}]"
        message = f"Keras 3 takes a list of metrics: write {written}"
        edit = ReplaceText(source.text.span(metrics), written)
        yield Break(code=ARGUMENT, span=source.text.span(metrics), message=message, edits=(edit,))


def _layer_call(source: Source, node: ast.Call) -> Iterator[Break]:
    """``layer(x, True)``: what is no tensor must be given by name."""
    if len(node.args) < 2 or source.kinds.of(node.func) != "layer":
        return
    late = node.args[1]
    if isinstance(late, ast.Constant) and isinstance(late.value, bool | int | str):
        message = "Keras 3 takes only tensors by position: give this argument by name"
        edits: tuple[Edit, ...] = ()
        name = _second_parameter(source, node.func)
        if name is not None and len(node.args) == 2:
            edits = (before(source, late, f"{name}="),)
        yield Break(code=ARGUMENT, span=source.text.span(late), message=message, edits=edits)


def _second_parameter(source: Source, function: ast.expr) -> str | None:
    """What a layer that is made on the spot takes after its inputs; None where it is not known."""
    if not isinstance(function, ast.Call):
        return None
    dotted = dotted_name(source.scoped, function.func)
    if dotted is not None:
        name = last_part(dotted)
        known = is_layer_class(dotted) and ("Dropout" in name or "Normalization" in name)
        return "training" if known else None
    made = source.kinds.definition(function.func)
    for method in made.body if isinstance(made, ast.ClassDef) else ():
        if isinstance(method, ast.FunctionDef) and method.name == "call":
            return parameter_name(method.args, 2)
    return None


def _comparison(source: Source, node: ast.Compare) -> Iterator[Break]:
    if len(node.ops) != 1 or not isinstance(node.ops[0], ast.Eq | ast.NotEq):
        return
    sides = [node.left, node.comparators[0]]
    kinds = [source.kinds.of(side) for side in sides]
    for kind, side, other in zip(kinds, sides, reversed(sides)):
        if kind == "shape" and isinstance(other, ast.List):
            written = f"list({source.text.text_of(side)})"
            message = f"a shape is a tuple in Keras 3 and never equal to a list: write {written}"
            edit = ReplaceText(source.text.span(side), written)
            yield Break(code=SILENT, span=source.text.span(node), message=message, edits=(edit,))


def _set_rate(source: Source, node: ast.Call) -> Iterator[Break]:
    rate = node.args[0]
    if (
        isinstance(rate, ast.Attribute)
        and rate.attr in {"lr", "learning_rate"}
        and source.kinds.of(rate.value) == "optimizer"
    ):
        message = "K.set_value sets no learning rate in Keras 3: assign `optimizer.learning_rate`"
        edits: tuple[Edit, ...] = ()
        statements = {item.value for item in source.all_of(ast.Expr)}
        if node in statements and len(node.args) == 2:
            owner = source.text.text_of(rate.value)
            value = source.text.text_of(node.args[1])
            edits = (ReplaceText(source.text.span(node), f"{owner}.learning_rate = {value}"),)
        yield Break(code=MEMBER, span=source.text.span(node), message=message, edits=edits)
