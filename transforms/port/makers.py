"""Which calls make a model, followed through names, attributes and what functions return."""

from __future__ import annotations

import ast

from transforms.port.breaks import Source
from transforms.port.calls import argument

_DEPTH = 8


def gives_a_list(source: Source, model: ast.AST) -> bool:
    """Whether a model surely has a list of outputs that the code puts together."""
    calls = makers(source, model)
    return bool(calls) and all(_is_put_together(source, call) for call in calls)


def _is_put_together(source: Source, call: ast.AST) -> bool:
    outputs = argument(call, "outputs", 1) if isinstance(call, ast.Call) else None
    if isinstance(outputs, ast.ListComp):
        return True
    scope = source.scoped.of_node.get(outputs) if isinstance(outputs, ast.Name) else None
    found = scope.lookup(outputs.id) if scope and isinstance(outputs, ast.Name) else None
    values = [one.node if one.how == "value" else None for one in found[1]] if found else []
    return bool(values) and all(
        isinstance(value, ast.ListComp) or (isinstance(value, ast.List) and not value.elts)
        for value in values
    )


def output_count(source: Source, model: ast.AST) -> int:
    """The outputs of a model whose construction is in sight, 0 where it is not."""
    counts = {_outputs(call) for call in makers(source, model)}
    return counts.pop() if len(counts) == 1 else 0


def has_one_output(source: Source, model: ast.AST) -> bool:
    """Whether a model surely has one output, and that by no name of a dictionary."""
    if source.kinds.of(model) == "sequential":
        return True
    calls = makers(source, model)
    return bool(calls) and all(_gives_one(source, call) for call in calls)


def _gives_one(source: Source, call: ast.AST) -> bool:
    outputs = argument(call, "outputs", 1) if isinstance(call, ast.Call) else None
    if isinstance(outputs, ast.List | ast.Tuple):
        return len(outputs.elts) == 1
    return outputs is not None and source.kinds.of(outputs) == "tensor"


def makers(source: Source, node: ast.AST, depth: int = 0) -> list[ast.AST]:
    """What ``node`` may stand for, nothing where that is not known."""
    if depth > _DEPTH:
        return []
    found: list[list[ast.AST]] = []
    if isinstance(node, ast.Name):
        scope = source.scoped.of_node.get(node)
        where = scope.lookup(node.id) if scope is not None else None
        for one in where[1] if where is not None else ():
            values = source.kinds.parts(one, depth) if one.how == "part" else []
            if one.how == "value" and isinstance(one.node, ast.expr):
                values = [one.node]
            made = [makers(source, value, depth + 1) for value in values]
            found.append([each for items in made for each in items] if all(made) else [])
    elif isinstance(node, ast.Attribute):
        owner = source.kinds.class_of(node.value, depth)
        values = [] if owner is None else source.kinds.assigned(owner, node.attr, depth)
        found = [makers(source, value, depth + 1) for value in values]
    elif isinstance(node, ast.Call):
        function = source.kinds.function_of(node, depth)
        if function is None:
            return [node]
        given = source.kinds.returned(function)
        found = [[] if one is None else makers(source, one, depth + 1) for one in given]
    return [one for items in found for one in items] if all(found) else []


def _outputs(call: ast.AST) -> int:
    outputs = argument(call, "outputs", 1) if isinstance(call, ast.Call) else None
    return len(outputs.elts) if isinstance(outputs, ast.List | ast.Tuple) else 0
