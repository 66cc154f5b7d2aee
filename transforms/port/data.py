"""Data that Keras 3 does not take: lists of numbers, and lists where it wants tuples."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import last_part
from transforms.port.breaks import ARGUMENT, Break, Source, found
from transforms.port.calls import argument, is_number_list, text_of
from transforms.port.edits import as_tuple, floor_division, written_with
from transforms.port.scopes import FunctionNode, dotted_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, ReplaceText

_ROUNDS = {"ceil", "floor", "round_", "rint"}


def given_data(source: Source, node: ast.Call, name: str) -> Iterator[Break]:
    first = argument(node, "x", 0)
    if is_number_list(first):
        message = "Keras 3 takes no Python lists of numbers: write np.array(...)"
        for data in (first, argument(node, "y", 1)):
            if data is not None and is_number_list(data):
                maker = "tensorflow.constant" if _holds_text(data) else "numpy.array"
                edits = written_with(source, data, maker, f"({source.text.text_of(data)})")
                yield found(source, ARGUMENT, data, message, edits)
    weight = argument(node, "class_weight")
    if isinstance(weight, ast.List) or text_of(weight) is not None:
        assert weight is not None
        message = "class_weight must be a dictionary in Keras 3"
        yield found(source, ARGUMENT, weight, message)
    for key in ("steps_per_epoch", "validation_steps", "steps"):
        steps = argument(node, key)
        if isinstance(steps, ast.BinOp) and isinstance(steps.op, ast.Div):
            message = f"Keras 3 takes no float for {key}: divide with `//`"
            yield found(source, ARGUMENT, steps, message, floor_division(source, steps))
    yield from generators(source, node, first, name)


def generators(
    source: Source, node: ast.Call, first: ast.expr | None, name: str
) -> Iterator[Break]:
    """Generators of this module that give lists: ``first`` and what a call validates with."""
    made = [_call(source, given) for given in (first, argument(node, "validation_data"))]
    for call in dict.fromkeys(call for call in made if call is not None):
        yield from _generator(source, call, name)


def _call(source: Source, node: ast.expr | None) -> ast.Call | None:
    """The call whose result ``node`` is, also by a name that is bound once."""
    if isinstance(node, ast.Name):
        scope = source.scoped.of_node.get(node)
        where = scope.lookup(node.id) if scope is not None else None
        bound = where[1] if where is not None else []
        if len(bound) != 1 or bound[0].how != "value":
            return None
        return bound[0].node if isinstance(bound[0].node, ast.Call) else None
    return node if isinstance(node, ast.Call) else None


def gives_pairs(source: Source, node: ast.Call) -> bool:
    """Whether each batch that a call of ``predict_generator`` gets surely is a tuple of some."""
    made = _call(source, argument(node, "generator", 0))
    if made is None:
        return False
    defined = source.kinds.definition(made.func)
    if isinstance(defined, ast.ClassDef):
        is_sequence = source.kinds.role(defined) == "sequence"
        method = source.kinds.defined_in(defined, "__getitem__", 0) if is_sequence else None
        given = [] if method is None else source.kinds.returned(method)
    else:
        function = source.kinds.function_of(made)
        parts = [] if function is None else walk(function)
        given = [part.value for part in parts if isinstance(part, ast.Yield)]
    return bool(given) and all(isinstance(one, ast.Tuple) and len(one.elts) > 1 for one in given)


def _holds_text(node: ast.AST) -> bool:
    return any(text_of(item) is not None for item in walk(node))


def _generator(source: Source, made: ast.Call, name: str) -> Iterator[Break]:
    """A generator whose batches are lists, or no tuples at all."""
    function = source.kinds.definition(made.func)
    if not isinstance(function, ast.FunctionDef):
        return
    for node in walk(function):
        if not isinstance(node, ast.Yield) or node.value is None:
            continue
        value = node.value
        parts = value.elts if isinstance(value, ast.Tuple) else []
        alone = name == "predict" and isinstance(value, ast.Call)
        if (
            isinstance(value, ast.List)
            or any(isinstance(part, ast.List) for part in parts)
            or alone
        ):
            message = "Keras 3 wants tuples of a generator, not lists, at every level"
            yield found(source, ARGUMENT, value, message, _tuples(source, value, parts))


def _tuples(source: Source, value: ast.expr, parts: list[ast.expr]) -> tuple[Edit, ...]:
    lists: list[ast.expr] = [part for part in parts if isinstance(part, ast.List)]
    return tuple(as_tuple(source, part) for part in lists or [value])


def sequence_items(source: Source, method: FunctionNode) -> Iterator[Break]:
    for node in walk(method):
        if not isinstance(node, ast.Return) or node.value is None:
            continue
        value = node.value
        if method.name == "__len__" and isinstance(value, ast.Call):
            dotted = dotted_name(source.scoped, value.func) or ""
            if dotted.startswith("numpy.") and last_part(dotted) in _ROUNDS:
                written = f"int({source.text.text_of(value)})"
                edits = (ReplaceText(source.text.span(value), written),)
                message = f"a length must be an integer in Keras 3: write {written}"
                yield found(source, ARGUMENT, value, message, edits)
        if method.name == "__getitem__":
            parts = value.elts if isinstance(value, ast.Tuple) else []
            if isinstance(value, ast.List) or any(isinstance(part, ast.List) for part in parts):
                message = "Keras 3 wants tuples of a Sequence, not lists, at every level"
                yield found(source, ARGUMENT, value, message, _tuples(source, value, parts))
