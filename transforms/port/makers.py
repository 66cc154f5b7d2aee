"""Which calls make a model, followed through names, attributes and what functions return."""

from __future__ import annotations

import ast

from transforms.port.breaks import Source
from transforms.port.calls import argument
from transforms.port.scopes import FunctionNode
from transforms.syntax.nodes import walk

_DEPTH = 8


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
            is_value = one.how == "value" and one.node is not None
            found.append(makers(source, one.node, depth + 1) if is_value and one.node else [])
    elif isinstance(node, ast.Attribute):
        owner = source.kinds.class_of(node.value, depth)
        values = [] if owner is None else source.kinds.assigned(owner, node.attr, depth)
        found = [makers(source, value, depth + 1) for value in values]
    elif isinstance(node, ast.Call):
        function = _function(source, node, depth)
        if function is None:
            return [node]
        found = [makers(source, value, depth + 1) for value in _returned(source, function)]
    return [one for items in found for one in items] if all(found) else []


def _function(source: Source, call: ast.Call, depth: int) -> FunctionNode | None:
    """The function or method of the module that is called."""
    defined = source.kinds.definition(call.func)
    if isinstance(defined, ast.FunctionDef):
        return defined
    if not isinstance(call.func, ast.Attribute):
        return None
    owner = source.kinds.class_of(call.func.value, depth)
    return None if owner is None else source.kinds.defined_in(owner, call.func.attr, depth)


def _returned(source: Source, function: FunctionNode) -> list[ast.AST]:
    scope = source.scoped.of_definition.get(function)
    return [
        item.value or item
        for item in walk(function)
        if isinstance(item, ast.Return) and source.scoped.of_node.get(item) is scope
    ]


def _outputs(call: ast.AST) -> int:
    outputs = argument(call, "outputs", 1) if isinstance(call, ast.Call) else None
    return len(outputs.elts) if isinstance(outputs, ast.List | ast.Tuple) else 0
