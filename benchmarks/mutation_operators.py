"""Faults in what layers and builders compute: axes, operands, constants, dtypes, ops, slices."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from benchmarks.mutation import Edit, Place, last_name

AXIS_NAMES = frozenset(["axis", "axes"])
AXIS_SECOND = frozenset(
    "concat stack unstack expand_dims squeeze softmax argmax argmin cumsum reduce_sum reduce_mean "
    "reduce_max reduce_min reduce_prod reverse".split()
)
OTHER_AXIS = {0: 1, 1: 2, 2: 1, 3: 2, 4: 3}
TRAINING_ATTRIBUTES = frozenset(["momentum", "rate", "dropout", "recurrent_dropout", "stddev"])
TRAINING_LAYERS = frozenset("Dropout SpatialDropout1D SpatialDropout2D GaussianNoise".split())
NOT_COMMUTATIVE = (
    cst.Subtract,
    cst.Divide,
    cst.FloorDivide,
    cst.Modulo,
    cst.Power,
    cst.MatrixMultiply,
)
NOT_COMMUTATIVE_CALLS = frozenset(
    "subtract divide div truediv floordiv floormod mod pow matmul dot atan2 batch_dot".split()
)
ORDERED_LISTS = frozenset("concat stack concatenate".split())
DTYPES = {
    "float32": "float64",
    "float64": "float32",
    "float16": "float32",
    "bfloat16": "float32",
    "int32": "int64",
    "int64": "int32",
    "uint8": "int32",
}
OTHER_OPS = {
    "reduce_sum": "reduce_mean",
    "reduce_mean": "reduce_sum",
    "reduce_max": "reduce_min",
    "reduce_min": "reduce_max",
    "maximum": "minimum",
    "minimum": "maximum",
    "sigmoid": "tanh",
    "tanh": "sigmoid",
    "relu": "elu",
    "softmax": "sigmoid",
    "softplus": "sigmoid",
    "add": "subtract",
    "multiply": "add",
    "sqrt": "square",
    "square": "abs",
    "exp": "abs",
    "ones_like": "zeros_like",
    "zeros_like": "ones_like",
    "argmax": "argmin",
    "floor": "ceil",
}
OTHER_OPERATORS: dict[type[cst.BaseBinaryOp], cst.BaseBinaryOp] = {
    cst.Add: cst.Subtract(),
    cst.Subtract: cst.Add(),
    cst.Multiply: cst.Add(),
    cst.Divide: cst.Multiply(),
}
ONE_TENSOR = (cst.Name, cst.Call, cst.Attribute, cst.Subscript, cst.BinaryOperation)
NOT_OPS = frozenset(
    "shape zeros ones constant range fill random_normal uniform normal eye append extend".split()
)


def numbers(place: Place) -> Iterator[Edit]:
    """Another axis, slice bound, attribute or constant, by where the number stands."""
    node = place.node
    if isinstance(node, cst.Integer):
        kind, value = number_kind(place), int(node.value, 0)
        if kind == "axis" and value in OTHER_AXIS:
            yield Edit(kind, ((node, cst.Integer(str(OTHER_AXIS[value]))),))
        elif kind is not None:
            yield Edit(kind, ((node, cst.Integer(str(value + 1))),))
    if isinstance(node, cst.Float):
        kind, number = number_kind(place), float(node.value)
        if kind is not None:
            yield Edit(kind, ((node, cst.Float(repr(number / 2 if number else 1.0))),))


def number_kind(place: Place) -> str | None:
    """What a number is for; None in permutations, which have an operator of their own."""
    above = (*place.ancestors, place.node)
    for outer, inner in zip(reversed(above[:-1]), reversed(above[1:])):
        if isinstance(inner, cst.SubscriptElement):
            return "slice"
        if isinstance(inner, cst.Arg) and isinstance(outer, cst.Call):
            return _argument_kind(outer, inner)
        if isinstance(inner, (cst.BaseSmallStatement, cst.Param)):
            return "constant"
    return "constant"


def _argument_kind(call: cst.Call, argument: cst.Arg) -> str | None:
    function = last_name(call.func)
    keyword = argument.keyword.value if argument.keyword else ""
    if keyword == "perm" or (function == "transpose" and argument is not call.args[0]):
        return None
    is_second = call.args.index(argument) == 1 and not keyword
    if keyword in AXIS_NAMES or (function in AXIS_SECOND and is_second):
        return "axis"
    if keyword in TRAINING_ATTRIBUTES or (function in TRAINING_LAYERS and not keyword):
        return "training attribute"
    return "layer attribute" if function[:1].isupper() else "constant"


def operand_order(place: Place) -> Iterator[Edit]:
    """The operands of an op that does not commute, the other way round."""
    node = place.node
    if isinstance(node, cst.BinaryOperation) and isinstance(node.operator, NOT_COMMUTATIVE):
        swapped = node.with_changes(left=enclosed(node.right), right=enclosed(node.left))
        yield Edit("operand order", ((node, swapped),))
    if not isinstance(node, cst.Call):
        return
    given = [argument for argument in node.args if argument.keyword is None and not argument.star]
    if last_name(node.func) in NOT_COMMUTATIVE_CALLS and len(given) > 1:
        yield Edit("operand order", ((node, _with_swapped(node, given[0], given[1])),))
    makes_list = last_name(node.func) in ORDERED_LISTS or (
        isinstance(node.func, cst.Call) and last_name(node.func.func) not in {"Add", "Multiply"}
    )
    if makes_list and given and isinstance(given[0].value, (cst.List, cst.Tuple)):
        for swapped_list in with_two_swapped(given[0].value):
            yield Edit("operand order", ((given[0].value, swapped_list),))


def _with_swapped(call: cst.Call, first: cst.Arg, second: cst.Arg) -> cst.Call:
    values = {id(first): second.value, id(second): first.value}
    arguments = [item.with_changes(value=values.get(id(item), item.value)) for item in call.args]
    return call.with_changes(args=arguments)


def with_two_swapped(
    sequence: cst.List | cst.Tuple, first: int = 0
) -> Iterator[cst.List | cst.Tuple]:
    """``sequence`` with the elements ``first`` and the next in each other's place, if there."""
    elements = list(sequence.elements)
    second = first + 1
    if len(elements) <= second:
        return
    if any(isinstance(item, cst.StarredElement) for item in elements[first : second + 1]):
        return
    one, two = elements[first], elements[second]
    elements[first] = one.with_changes(value=two.value)
    elements[second] = two.with_changes(value=one.value)
    yield sequence.with_changes(elements=elements)


def permutation(place: Place) -> Iterator[Edit]:
    """The last two axes of a transposition, the other way round."""
    node = place.node
    if isinstance(node, cst.Call) and last_name(node.func) in {"transpose", "Permute"}:
        for argument in node.args:
            value = argument.value
            if isinstance(value, (cst.List, cst.Tuple)):
                for swapped in with_two_swapped(value, len(value.elements) - 2):
                    yield Edit("permutation", ((value, swapped),))


def other_dtype(place: Place) -> Iterator[Edit]:
    """Another dtype, a cast added, autocasting let in.

    Autocasting of float32 inputs to float32 does nothing: it is let in only in files with other
    floats.
    """
    node = place.node
    if isinstance(node, cst.Attribute) and node.attr.value in DTYPES:
        changed = node.with_changes(attr=cst.Name(DTYPES[node.attr.value]))
        yield Edit("dtype", ((node, changed),))
    if isinstance(node, cst.SimpleString) and node.raw_value in DTYPES:
        text = f"{node.quote}{DTYPES[node.raw_value]}{node.quote}"
        yield Edit("dtype", ((node, cst.SimpleString(text)),))
    if isinstance(node, cst.Call) and place.other_floats:
        kept = [argument for argument in node.args if not _is_keyword(argument, "autocast")]
        if len(kept) < len(node.args):
            yield Edit("dtype", ((node, node.with_changes(args=kept)),))
    yield from _around_result(place, "dtype", "{tf}.cast({value}, {tf}.float16)")


def stopped_gradient(place: Place) -> Iterator[Edit]:
    """A result through which no gradient flows."""
    yield from _around_result(place, "stopped gradient", "{tf}.stop_gradient({value})")


def _around_result(place: Place, kind: str, template: str) -> Iterator[Edit]:
    result = _result(place)
    if result is None or place.tensorflow is None:
        return
    wrapped = template.replace("{tf}", place.tensorflow).replace("{value}", "value")
    call = cst.parse_expression(wrapped)
    assert isinstance(call, cst.Call)
    arguments = [call.args[0].with_changes(value=result), *call.args[1:]]
    yield Edit(kind, ((result, call.with_changes(args=arguments)),))


def _result(place: Place) -> cst.BaseExpression | None:
    """What a layer returns at this place, where that is one tensor as far as one can see."""
    node = place.node
    value = None
    if isinstance(node, cst.Return) and place.is_in_call:
        value = node.value
    if isinstance(node, cst.Lambda) and any(
        isinstance(item, cst.Call) and last_name(item.func) == "Lambda"
        for item in place.ancestors[-2:]
    ):
        value = node.body
    return None if isinstance(value, (cst.Tuple, cst.List, cst.Dict)) else value


def _is_keyword(argument: cst.Arg, name: str) -> bool:
    return argument.keyword is not None and argument.keyword.value == name


def dropped_op(place: Place) -> Iterator[Edit]:
    """An op left out: its first operand takes its place."""
    node = place.node
    if isinstance(node, cst.BinaryOperation):
        is_number = isinstance(node.left, (cst.Integer, cst.Float))
        kept = node.right if is_number else node.left
        yield Edit("dropped op", ((node, enclosed(kept)),))
    if isinstance(node, cst.Call) and node.args and node.args[0].keyword is None:
        first = node.args[0].value
        is_op = isinstance(node.func, cst.Attribute) and node.func.attr.value not in NOT_OPS
        is_layer = isinstance(node.func, cst.Call)
        named = isinstance(first, ONE_TENSOR)
        if named and ((is_op and last_name(node.func)[:1].islower()) or is_layer):
            yield Edit("dropped op", ((node, enclosed(first)),))


def other_op(place: Place) -> Iterator[Edit]:
    """A similar op in an op's place."""
    node = place.node
    if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        name = OTHER_OPS.get(node.func.attr.value)
        if name is not None:
            other = node.func.with_changes(attr=cst.Name(name))
            yield Edit("other op", ((node.func, other),))
    if isinstance(node, cst.BinaryOperation):
        operator = OTHER_OPERATORS.get(type(node.operator))
        if operator is not None:
            changed = node.with_changes(operator=operator, right=enclosed(node.right))
            yield Edit("other op", ((node, changed),))


def kept_dimensions(place: Place) -> Iterator[Edit]:
    """A reduction that keeps its dimensions, or no more."""
    node = place.node
    if not isinstance(node, cst.Call):
        return
    for argument in node.args:
        if _is_keyword(argument, "keepdims") and last_name(argument.value) in {"True", "False"}:
            value = "False" if last_name(argument.value) == "True" else "True"
            yield Edit("keepdims", ((argument.value, cst.Name(value)),))
            return
    if last_name(node.func).startswith("reduce_"):
        added = cst.Arg(cst.Name("True"), keyword=cst.Name("keepdims"), equal=TIGHT)
        yield Edit("keepdims", ((node, with_argument(node, added)),))


TIGHT = cst.AssignEqual(cst.SimpleWhitespace(""), cst.SimpleWhitespace(""))


def with_argument(call: cst.Call, added: cst.Arg) -> cst.Call:
    """``call`` with one more keyword argument, before any ``**``."""
    place = next((i for i, item in enumerate(call.args) if item.star == "**"), len(call.args))
    arguments = list(call.args)
    if place and place == len(arguments):
        comma = cst.Comma(whitespace_after=cst.SimpleWhitespace(" "))
        arguments[-1] = arguments[-1].with_changes(comma=comma)
    elif place < len(arguments):
        added = added.with_changes(comma=cst.Comma(whitespace_after=cst.SimpleWhitespace(" ")))
    arguments.insert(place, added)
    return call.with_changes(args=arguments)


def swapped_outputs(place: Place) -> Iterator[Edit]:
    """Two outputs of a layer or a model, or two inputs of a model, in each other's place."""
    node = place.node
    if isinstance(node, cst.Return) and place.is_in_call and isinstance(node.value, cst.Tuple):
        for swapped in with_two_swapped(node.value):
            yield Edit("swapped outputs", ((node.value, swapped),))
    if isinstance(node, cst.Assign) and isinstance(node.value, (cst.Call, cst.Name)):
        target = node.targets[0].target
        if isinstance(target, cst.Tuple):
            kind = "operand order" if isinstance(node.value, cst.Name) else "swapped outputs"
            for swapped in with_two_swapped(target):
                yield Edit(kind, ((target, swapped),))
    if isinstance(node, cst.Call) and last_name(node.func) == "Model":
        for argument in node.args:
            if isinstance(argument.value, cst.List):
                for swapped in with_two_swapped(argument.value):
                    yield Edit("swapped outputs", ((argument.value, swapped),))


def enclosed(node: cst.BaseExpression) -> cst.BaseExpression:
    """``node`` in parentheses where it could fall apart without."""
    loose = (cst.BinaryOperation, cst.UnaryOperation, cst.Comparison, cst.IfExp, cst.Lambda)
    if isinstance(node, loose) and not node.lpar:
        return node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])
    return node
