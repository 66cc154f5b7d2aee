"""What classes of layers, models, metrics, losses and callbacks do that Keras 3 takes otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import keras_path, last_part
from transforms.port.breaks import ARGUMENT, MEMBER, SILENT, Break, Source
from transforms.port.edits import before, by_name
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, ReplaceText, Span

_SHAPE_METHODS = {"build", "compute_output_shape"}
_FIRST_POSITION = {"metric": "name", "loss": "reduction"}


def find_in_classes(source: Source) -> Iterator[Break]:
    """The findings in the classes of ``source`` that derive from classes of Keras."""
    for node in source.all_of(ast.ClassDef):
        role = source.kinds.role(node)
        if role is None:
            continue
        for method in node.body:
            if isinstance(method, ast.FunctionDef):
                yield from _method(source, node, method, "layer" if role == "model" else role)


def _method(
    source: Source, owner: ast.ClassDef, method: FunctionNode, role: str
) -> Iterator[Break]:
    own_name = method.args.args[0].arg if method.args.args else ""
    if role == "metric" and method.name == "reset_states":
        yield _renamed_method(source, method, "reset_state")
    if role == "callback" and method.name == "set_model":
        yield from _set_model(source, method, own_name)
    for node in walk(method):
        if isinstance(node, ast.Call):
            yield from _call(source, owner, method, node, role, own_name)
        elif isinstance(node, ast.Assign):
            yield from _assignment(source, node, role, own_name, method)
        elif isinstance(node, ast.Attribute) and method.name in _SHAPE_METHODS:
            yield from _shape(source, method, node)


def _renamed_method(source: Source, method: FunctionNode, new: str) -> Break:
    span = source.text.span(method)
    line = source.text.lines[span.line - 1]
    at = line.index(method.name, span.column)
    name = Span(span.line, at, span.line, at + len(method.name))
    return Break(
        code=SILENT,
        span=name,
        message=f"Keras 3 does not call `{method.name}`: call it `{new}`",
        edits=(ReplaceText(name, new),),
    )


def _is_own(node: ast.AST, own_name: str, attribute: str) -> bool:
    return (
        isinstance(node, ast.Attribute)
        and node.attr == attribute
        and isinstance(node.value, ast.Name)
        and node.value.id == own_name
    )


def _set_model(source: Source, method: FunctionNode, own_name: str) -> Iterator[Break]:
    for node in walk(method):
        if isinstance(node, ast.Assign) and _is_own(node.targets[0], own_name, "model"):
            value = source.text.text_of(node.value)
            span = source.text.span(node)
            yield Break(
                code=MEMBER,
                span=span,
                message="a callback's `model` cannot be assigned in Keras 3: use super().set_model",
                edits=(ReplaceText(span, f"super().set_model({value})"),),
            )


def _call(
    source: Source,
    owner: ast.ClassDef,
    method: FunctionNode,
    node: ast.Call,
    role: str,
    own_name: str,
) -> Iterator[Break]:
    function = node.func
    if not isinstance(function, ast.Attribute):
        return
    span = source.text.span(node)
    if role in {"layer", "metric"} and _is_own(function, own_name, "add_weight"):
        yield from _add_weight(source, node, span)
    by_name = bool(node.args) and _is_text(node.args[0])
    if role == "layer" and by_name and _is_own(function, own_name, "add_variable"):
        yield Break(
            code=MEMBER,
            span=source.text.span(function),
            message="add_variable takes shape first in Keras 3: use add_weight(name=...)",
            edits=_add_variable(source, node, function),
        )
    if role == "layer" and _is_own(function, own_name, "add_loss"):
        for keyword in node.keywords:
            if keyword.arg == "inputs":
                yield Break(
                    code=ARGUMENT,
                    span=source.text.span(keyword),
                    message="add_loss has no `inputs` in Keras 3: leave it out",
                    edits=_without_last(source, node, keyword),
                )
    is_super = isinstance(function.value, ast.Call) and _is_name(function.value.func, "super")
    if is_super and function.attr == "__init__" and method.name == "__init__":
        yield from _super_init(source, owner, node, role)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name


def _is_text(node: ast.AST) -> bool:
    """Whether ``node`` is surely a string: ``"w" + str(i)``, ``"w%d" % i``, ``f"w{i}"``."""
    if isinstance(node, ast.BinOp):
        both = isinstance(node.op, ast.Add) and _is_text(node.right)
        return both or (isinstance(node.op, ast.Add | ast.Mod) and _is_text(node.left))
    if isinstance(node, ast.Call):
        function = node.func
        is_format = isinstance(function, ast.Attribute) and function.attr == "format"
        return _is_name(function, "str") or (
            is_format and isinstance(function, ast.Attribute) and _is_text(function.value)
        )
    return isinstance(node, ast.JoinedStr) or (
        isinstance(node, ast.Constant) and isinstance(node.value, str)
    )


_VARIABLES = frozenset({"tensorflow.Variable", "tensorflow.compat.v1.get_variable"})
_ADD_WEIGHT = ("name", "shape", "dtype", "initializer", "regularizer", "trainable", "constraint")


def _add_weight(source: Source, node: ast.Call, span: Span) -> Iterator[Break]:
    # What stands first beside a shape that is given by name can only be the name.
    has_shape = any(keyword.arg == "shape" for keyword in node.keywords)
    if node.args and (has_shape or _is_text(node.args[0]) or len(node.args) > 3):
        fits = len(node.args) <= len(_ADD_WEIGHT)
        yield Break(
            code=ARGUMENT,
            span=span,
            message="add_weight takes shape first in Keras 3: give its arguments by name",
            edits=by_name(source, node.args, _ADD_WEIGHT) if fits else (),
        )


def _add_variable(source: Source, node: ast.Call, function: ast.Attribute) -> tuple[Edit, ...]:
    if len(node.args) > len(_ADD_WEIGHT):
        return ()
    end = source.text.span(function)
    name = Span(end.end_line, end.end_column - len(function.attr), end.end_line, end.end_column)
    return (ReplaceText(name, "add_weight"), *by_name(source, node.args, _ADD_WEIGHT))


def _without_last(source: Source, node: ast.Call, keyword: ast.keyword) -> tuple[Edit, ...]:
    if not node.args or node.keywords[0] is not keyword:
        return ()
    last = source.text.span(node.args[-1])
    own = source.text.span(keyword)
    gap = Span(last.end_line, last.end_column, own.end_line, own.end_column)
    return (ReplaceText(gap, ""),)


def _super_init(source: Source, owner: ast.ClassDef, node: ast.Call, role: str) -> Iterator[Break]:
    bases = {dotted_name(source.scoped, base) or "" for base in owner.bases}
    direct = any(last_part(base) in {"Metric", "Loss"} for base in bases)
    first = _FIRST_POSITION.get(role) if direct else None
    if first is not None and node.args and not isinstance(node.args[0], ast.Starred):
        code = SILENT if role == "loss" else ARGUMENT
        yield Break(
            code=code,
            span=source.text.span(node.args[0]),
            message=f"the base class takes another argument first in Keras 3: write {first}=",
            edits=(before(source, node.args[0], f"{first}="),) if len(node.args) == 1 else (),
        )
    for keyword in node.keywords:
        if role == "layer" and keyword.arg in {"dynamic", "batch_input_shape"}:
            yield Break(
                code=ARGUMENT,
                span=source.text.span(keyword),
                message=f"Layer has no `{keyword.arg}` in Keras 3: leave it out",
            )


def _assignment(
    source: Source, node: ast.Assign, role: str, own_name: str, method: FunctionNode
) -> Iterator[Break]:
    target = node.targets[0]
    is_own = (
        isinstance(target, ast.Attribute)
        and isinstance(target.value, ast.Name)
        and target.value.id == own_name
    )
    if not is_own:
        return
    assert isinstance(target, ast.Attribute)
    value = node.value
    dotted = dotted_name(source.scoped, value.func) if isinstance(value, ast.Call) else None
    name = "K.variable" if keras_path(dotted or "") == "backend.variable" else "tf.Variable"
    if role == "layer" and (name == "K.variable" or dotted in _VARIABLES):
        yield Break(
            code=SILENT,
            span=source.text.span(value),
            message=f"Keras 3 neither trains nor saves a {name} of a layer: use add_weight",
        )
    if role == "callback" and target.attr == "model" and method.name != "set_model":
        yield Break(
            code=MEMBER,
            span=source.text.span(target),
            message="`model` of a callback cannot be assigned in Keras 3: use another name",
        )
    if role == "layer" and target.attr in {"trainable_weights", "non_trainable_weights"}:
        yield Break(
            code=MEMBER,
            span=source.text.span(target),
            message=f"`{target.attr}` cannot be assigned in Keras 3: use add_weight",
        )


def _shape(source: Source, method: FunctionNode, node: ast.Attribute) -> Iterator[Break]:
    """``input_shape.as_list()`` and ``input_shape[-1].value``, which are tuples and numbers now."""
    if len(method.args.args) < 2:
        return
    name = method.args.args[1].arg
    if _rebound(method, name):
        return
    value = node.value
    of_item = isinstance(value, ast.Subscript) and _is_name(value.value, name)
    if node.attr == "value" and of_item:
        inner = source.text.text_of(value)
        span = source.text.span(node)
        yield Break(
            code=MEMBER,
            span=span,
            message=f"a size of `{name}` is a number in Keras 3 and has no `value`: leave it out",
            edits=(ReplaceText(span, inner),),
        )
    if node.attr in {"as_list", "rank", "ndims"} and (_is_name(value, name) or of_item):
        call = next(
            (item for item in walk(method) if isinstance(item, ast.Call) and item.func is node),
            None,
        )
        inner = source.text.text_of(value)
        written = f"list({inner})" if node.attr == "as_list" else f"len({inner})"
        place = node if call is None else call
        fits = (call is not None) == (node.attr == "as_list")
        span = source.text.span(place)
        yield Break(
            code=MEMBER,
            span=span,
            message=f"`{name}` is a tuple in Keras 3 and has no `{node.attr}`: use {written}",
            edits=(ReplaceText(span, written),) if fits else (),
        )


def _rebound(method: FunctionNode, name: str) -> bool:
    """Whether the shape is made a TensorShape first, which both generations take."""
    return any(
        isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Store)
        for node in walk(method)
    )
