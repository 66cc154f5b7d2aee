"""Layers that tell their output shape by what ``call`` has kept.

Keras 3 asks ``compute_output_shape`` before ``call`` has run (3.15.1: "object has no attribute"),
Keras 2 does not ask while a functional model is built.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.port.breaks import MEMBER, Break, Source, found
from transforms.port.scopes import FunctionNode
from transforms.syntax.nodes import walk


def find_shapes_of_results(source: Source) -> Iterator[Break]:
    """The attributes that ``compute_output_shape`` reads and that ``call`` alone assigns."""
    if "compute_output_shape" not in source.text.text:
        return
    for owner in source.all_of(ast.ClassDef):
        methods = {item.name: item for item in owner.body if isinstance(item, ast.FunctionDef)}
        telling, call = methods.get("compute_output_shape"), methods.get("call")
        if telling is None or call is None or source.kinds.role(owner) != "layer":
            continue
        of_call = _own(call, ast.Store)
        known = {name for item in methods.values() if item is not call for name in _own(item)}
        in_class = _bound_in(owner)
        for name, node in _own(telling, ast.Load).items():
            if name in of_call and name not in known | in_class | methods.keys():
                message = (
                    f"Keras 3 asks for the shape before `call` has set `{name}`: compute it of the"
                    " input's shape, or leave the method out"
                )
                yield found(source, MEMBER, node, message)


def _own(
    method: FunctionNode, context: type[ast.expr_context] = ast.Store
) -> dict[str, ast.Attribute]:
    """The attributes of what the method is called on, with the first place of each."""
    own = method.args.args[0].arg if method.args.args else ""
    places: dict[str, ast.Attribute] = {}
    for node in walk(method):
        if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, context):
            continue
        if isinstance(node.value, ast.Name) and node.value.id == own:
            places.setdefault(node.attr, node)
    return places


def _bound_in(owner: ast.ClassDef) -> set[str]:
    """The names that the body of a class binds by statements of its own."""
    own = [item for item in owner.body if not isinstance(item, ast.FunctionDef)]
    names = (node for item in own for node in walk(item) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}
