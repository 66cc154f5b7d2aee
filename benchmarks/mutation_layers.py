"""Faults in how layers are made and called: attributes, weights, captured loops, training."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from benchmarks.mutation import Edit, Operator, Place, last_name
from benchmarks.mutation_operators import (
    TIGHT,
    TRAINING_LAYERS,
    dropped_op,
    kept_dimensions,
    numbers,
    operand_order,
    other_dtype,
    other_op,
    permutation,
    stopped_gradient,
    swapped_outputs,
    with_argument,
)

SAFE_ITERABLES = frozenset("range zip enumerate reversed".split())
NORMALIZATION = frozenset(["BatchNormalization", "LayerNormalization"])
OTHER_TEXTS = {"same": "valid", "valid": "same", "relu": "tanh", "tanh": "relu"}
TEXT_ATTRIBUTES = frozenset(["activation", "padding"])


def layer_attributes(place: Place) -> Iterator[Edit]:
    """Another activation, padding or switch of a layer; an epsilon or momentum not its default."""
    node = place.node
    if not isinstance(node, cst.Call) or not last_name(node.func)[:1].isupper():
        return
    for argument in node.args:
        value, keyword = argument.value, argument.keyword.value if argument.keyword else ""
        if isinstance(value, cst.SimpleString) and (
            keyword in TEXT_ATTRIBUTES or last_name(node.func) == "Activation"
        ):
            text = OTHER_TEXTS.get(str(value.raw_value), "tanh")
            yield Edit("layer attribute", ((value, cst.SimpleString(f'"{text}"')),))
        if last_name(value) in {"True", "False"} and keyword:
            other = "False" if last_name(value) == "True" else "True"
            yield Edit("layer attribute", ((value, cst.Name(other)),))
    given = {argument.keyword.value for argument in node.args if argument.keyword}
    if last_name(node.func) in NORMALIZATION and "epsilon" not in given:
        yield Edit("layer attribute", ((node, _with(node, "epsilon", "0.01")),))
    if last_name(node.func) == "BatchNormalization" and "momentum" not in given:
        yield Edit("training attribute", ((node, _with(node, "momentum", "0.5")),))


def _with(call: cst.Call, keyword: str, value: str) -> cst.Call:
    argument = cst.Arg(cst.parse_expression(value), keyword=cst.Name(keyword), equal=TIGHT)
    return with_argument(call, argument)


def training_flag(place: Place) -> Iterator[Edit]:
    """A layer that behaves otherwise in training, called as if in it, or never in it."""
    node = place.node
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Call):
        return
    if last_name(node.func.func) not in {*TRAINING_LAYERS, "BatchNormalization"}:
        return
    if not any(argument.keyword for argument in node.args):
        for value in ("True", "False"):
            yield Edit("training flag", ((node, _with(node, "training", value)),))


def late_binding(place: Place) -> Iterator[Edit]:
    """A loop variable given to a layer has the value of the last round, as if bound late."""
    node = place.node
    if isinstance(node, cst.Lambda):
        yield from _without_default(node)
    is_label = any(
        getattr(place.parent, label, None) is node for label in ("keyword", "attr", "name")
    )
    if not isinstance(node, cst.Name) or is_label or _is_parameter(place, node.value):
        return
    if not any(
        isinstance(item, cst.Call) and last_name(item.func)[:1].isupper()
        for item in place.ancestors
    ):
        return
    for target, iterable in _loops(place):
        last = f"[*{cst.Module([]).code_for_node(iterable)}][-1]"
        if isinstance(target, cst.Name) and target.value == node.value:
            yield Edit("late binding", ((node, cst.parse_expression(last)),))
        if isinstance(target, cst.Tuple):
            for index, element in enumerate(target.elements):
                if last_name(element.value) == node.value:
                    text = f"{last}[{index}]"
                    yield Edit("late binding", ((node, cst.parse_expression(text)),))


def _is_parameter(place: Place, name: str) -> bool:
    """Whether ``name`` is what a lambda expression around is called with."""
    return any(
        parameter.name.value == name and parameter.default is None
        for item in place.ancestors
        if isinstance(item, cst.Lambda)
        for parameter in item.params.params
    )


def _loops(place: Place) -> Iterator[tuple[cst.BaseExpression, cst.BaseExpression]]:
    """Target and iterable of each loop around, where the iterable can be gone through again."""
    for item in place.ancestors:
        loop: cst.For | cst.CompFor | None = None
        if isinstance(item, cst.For):
            loop = item
        if isinstance(item, (cst.ListComp, cst.GeneratorExp, cst.SetComp, cst.DictComp)):
            loop = item.for_in
        if loop is None:
            continue
        iterable = loop.iter
        is_safe = isinstance(iterable, cst.Call) and last_name(iterable.func) in SAFE_ITERABLES
        if is_safe or isinstance(iterable, (cst.List, cst.Tuple, cst.Name)):
            yield loop.target, iterable


def _without_default(node: cst.Lambda) -> Iterator[Edit]:
    """``lambda x, i=i: ...`` without its ``i=i``."""
    parameters = list(node.params.params)
    for index, parameter in enumerate(parameters):
        if parameter.default is not None and last_name(parameter.default) == parameter.name.value:
            kept = [item for item in parameters if item is not parameter]
            if index == len(parameters) - 1 and kept:
                kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            changed = node.with_changes(params=node.params.with_changes(params=kept))
            yield Edit("late binding", ((node, changed),))


def weight_order(place: Place) -> Iterator[Edit]:
    """Two inputs of a generated layer, the other way round in its ``call`` and where it is called.

    It computes the same, but the walk from the outputs meets the layers before it otherwise.
    """
    node = place.node
    if not isinstance(node, cst.ClassDef):
        return
    parameters = _operands(node)
    if parameters is None:
        return
    finder = _Applied(node.name.value)
    place.ancestors[0].visit(finder)
    count = len(parameters.params) - 1
    if not finder.found or finder.made != len(finder.found):
        return
    if any(len(item.args) != count for item in finder.found):
        return
    for first in range(count - 1):
        yield Edit(
            "weight order",
            (
                (parameters, _with_two_parameters_swapped(parameters, first + 1)),
                *((item, _with_two_arguments_swapped(item, first)) for item in finder.found),
            ),
        )


def _operands(layer: cst.ClassDef) -> cst.Parameters | None:
    """The parameters of ``call``."""
    for item in layer.body.body:
        if isinstance(item, cst.FunctionDef) and item.name.value == "call":
            return item.params
    return None


def _with_two_parameters_swapped(parameters: cst.Parameters, first: int) -> cst.Parameters:
    items = [*parameters.params]
    one, two = items[first : first + 2]
    items[first : first + 2] = [one.with_changes(name=two.name), two.with_changes(name=one.name)]
    return parameters.with_changes(params=items)


def _with_two_arguments_swapped(call: cst.Call, first: int) -> cst.Call:
    items = [*call.args]
    one, two = items[first : first + 2]
    items[first : first + 2] = [
        one.with_changes(value=two.value),
        two.with_changes(value=one.value),
    ]
    return call.with_changes(args=items)


class _Applied(cst.CSTVisitor):
    """The calls of instances of a class with several tensors; one inside another is not found."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.found: list[cst.Call] = []
        self.made = 0
        self._name = name

    def visit_Call(self, node: cst.Call) -> bool:
        self.made += last_name(node.func) == self._name
        is_applied = isinstance(node.func, cst.Call) and last_name(node.func.func) == self._name
        if (
            not is_applied
            or len(node.args) < 2
            or any(item.keyword or item.star for item in node.args)
        ):
            return True
        self.found.append(node)
        self.made += 1
        return False


def lost_configuration(place: Place) -> Iterator[Edit]:
    """``get_config`` without one of its entries."""
    node = place.node
    if not isinstance(node, cst.FunctionDef) or node.name.value != "get_config":
        return
    for line in node.body.body:
        statement = line.body[0] if isinstance(line, cst.SimpleStatementLine) else None
        if isinstance(statement, cst.Return) and isinstance(statement.value, cst.Dict):
            entries = statement.value
            for entry in entries.elements:
                if isinstance(entry, cst.DictElement):
                    kept = [item for item in entries.elements if item is not entry]
                    changed = entries.with_changes(elements=kept)
                    yield Edit("lost configuration", ((entries, changed),))


OPERATORS: tuple[Operator, ...] = (
    numbers,
    operand_order,
    permutation,
    other_dtype,
    stopped_gradient,
    dropped_op,
    other_op,
    kept_dimensions,
    swapped_outputs,
    layer_attributes,
    training_flag,
    late_binding,
    weight_order,
    lost_configuration,
)
"""All faults that are planted."""
