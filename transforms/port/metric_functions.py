"""Functions that are given as metrics: Keras 3 gives them the targets as they are.

Keras 2 casts targets and predictions to the metric's dtype first. In Keras 3.15.1 integer targets
stay integers, and TensorFlow multiplies them with no float predictions.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.port.breaks import ARGUMENT, Break, Source, found
from transforms.port.calls import argument
from transforms.port.edits import start_of, written_at
from transforms.port.kinds import as_model
from transforms.port.scopes import FunctionNode
from transforms.syntax.nodes import children, walk
from transforms.syntax.records import Edit

_STATIC = frozenset({"shape", "dtype", "ndim"})
_CASTS = frozenset({"cast", "to_float", "saturate_cast", "equal", "not_equal", "one_hot"})


def find_metric_functions(source: Source) -> Iterator[Break]:
    """The metrics of ``source`` that compute with targets and predictions alike."""
    done: set[ast.AST] = set()
    for call, _ in source.calls:
        function = call.func
        if not isinstance(function, ast.Attribute) or function.attr != "compile":
            continue
        if as_model(source.kinds.of(function.value)) not in {"model", None}:
            continue
        for name in _given(argument(call, "metrics", 2)):
            defined = source.kinds.definition(name)
            if not isinstance(defined, ast.FunctionDef) or defined in done:
                continue
            done.add(defined)
            if not defined.decorator_list and _mixes(defined):
                yield _break(source, defined)


def _given(metrics: ast.expr | None) -> list[ast.AST]:
    inside = () if metrics is None else walk(metrics)
    return [node for node in inside if isinstance(node, ast.Name)]


def _mixes(function: FunctionNode) -> bool:
    """Whether arithmetic meets targets that nothing has cast, and predictions."""
    if len(function.args.args) < 2:
        return False
    targets, given = ({one.arg} for one in function.args.args[:2])
    for node in walk(function):
        if isinstance(node, ast.Call) and _name_of(node) in _CASTS and _reads(node, targets):
            return False
    for node in walk(function):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            sides = [_reads(node.value, names) for names in (targets, given)]
            if sides == [True, False]:
                targets.add(node.targets[0].id)
            elif sides == [False, True]:
                given.add(node.targets[0].id)
    return any(
        _reads(one, targets) and not _reads(one, given) and _reads(other, given)
        for node in walk(function)
        if isinstance(node, ast.BinOp)
        for one, other in ((node.left, node.right), (node.right, node.left))
    )


def _name_of(call: ast.Call) -> str:
    return str(getattr(call.func, "attr", getattr(call.func, "id", "")))


def _reads(node: ast.AST, names: set[str]) -> bool:
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Attribute) and node.attr in _STATIC:
        return False
    return any(_reads(part, names) for part in children(node))


def _break(source: Source, function: ast.FunctionDef) -> Break:
    targets, given = (one.arg for one in function.args.args[:2])
    written = f"{targets} = tf.cast({targets}, {given}.dtype)"
    message = f"Keras 3 casts no targets for a metric, and integers meet no floats: {written}"
    body = [item for item in function.body if not _is_text(item)] or function.body
    span = source.text.span(body[0])
    indent = source.text.lines[span.line - 1][: span.column]
    edits: tuple[Edit, ...] = ()
    if not indent.strip() and span.line > source.text.span(function).line:
        place = start_of(source, body[0])
        rest = f"({targets}, {given}.dtype)\n{indent}"
        edits = written_at(source, place, "tensorflow.cast", rest, first=f"{targets} = ")
    return found(source, ARGUMENT, function.args.args[0], message, edits)


def _is_text(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
