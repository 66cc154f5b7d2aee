"""Targets that are given by the name of the only output.

Keras 3 takes no dictionary of targets for a model with one output, whatever its loss (3.15.1:
"Expected float32, but got outputs of type 'str'"). Keras 2 takes it for the target itself.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.port.breaks import ARGUMENT, Break, Source, found
from transforms.port.calls import argument
from transforms.port.kinds import as_model
from transforms.port.makers import has_one_output
from transforms.port.scopes import dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import ReplaceText

_GIVEN = {
    "fit": 1,
    "fit_generator": -1,
    "evaluate": 1,
    "evaluate_generator": -1,
    "train_on_batch": 1,
    "test_on_batch": 1,
}
"""Methods that are given targets, with the place of these."""
_SLICES = frozenset(
    {f"tensorflow.data.Dataset.{name}" for name in ("from_tensor_slices", "from_tensors")}
)


def find_targets_by_name(source: Source) -> Iterator[Break]:
    """The dictionaries of one target that models with one output are given."""
    for node in source.all_of(ast.Call):
        function = node.func
        if not isinstance(function, ast.Attribute) or function.attr not in _GIVEN:
            continue
        if as_model(source.kinds.of(function.value)) != "model":
            continue
        given = list(dict.fromkeys(_targets(source, node, _GIVEN[function.attr])))
        if not given or not has_one_output(source, function.value):
            continue
        for target in given:
            message = "Keras 3 takes no dictionary of targets for one output: give the target"
            written = source.text.text_of(target.values[0])
            if isinstance(target.values[0], ast.Lambda | ast.IfExp | ast.NamedExpr):
                written = f"({written})"
            edits = (ReplaceText(source.text.span(target), written),)
            yield found(source, ARGUMENT, target, message, edits)


def _targets(source: Source, node: ast.Call, place: int) -> Iterator[ast.Dict]:
    data = argument(node, "x", 0) or argument(node, "generator")
    validation = argument(node, "validation_data")
    yield from _single(source, argument(node, "y", place) if place > 0 else None)
    for one in (data, validation):
        if isinstance(one, ast.Tuple):
            yield from _of_batch(source, one)
        elif one is not None:
            yield from _of_data(source, one)


def _single(source: Source, node: ast.expr | None) -> Iterator[ast.Dict]:
    """A dictionary of one target, also by a name that is read once and bound to nothing else."""
    if isinstance(node, ast.Name):
        scope = source.scoped.of_node.get(node)
        found = scope.lookup(node.id) if scope is not None else None
        values = [one.node if one.how == "value" else None for one in found[1]] if found else []
        uses = [item for item in source.all_of(ast.Name) if item.id == node.id]
        inside = [item for item in uses if source.scoped.of_node.get(item) is scope]
        if len(values) == 1 and len(inside) == 2 and isinstance(values[0], ast.Dict):
            yield from _single(source, values[0])
    if isinstance(node, ast.Dict) and len(node.keys) == 1 and node.keys[0] is not None:
        yield node


def _of_batch(source: Source, node: ast.expr | None) -> Iterator[ast.Dict]:
    """The targets of ``(inputs, targets)``."""
    if isinstance(node, ast.Tuple) and len(node.elts) > 1:
        yield from _single(source, node.elts[1])


def _of_data(source: Source, node: ast.expr) -> Iterator[ast.Dict]:
    """Those of a data set, whatever its methods make of it, or of a generator of the module."""
    for made in _calls_behind(source, node, set()):
        if dotted_name(source.scoped, made.func) in _SLICES:
            yield from _of_batch(source, argument(made, "tensors", 0))
        function = source.kinds.function_of(made)
        defined = source.kinds.definition(made.func)
        if isinstance(defined, ast.ClassDef) and source.kinds.role(defined) == "sequence":
            function = source.kinds.defined_in(defined, "__getitem__", 0)
            for value in [] if function is None else source.kinds.returned(function):
                yield from _of_batch(source, value)
        elif function is not None:
            for inner in walk(function):
                if isinstance(inner, ast.Yield):
                    yield from _of_batch(source, inner.value)


def _calls_behind(source: Source, node: ast.AST, seen: set[ast.AST]) -> Iterator[ast.Call]:
    """The calls that made a value, also of what their methods were called on."""
    if node in seen:
        return
    seen.add(node)
    if isinstance(node, ast.Call):
        yield node
        if isinstance(node.func, ast.Attribute):
            yield from _calls_behind(source, node.func.value, seen)
    scope = source.scoped.of_node.get(node)
    where = scope.lookup(node.id) if scope is not None and isinstance(node, ast.Name) else None
    for one in where[1] if where is not None else ():
        if one.how == "value" and one.node is not None:
            yield from _calls_behind(source, one.node, seen)
