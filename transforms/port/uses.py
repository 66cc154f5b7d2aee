"""What is given to models, layers, losses and callbacks that Keras 3 does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import RECURRENT, is_layer_class, keras_path, last_part
from transforms.port.branches import branches
from transforms.port.breaks import ARGUMENT, FILES, MEMBER, SILENT, Break, Source, found
from transforms.port.calls import argument, is_own_list, text_of
from transforms.port.data import generators, given_data, sequence_items
from transforms.port.edits import written_with
from transforms.port.kinds import as_model
from transforms.port.makers import gives_a_list, output_count
from transforms.port.paths import path_ending
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.accesses import is_access
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, ReplaceText

_TENSOR_CODE = {"call", "train_step", "test_step", "predict_step", "update_state", "result"}

NO_TENSOR = "is False in Keras 3: ask keras.backend.is_keras_tensor, or for an attribute"


def find_uses(source: Source) -> Iterator[Break]:
    """The findings of ``source`` in what is given to objects of Keras."""
    for call, dotted in source.calls:
        yield from _call(source, call, dotted)
    for definition in source.all_of(ast.ClassDef):
        yield from _class(source, definition)
    for sum_ in source.all_of(ast.BinOp):
        sides = [sum_.left, sum_.right]
        lists = any(isinstance(side, ast.List) for side in sides)
        if isinstance(sum_.op, ast.Add) and lists and "shape" in map(source.kinds.of, sides):
            message = "a shape is a tuple in Keras 3: add a tuple to it"
            yield found(source, MEMBER, sum_, message)
    for item in source.all_of(ast.Subscript):
        of_history = text_of(item.slice) == "lr" and source.kinds.of(item.value) == "history dict"
        if of_history and not _writes_rate(source):
            message = "the key is 'learning_rate' in Keras 3"
            yield found(source, MEMBER, item.slice, message)
    for attribute in source.all_of(ast.Attribute):
        yield from _attribute(source, attribute)
    yield from _shared_optimizers(source)


def _writes_rate(source: Source) -> bool:
    """Whether the code writes a key `lr` of its own into the logs."""
    items = source.all_of(ast.Subscript)
    return any(isinstance(item.ctx, ast.Store) and text_of(item.slice) == "lr" for item in items)


def _attribute(source: Source, node: ast.Attribute) -> Iterator[Break]:
    if node.attr == "layer" and getattr(node.value, "attr", "") == "_keras_history":
        inner = source.text.text_of(node.value)
        edits = (ReplaceText(source.text.span(node), f"{inner}[0]"),)
        message = "`_keras_history` names its first part `operation` in Keras 3: use [0]"
        yield found(source, MEMBER, node, message, edits)
    if node.attr == "AUTO" and (dotted_name(source.scoped, node) or "").endswith(
        "losses.Reduction.AUTO"
    ):
        yield _auto(source, node)
    if isinstance(node.ctx, ast.Store):
        owner = as_model(source.kinds.of(node.value))
        fixed = {"model": {"outputs", "inputs"}, "optimizer": {"iterations"}}
        if node.attr in fixed.get(owner or "", set()):
            yield found(source, MEMBER, node, f"`{node.attr}` cannot be assigned in Keras 3")


def _auto(source: Source, node: ast.AST) -> Break:
    message = "Keras 3 knows no reduction 'auto': leave it out, or write 'sum_over_batch_size'"
    edits = (ReplaceText(source.text.span(node), repr("sum_over_batch_size")),)
    return found(source, ARGUMENT, node, message, edits)


def _call(source: Source, node: ast.Call, dotted: str | None) -> Iterator[Break]:
    path = None if dotted is None else keras_path(dotted)
    if dotted is not None and path is not None and not dotted.startswith("tf_keras"):
        yield from _of_keras(source, node, dotted, path)
    elif dotted == "builtins.isinstance" or text_name(node.func) == "isinstance":
        yield from _isinstance(source, node)
    elif dotted == "tensorflow.is_tensor" and node.args:
        if source.kinds.of(node.args[0]) == "tensor":
            yield found(source, SILENT, node, NO_TENSOR)
    elif text_name(node.func) in {"hasattr", "getattr", "setattr"} and dotted is None:
        yield from _asked_for(source, node)
    elif isinstance(node.func, ast.Attribute):
        yield from _of_method(source, node, node.func)
    if isinstance(node.func, ast.Call) or len(node.args) == 2:
        yield from _layer_called(source, node)
    for keyword in node.keywords:
        if keyword.arg == "reduction" and text_of(keyword.value) == "auto":
            yield _auto(source, keyword.value)


def text_name(node: ast.AST) -> str:
    """The name that ``node`` is, ``""`` for anything else."""
    return node.id if isinstance(node, ast.Name) else ""


def _isinstance(source: Source, node: ast.Call) -> Iterator[Break]:
    if len(node.args) != 2:
        return
    kind = source.kinds.of(node.args[0])
    asked = {dotted_name(source.scoped, item) or "" for item in walk(node.args[1])}
    symbolic = any(name.endswith((".KerasTensor", "_keras_tensor")) for name in asked)
    if (
        (kind == "tensor" and "tensorflow.Tensor" in asked)
        or (kind == "weight" and "tensorflow.Variable" in asked)
        or (symbolic and any(".__internal__" in name or ".engine." in name for name in asked))
    ):
        yield found(source, SILENT, node, NO_TENSOR)


def _asked_for(source: Source, node: ast.Call) -> Iterator[Break]:
    """``hasattr(optimizer, "lr")``, as callbacks of Keras 2 ask first."""
    name = node.args[1] if len(node.args) > 1 else None
    if text_of(name) == "lr" and name and source.kinds.of(node.args[0]) == "optimizer":
        written = source.text.text_of(name).replace("lr", "learning_rate")
        message = "an optimizer has no `lr` in Keras 3: ask for `learning_rate`"
        edits = (ReplaceText(source.text.span(name), written),)
        yield found(source, SILENT, name, message, edits)


def _of_keras(source: Source, node: ast.Call, dotted: str, path: str) -> Iterator[Break]:
    name = last_part(path)
    if path.startswith("optimizers."):
        clips = [argument(node, key) for key in ("clipnorm", "clipvalue", "global_clipnorm")]
        if sum(clip is not None for clip in clips) > 1:
            message = "Keras 3 takes only one of clipnorm, clipvalue and global_clipnorm"
            yield found(source, ARGUMENT, node, message)
    of_one = path in {"backend.ndim", "backend.dtype"} and len(node.args) == 1
    if of_one and source.kinds.of(node.args[0]) == "tensor":
        value = source.text.text_of(node.args[0])
        if not isinstance(node.args[0], ast.Name | ast.Attribute | ast.Call | ast.Subscript):
            value = f"({value})"
        written = f"len({value}.shape)"
        edits: tuple[Edit, ...] = ()
        if path == "backend.ndim":
            edits = (ReplaceText(source.text.span(node), written),)
        elif _is_given_or_compared(source, node):
            edits = (ReplaceText(source.text.span(node), f"{value}.dtype"),)
        else:
            edits = written_with(source, node, "tensorflow.as_dtype", f"({value}.dtype).name")
        message = f"K.{name} takes no symbolic tensor in Keras 3: use the tensor's attributes"
        yield found(source, ARGUMENT, node, message, edits)
    if path == "regularizers.l1_l2" and len(node.args) + len(node.keywords) < 2:
        message = "the defaults of l1_l2 are 0 in Keras 3, and were 0.01: give both"
        yield found(source, SILENT, node, message)
    if path == "callbacks.ProgbarLogger" and node.args:
        message = "ProgbarLogger takes no arguments in Keras 3: leave them out"
        yield found(source, ARGUMENT, node, message)
    if path == "callbacks.EarlyStopping" and text_of(argument(node, "monitor", 0)) in {
        "acc",
        "val_acc",
    }:
        message = "a metric that is not there is an error in Keras 3: it is called `accuracy`"
        yield found(source, ARGUMENT, node, message)
    if path == "metrics.binary_accuracy":
        message = "it is no longer the mean over the last axis in Keras 3"
        yield found(source, SILENT, node, message)
    if is_layer_class(dotted):
        yield from _of_layer(source, node, name)


def _is_given_or_compared(source: Source, node: ast.Call) -> bool:
    """Whether TensorFlow takes the result as a dtype, or it is compared: a text is no must."""
    for call in source.all_of(ast.Call):
        if node in call.args or any(word.value is node for word in call.keywords):
            dotted = dotted_name(source.scoped, call.func) or ""
            return dotted.startswith("tensorflow.") or keras_path(dotted) is not None
    return any(
        node in (item.left, *item.comparators)
        and all(isinstance(operator, ast.Eq | ast.NotEq) for operator in item.ops)
        for item in source.all_of(ast.Compare)
    )


def _of_layer(source: Source, node: ast.Call, name: str) -> Iterator[Break]:
    for keyword in node.keywords:
        text = text_of(keyword.value) or ""
        if keyword.arg and keyword.arg.endswith("regularizer") and text == "l1_l2":
            message = "Keras 3 knows no regularizer 'l1_l2': use regularizers.L1L2(...)"
            yield found(source, ARGUMENT, keyword.value, message)
        if keyword.arg == "activation" and text[:1].isupper():
            message = f"Keras 3 knows no activation {text!r}: use the function's name"
            yield found(source, ARGUMENT, keyword.value, message)
    sizes = {"Dense": 1, "Embedding": 2}.get(name, 0)
    for size in node.args[:sizes]:
        if _is_numpy(source, size):
            message = "Keras 3 takes no NumPy integer for a size: write int(...)"
            written = f"int({source.text.text_of(size)})"
            edits = (ReplaceText(source.text.span(size), written),)
            yield found(source, ARGUMENT, size, message, edits)


def _is_numpy(source: Source, node: ast.expr) -> bool:
    """Whether a size is computed by NumPy, and no ``int`` is around it."""
    if isinstance(node, ast.BinOp):
        return _is_numpy(source, node.left) or _is_numpy(source, node.right)
    if not isinstance(node, ast.Call):
        return False
    return (dotted_name(source.scoped, node.func) or "").startswith("numpy.")


def _layer_called(source: Source, node: ast.Call) -> Iterator[Break]:
    made = node.func
    if isinstance(made, ast.Call) and node.args and isinstance(node.args[0], ast.List):
        dotted = dotted_name(source.scoped, made.func) or ""
        if is_layer_class(dotted) and last_part(dotted) in RECURRENT and len(node.args[0].elts) > 1:
            message = "Keras 3 takes no list of input and states: give initial_state=[...]"
            yield found(source, ARGUMENT, node.args[0], message)
    late = node.args[1] if len(node.args) == 2 else None
    if late is not None and text_name(late) == "training" and source.kinds.of(made) == "layer":
        edits = (ReplaceText(source.text.span(late), "training=training"),)
        message = "Keras 3 takes only tensors by position: write training=training"
        yield found(source, ARGUMENT, late, message, edits)


def _of_method(source: Source, node: ast.Call, function: ast.Attribute) -> Iterator[Break]:
    kind = source.kinds.of(function.value)
    owner = as_model(kind)
    name = function.attr
    if owner == "optimizer" and name == "variables":
        message = "`variables` of an optimizer is a list in Keras 3"
        yield found(source, MEMBER, node, message)
    if name == "expect_partial" and isinstance(function.value, ast.Call):
        inner = function.value.func
        if isinstance(inner, ast.Attribute) and inner.attr == "load_weights":
            message = "load_weights returns nothing in Keras 3: leave out expect_partial()"
            place = source.text.span(node)
            edits = (ReplaceText(place, source.text.text_of(function.value)),)
            yield found(source, MEMBER, node, message, edits)
    if owner != "model":
        return
    if name in {"fit", "predict", "evaluate", "train_on_batch"}:
        yield from given_data(source, node, name)
    if name in {"fit_generator", "evaluate_generator"}:
        yield from generators(source, node, argument(node, "generator", 0), name)
    if name == "compile":
        yield from _compiled(source, node, function, kind)
    of_weights = (path_ending(source, argument(node, "filepath", 0)) or "").endswith(".weights.h5")
    if name == "load_weights" and of_weights and argument(node, "by_name") is not None:
        message = "by_name loads only .h5 files of Keras 2 in Keras 3: leave it out"
        yield found(source, FILES, node, message)


def _compiled(
    source: Source, node: ast.Call, function: ast.Attribute, kind: str | None
) -> Iterator[Break]:
    loss = argument(node, "loss", 1)
    metrics = argument(node, "metrics", 2)
    if kind == "sequential" and isinstance(loss, ast.Dict):
        message = "a Sequential takes no dictionary of losses in Keras 3"
        yield found(source, ARGUMENT, loss, message)
    if loss is not None:
        dotted = dotted_name(source.scoped, loss) or ""
        path = keras_path(dotted) or ""
        if (
            path.startswith("losses.")
            and last_part(path)[:1].isupper()
            and not last_part(path).isupper()
        ):
            message = "give an instance of the loss: Keras 3 computes something else of the class"
            yield found(source, SILENT, loss, message)
        defined = source.kinds.definition(loss)
        if isinstance(defined, ast.FunctionDef):
            yield from branches(source, defined)
    optimizer = argument(node, "optimizer", 0)
    if isinstance(optimizer, ast.Call):
        dotted = dotted_name(source.scoped, optimizer.func) or ""
        if dotted.startswith("tensorflow.compat.v1.train."):
            message = "Keras 3 takes no optimizers of tf.compat.v1: use keras.optimizers"
            yield found(source, ARGUMENT, optimizer, message)
    model = function.value
    if isinstance(metrics, ast.List) and gives_a_list(source, model):
        yield from _metrics_of_each(source, metrics, model)
    count = output_count(source, model)
    if count > 1 and isinstance(metrics, ast.List) and is_own_list(metrics, count):
        message = f"Keras 3 wants a list of metrics for each of the {count} outputs"
        edits: tuple[Edit, ...] = ()
        if metrics.elts and all(text_of(item) is not None for item in metrics.elts):
            lists = ", ".join([source.text.text_of(metrics)] * count)
            edits = (ReplaceText(source.text.span(metrics), f"[{lists}]"),)
        yield found(source, ARGUMENT, metrics, message, edits)


def _metrics_of_each(source: Source, metrics: ast.List, model: ast.expr) -> Iterator[Break]:
    """One list of metrics for a list of outputs, however many these are."""
    names = [text_of(item) for item in metrics.elts]
    if not names or any(name is None for name in names):
        return
    owner, written = source.text.text_of(model), source.text.text_of(metrics)
    edits: tuple[Edit, ...] = ()
    if is_access(model):
        text = f"[{written} for _ in {owner}.outputs]"
        edits = (ReplaceText(source.text.span(metrics), text),)
    message = "Keras 3 wants a list of metrics for each output"
    yield found(source, ARGUMENT, metrics, message, edits)


def _shared_optimizers(source: Source) -> Iterator[Break]:
    """One optimizer that is compiled into two models."""
    seen: set[tuple[object, str]] = set()
    for node in source.all_of(ast.Call):
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr != "compile":
            continue
        given = argument(node, "optimizer", 0)
        if given is None or source.kinds.of(given) != "optimizer" or not text_name(given):
            continue
        key = (source.scoped.of_node.get(given), text_name(given))
        if key in seen:
            message = "Keras 3 wants an optimizer of its own for each model"
            yield found(source, ARGUMENT, given, message)
        seen.add(key)


def _class(source: Source, node: ast.ClassDef) -> Iterator[Break]:
    role = as_model(source.kinds.role(node))
    for method in node.body:
        if not isinstance(method, ast.FunctionDef):
            continue
        if role in {"layer", "model", "metric"} and method.name in _TENSOR_CODE:
            yield from branches(source, method)
        if role == "sequence":
            yield from sequence_items(source, method)
        if role in {"layer", "model"} and method.name == "call":
            yield from _weights_in_call(source, method)
        names = [item.arg for item in method.args.args]
        if role == "layer" and method.name == "get_initial_state" and "inputs" in names:
            message = "get_initial_state is given batch_size alone in Keras 3"
            yield found(source, ARGUMENT, method.args.args[names.index("inputs")], message)
        for default in method.args.defaults if role == "loss" else ():
            if text_of(default) == "auto":
                yield _auto(source, default)


def _weights_in_call(source: Source, method: FunctionNode) -> Iterator[Break]:
    for node in walk(method):
        function = node.func if isinstance(node, ast.Call) else None
        if isinstance(function, ast.Attribute) and function.attr == "add_weight":
            message = "Keras 3 makes no weights in `call`: make them in `build`"
            yield found(source, MEMBER, node, message)
