"""Attributes and methods that objects of Keras 3 have not (KC403), or that say another thing."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import cast

from transforms.knowledge import keras3_members as known
from transforms.knowledge.keras3_names import Fate
from transforms.port.breaks import MEMBER, SILENT, Break, Source
from transforms.port.data import gives_pairs
from transforms.port.edits import by_name, start_of, written_with
from transforms.port.kinds import as_model
from transforms.port.stateful import reset_layers
from transforms.syntax.records import Edit, ReplaceText

_SHOWN = {
    "tensor": "a symbolic tensor",
    "shape": "a shape (a tuple)",
    "dtype": "a dtype (a string)",
    "optimizer": "an optimizer",
}


def find_members(source: Source) -> Iterator[Break]:
    """The attributes of ``source`` that objects of Keras 3 have not."""
    called = {node.func: node for node in source.all_of(ast.Call)}
    told: set[ast.AST] = set()
    for node in source.all_of(ast.Attribute):
        if node in told or node.attr not in known.ALL_NAMES:
            continue
        for found in _member(source, node, called.get(node)):
            told.update(_below(node))
            yield found


def _below(node: ast.Attribute) -> Iterator[ast.AST]:
    """The calls and attributes that a wrong member stands on: one finding is enough for all."""
    inner: ast.AST = node.value
    while isinstance(inner, ast.Attribute | ast.Call | ast.Subscript):
        yield inner
        inner = inner.func if isinstance(inner, ast.Call) else inner.value


def _member(source: Source, node: ast.Attribute, call: ast.Call | None) -> Iterator[Break]:
    kind = source.kinds.of(node.value)
    owner = as_model(kind)
    name = node.attr
    if owner is None and name in known.GENERATORS:
        owner = "model"
    if owner is None and kind != "size":
        return
    if isinstance(node.ctx, ast.Store) and not (owner == "optimizer" and name == "lr"):
        return
    span = source.text.span(node)
    if owner == "optimizer" and name == "lr" and isinstance(node.ctx, ast.Store):
        message = "assigning `lr` does not set the rate in Keras 3: assign `learning_rate`"
        edits = _edits(source, node, None, Fate(advice="", now="{}.learning_rate"))
        yield Break(code=SILENT, span=span, message=message, edits=edits)
        return
    if owner == "model" and name == "add_loss" and call and not source.kinds.is_self(node.value):
        is_function = bool(call.args) and isinstance(call.args[0], ast.Lambda)
        what = "that are functions" if is_function else "of symbolic tensors"
        message = (
            f"Keras 3 takes no losses {what}: compute the loss in the `call` of a"
            " layer that calls `self.add_loss`"
        )
        if is_function:
            message += ", or give the layer whose weights it reads a regularizer"
        yield Break(code=MEMBER, span=span, message=message)
        return
    fate = _table(kind if owner == as_model(kind) else owner).get(name)
    if owner == "dtype" and f"isinstance({source.text.text_of(node.value)}" in source.text.text:
        # The code asks which of both it has.
        fate = None
    if fate is not None and not (
        owner == "layer" and source.kinds.is_self(node.value) and name == "stateful"
    ):
        shown = _SHOWN.get(owner or "", f"a {owner}")
        yield Break(
            code=MEMBER,
            span=span,
            message=f"{shown} has no `{name}` in Keras 3: {fate.advice}",
            edits=_edits(source, node, call, fate),
        )
    elif name == "value" and kind == "size":
        yield Break(
            code=MEMBER,
            span=span,
            message="a size is a number in Keras 3 and has no `value`: leave it out",
            edits=_edits(source, node, None, Fate(advice="", now="{}")),
        )
    else:
        silent = known.SILENT.get(cast(known.ObjectKind, owner), {}).get(name)
        if silent is not None and not source.kinds.is_self(node.value):
            yield Break(code=SILENT, span=span, message=f"`.{name}` {silent}")


def _table(kind: str | None) -> Mapping[str, Fate]:
    table = known.MEMBERS.get(cast(known.ObjectKind, as_model(kind)), {})
    return {**table, **known.OF_SEQUENTIAL} if kind == "sequential" else table


def _inner_text(source: Source, node: ast.expr) -> str:
    """The source of ``node``, where ``x.get_shape()`` is ``x.shape`` already."""
    called = node.func if isinstance(node, ast.Call) else None
    owner = called.value if isinstance(called, ast.Attribute) else None
    is_shape = owner is not None and getattr(called, "attr", "") == "get_shape"
    if is_shape and owner is not None and source.kinds.of(owner) in {"tensor", "weight"}:
        return f"{source.text.text_of(owner)}.shape"
    if isinstance(node, ast.Subscript):
        outer, inner = source.text.text_of(node), source.text.text_of(node.value)
        return _inner_text(source, node.value) + outer.removeprefix(inner)
    return source.text.text_of(node)


def _is_made(source: Source, node: ast.Attribute) -> bool:
    """Whether the layer is made in sight: of an InputLayer Keras 2 gave a list of shapes."""
    scope = source.scoped.of_node.get(node.value)
    name = node.value.id if isinstance(node.value, ast.Name) else ""
    found = scope.lookup(name) if scope is not None else None
    return found is not None and all(
        binding.how == "value" and isinstance(binding.node, ast.Call) for binding in found[1]
    )


def _edits(
    source: Source, node: ast.Attribute, call: ast.Call | None, fate: Fate
) -> tuple[Edit, ...]:
    """The edit that writes what takes the place, in a call with or without its parentheses."""
    owner = _inner_text(source, node.value)
    if source.kinds.of(node.value) == "dtype":
        return written_with(source, node, "tensorflow.as_dtype", f"({owner}).{node.attr}")
    if node.attr == "reset_states" and fate.now is None:
        plain = call is not None and not call.args and not call.keywords
        return reset_layers(source, call, owner) if call is not None and plain else ()
    if node.attr == "predict_generator" and call is not None and gives_pairs(source, call):
        return _generator_edits(source, node, call, f"{owner}.predict")
    if fate.now is None or (
        node.attr in {"output_shape", "input_shape"} and not _is_made(source, node)
    ):
        return ()
    if call is not None and node.attr in known.GENERATORS:
        return _generator_edits(source, node, call, fate.now.format(owner))
    if not fate.now.endswith("()"):
        return (ReplaceText(source.text.span(node), fate.now.format(owner)),)
    if call is None or call.args or call.keywords:
        return ()
    return (ReplaceText(source.text.span(call), fate.now[:-2].format(owner)),)


def _generator_edits(
    source: Source, node: ast.Attribute, call: ast.Call, written: str
) -> tuple[Edit, ...]:
    """The edits that call ``written``, whose arguments have other names and places."""
    names = known.GENERATOR_POSITIONS[node.attr]
    starred = any(isinstance(item, ast.Starred) for item in call.args)
    if starred or len(call.args) > len(names):
        return ()
    edits: list[Edit] = [ReplaceText(source.text.span(node), written)]
    edits += by_name(source, call.args[1:], names[1:])
    for keyword in call.keywords:
        if keyword.arg == "generator":
            start = start_of(source, keyword)
            end = start.column + len(keyword.arg)
            edits.append(ReplaceText(replace(start, end_column=end), names[0]))
    return tuple(edits)
