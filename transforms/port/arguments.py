"""Arguments that Keras 3 refuses, or takes for others (KC402)."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace

from transforms.knowledge import keras3_arguments as known
from transforms.knowledge.keras3_names import Fate, unaliased
from transforms.knowledge.keras_names import as_written, keras_path
from transforms.port.breaks import ARGUMENT, SILENT, Break, Source
from transforms.port.calls import argument, text_of
from transforms.port.edits import by_name
from transforms.port.kinds import as_model
from transforms.port.scopes import dotted_name
from transforms.port.stateful import own_input
from transforms.syntax.records import Edit, ReplaceText, Span


def find_arguments(source: Source) -> Iterator[Break]:
    """The calls of ``source`` with arguments that Keras 3 refuses."""
    for node, dotted in source.calls:
        aliased = None if dotted is None else unaliased(dotted)
        if aliased is not None and keras_path(aliased) is not None:
            yield from _of_name(source, node, aliased)
        elif isinstance(node.func, ast.Attribute):
            yield from _of_method(source, node, node.func)
        if aliased is None or keras_path(aliased) is None:
            yield from _of_another_layer(source, node)


def _of_another_layer(source: Source, node: ast.Call) -> Iterator[Break]:
    """``Layer(weights=[array])`` of a class from elsewhere: only layers take arrays so."""
    name = getattr(node.func, "attr", getattr(node.func, "id", ""))
    given = argument(node, "weights")
    is_defined = isinstance(source.kinds.definition(node.func), ast.ClassDef)
    if not name[:1].isupper() or is_defined or not isinstance(given, ast.List) or not given.elts:
        return
    if all(_is_array(source, item) for item in given.elts):
        advice = known.OF_LAYERS["weights"].advice
        message = f"{name} has no `weights` in Keras 3, if it is a layer: {advice}"
        yield Break(code=ARGUMENT, span=source.text.span(given), message=message)


def _is_array(source: Source, node: ast.AST) -> bool:
    """Whether NumPy makes what stands there."""
    if isinstance(node, ast.Name):
        scope = source.scoped.of_node.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        values = [] if found is None else [one.node for one in found[1] if one.how == "value"]
        return (
            bool(values)
            and all(isinstance(one, ast.Call) for one in values)
            and all(one is not None and _is_array(source, one) for one in values)
        )
    if not isinstance(node, ast.Call):
        return False
    return (dotted_name(source.scoped, node.func) or "").startswith("numpy.")


def _of_name(source: Source, node: ast.Call, dotted: str) -> Iterator[Break]:
    if dotted.startswith(("tf_keras", "tensorflow.python")):
        return
    shown = as_written(dotted)
    rate = known.default_rate_of(dotted)
    yield from _refused(source, node, known.arguments_of(dotted), shown, rate)
    positions = known.positions_of(dotted)
    if positions is not None:
        yield from _moved(source, node, positions, shown)
    size = known.needs_pool_size(dotted)
    if size is not None and not node.args and not _has(node, "pool_size"):
        yield _pool_size(source, node, size, shown)


def _has(node: ast.Call, name: str) -> bool:
    return any(item.arg in {name, None} for item in node.keywords)


def _pool_size(source: Source, node: ast.Call, size: int, shown: str) -> Break:
    value = "2" if size == 1 else "(" + ", ".join(["2"] * size) + ")"
    text = source.text
    end = text.span(node)
    open_at = text.span(node.func)
    rest = text.slice(Span(open_at.end_line, open_at.end_column, end.end_line, end.end_column))
    edits: tuple[Edit, ...] = ()
    if rest.startswith("("):
        place = Span(
            open_at.end_line, open_at.end_column + 1, open_at.end_line, open_at.end_column + 1
        )
        edits = (ReplaceText(place, f"{value}, " if node.keywords else value),)
    return Break(
        code=ARGUMENT,
        span=end,
        message=f"{shown} has no default for pool_size in Keras 3: give {value}",
        edits=edits,
    )


def _of_method(source: Source, node: ast.Call, function: ast.Attribute) -> Iterator[Break]:
    owner = as_model(source.kinds.of(function.value))
    name = function.attr
    if name == "add_weight" and owner in {"layer", "model", "metric", None}:
        yield from _refused(source, node, known.OF_ADD_WEIGHT, "add_weight")
        return
    if name == "apply_gradients" and owner in {"optimizer", None}:
        yield from _refused(source, node, known.OF_APPLY_GRADIENTS, "apply_gradients")
        return
    if owner != "model" and not (owner is None and _is_unmistakable(node, name)):
        return
    yield from _refused(source, node, known.OF_METHOD.get(name, {}), f"Model.{name}")
    if name == "compile" and owner == "model":
        yield from _moved(source, node, known.COMPILE_POSITIONS, "Model.compile")


def _is_unmistakable(node: ast.Call, name: str) -> bool:
    """Whether the arguments alone say that an unknown object is a model."""
    given = {item.arg for item in node.keywords}
    return bool(
        (name in {"fit", "evaluate", "predict"} and given & {"use_multiprocessing"})
        or (name in {"fit", "evaluate", "predict"} and "workers" in given and "n_jobs" not in given)
        or (name == "fit" and "nb_epoch" in given)
        or (name == "compile" and "optimizer" in given)
        or (name == "train_on_batch" and "reset_metrics" in given)
    )


def _refused(
    source: Source,
    node: ast.Call,
    fates: Mapping[str, Fate],
    shown: str,
    rate: float | None = None,
) -> Iterator[Break]:
    for keyword in node.keywords:
        fate = fates.get(keyword.arg or "")
        if fate is None or _says_the_same(node, keyword):
            continue
        if keyword.arg == "lr" and rate is not None and _is_literal(keyword.value, (rate,)):
            fate = replace(fate, now="learning_rate")
        yield Break(
            code=ARGUMENT,
            span=source.text.span(keyword),
            message=f"{shown} has no `{keyword.arg}` in Keras 3: {fate.advice}",
            edits=_edits(source, node, keyword, fate),
        )


def _says_the_same(node: ast.Call, keyword: ast.keyword) -> bool:
    """``save("model.h5", save_format="h5")``, which Keras 3 takes."""
    path = text_of(argument(node, "filepath", 0)) or ""
    return keyword.arg == "save_format" and text_of(keyword.value) == "h5" and path.endswith(".h5")


def _edits(source: Source, node: ast.Call, keyword: ast.keyword, fate: Fate) -> tuple[Edit, ...]:
    is_unused = _is_literal(keyword.value, fate.unused)
    if keyword.arg == "batch_input_shape" and fate.now is None:
        return tuple(own_input(source, node, keyword, _with_comma(source, node, keyword)))
    if fate.now is None and not is_unused:
        return ()
    span = source.text.span(keyword)
    if fate.now is not None and fate.now != known.LEFT_OUT and not is_unused:
        name = Span(span.line, span.column, span.line, span.column + len(keyword.arg or ""))
        return (ReplaceText(name, fate.now),)
    return (ReplaceText(_with_comma(source, node, keyword), ""),)


def _is_literal(node: ast.expr, values: tuple[object, ...]) -> bool:
    """Whether ``node`` is one of ``values``, written out."""
    if not isinstance(node, ast.Constant):
        return False
    return any(type(node.value) is type(value) and node.value == value for value in values)


def _with_comma(source: Source, node: ast.Call, keyword: ast.keyword) -> Span:
    """The place of an argument with the comma that goes with it."""
    text = source.text
    arguments: list[ast.AST] = sorted(
        [*node.args, *node.keywords], key=lambda item: text.span(item)
    )
    index = arguments.index(keyword)
    own = text.span(keyword)
    if index:
        before = text.span(arguments[index - 1])
        return Span(before.end_line, before.end_column, own.end_line, own.end_column)
    if len(arguments) > 1:
        after = text.span(arguments[1])
        return Span(own.line, own.column, after.line, after.column)
    return own


def _moved(
    source: Source, node: ast.Call, positions: known.Positions, shown: str
) -> Iterator[Break]:
    """Arguments by position that are other ones in Keras 3, each written by its name."""
    late = node.args[positions.first :]
    if not late or any(isinstance(item, ast.Starred) for item in node.args):
        return
    names = positions.names[positions.first : len(node.args)]
    exact = positions.exact and len(names) == len(late)
    told = ", ".join(f"`{name}`" for name in names) or "these arguments"
    verb = "takes others there" if positions.silent else "does not take them so"
    yield Break(
        code=SILENT if positions.silent else ARGUMENT,
        span=source.text.span(late[0]),
        message=f"{shown} with {told} by position: Keras 3 {verb}, give them by name",
        edits=by_name(source, late, names) if exact else (),
    )
