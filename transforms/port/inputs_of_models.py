"""``.input`` of an ``InputLayer``, which is an empty list in Keras 3 (seen with 3.15.1).

Its output is the same tensor in both generations.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import is_input, keras_path
from transforms.port.breaks import MEMBER, Break, Source, found
from transforms.port.calls import argument, text_of
from transforms.port.scopes import dotted_name
from transforms.syntax.records import ReplaceText, Span


def find_inputs_of_models(source: Source) -> Iterator[Break]:
    """Where ``source`` asks an ``InputLayer`` for its input."""
    named: set[str | None] | None = None
    for node in source.all_of(ast.Attribute):
        if node.attr != "input" or not isinstance(node.ctx, ast.Load):
            continue
        if named is None:
            calls = [call for call, dotted in source.calls if dotted and is_input(dotted)]
            named = {text_of(argument(call, "name")) for call in calls} - {None}
        if _is_named(node.value, named) or _is_first(source, node.value):
            message = "the `input` of an InputLayer is an empty list in Keras 3: use `.output`"
            span = source.text.span(node)
            place = Span(
                span.end_line, span.end_column - len(node.attr), span.end_line, span.end_column
            )
            yield found(source, MEMBER, node, message, (ReplaceText(place, "output"),))


def _is_named(node: ast.AST, named: set[str | None]) -> bool:
    """``model.get_layer("input")`` of an ``Input`` with that name."""
    if not isinstance(node, ast.Call) or getattr(node.func, "attr", "") != "get_layer":
        return False
    return text_of(argument(node, "name", 0)) in named


def _is_first(source: Source, node: ast.AST) -> bool:
    """``model.layers[0]`` of a functional model."""
    match node:
        case ast.Subscript(
            value=ast.Attribute(value=model, attr="layers"), slice=ast.Constant(value=0)
        ):
            return _is_functional(source, model)
    return False


def _is_functional(source: Source, model: ast.AST) -> bool:
    scope = source.scoped.of_node.get(model)
    bound = scope.lookup(model.id) if scope is not None and isinstance(model, ast.Name) else None
    if bound is None:
        return False
    made = [one.node if one.how == "value" else None for one in bound[1]]
    return all(isinstance(one, ast.Call) and _makes_functional(source, one) for one in made)


def _makes_functional(source: Source, call: ast.Call) -> bool:
    path = keras_path(dotted_name(source.scoped, call.func) or "") or ""
    with_tensors = bool(call.args or call.keywords)
    return (path in {"Model", "models.Model"} and with_tensors) or path.startswith("applications.")
