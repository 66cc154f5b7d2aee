"""Rules under which two graphs that are not identical still compute the same.

Each holds for every input: NaN, infinities, negative zeros, integers that overflow, empty tensors.
Those of gradients alone, which no output depends on, say where they round.
"""

from __future__ import annotations

import math
from typing import Any, Optional

from .keys import Shape

# IEEE addition and multiplication round the exact sum or product, which has no order; integers
# wrap the same way. Which NaN two NaNs give may depend on the order, and nothing else. Complex
# products are left out: compilers contract their terms in an order.
SWAPPED = "operands of a sum or product in the other order (exact but for the payload of a NaN)"
# A constant axis within the known rank names one axis, whichever end it is counted from.
AXIS = "the same axis counted from the other end"
# An op without state gives the same bits for the same constants, in the graph or before it.
FOLDED = "constants computed in the graph"
# Both copy the elements at one constant index of an axis whose size is known, so neither can fail.
UNPACKED = "elements of an axis taken by `Unpack` or by one index"
# A reduction takes one axis as a number or in a list, and reduces the same elements.
LISTED = "the one axis of a reduction as a number or in a list"
# TensorFlow numbers the letters as they come, before it looks at anything else.
LETTERS = "other letters in an einsum"
# The sizes are known, so neither can fail, and each adds the same pairs of numbers.
BIAS = "a vector added by `BiasAdd` or by a sum (exact but for the payload of a NaN)"
# The kernel of an einsum of two stacks of matrices is that of their product, but for float16.
MATRICES = "a product of stacked matrices, or the einsum that says so"
# A wider whole number is the same index.
WIDENED = "an index as a wider whole number"
# The condition is a constant, and the sizes are those of what it chooses.
CHOSEN = "a choice that is made before"
# Whole numbers have one zero, and a scalar is not broadcast over.
NOTHING = "zero added to whole numbers"
# With a positive step both start at the first element.
STARTED = "a slice from the start or from 0"
# Operators leave out a check that can only fail where shapes do not fit, and these do.
FITTING = "a comparison of shapes that fit, with or without a check of them"
# Both shapes leave the batch as it is and hold as many elements behind it, so neither can fail.
RESHAPED = "a reshape that infers the size of the batch or reads it"
# Two terms are exact, more are rounded otherwise.
SUMMED = "terms of a gradient summed in another order"
# The gradient of a slice is zero elsewhere: the sum of such terms holds each where `Pack` puts it,
# and may have +0 where that has -0.
PLACED = "gradients of elements put in their places (exact but for the sign of a zero)"
_OF_KERAS_OPS = (MATRICES, WIDENED, CHOSEN, NOTHING, STARTED)
RULES = (SWAPPED, AXIS, FOLDED, UNPACKED, LISTED, LETTERS, BIAS, RESHAPED, *_OF_KERAS_OPS, FITTING)
RULES_OF_GRADIENTS = (*RULES, SUMMED, PLACED)
# Not Maximum and Minimum: which zero they return depends on the order.
COMMUTATIVE = frozenset(["Add", "AddV2", "Mul"])
COMPLEX = frozenset(["complex64", "complex128"])
# For each op: the input that axes count in, the input that holds them, and what to add to the rank.
AXES = {
    "Sum": (0, 1, 0),
    "Mean": (0, 1, 0),
    "Prod": (0, 1, 0),
    "Max": (0, 1, 0),
    "Min": (0, 1, 0),
    "All": (0, 1, 0),
    "Any": (0, 1, 0),
    "ArgMax": (0, 1, 0),
    "ArgMin": (0, 1, 0),
    "Cumsum": (0, 1, 0),
    "Cumprod": (0, 1, 0),
    "ReverseV2": (0, 1, 0),
    "ConcatV2": (0, -1, 0),
    "ExpandDims": (0, 1, 1),
    "GatherV2": (0, 2, 0),
    "Split": (1, 0, 0),
    "SplitV": (0, 2, 0),
}
REDUCTIONS = frozenset(["Sum", "Mean", "Prod", "Max", "Min", "All", "Any"])
# The input that holds indices, and the attribute with their dtype.
INDEXED = {"OneHot": (0, "TI"), "GatherV2": (1, "Tindices")}
CHOICE, SQUEEZE = "SelectV2", "Squeeze"
SLICE = "StridedSlice"
ELEMENTS = frozenset(["Unpack", "StridedSlice"])
BIAS_ADD, SUM_OF_TWO = "BiasAdd", "AddV2"
COMPARISONS = frozenset(["Equal", "NotEqual"])
CHECK_OF_SHAPES = "incompatible_shape_error"
RESHAPE = "Reshape"
PLACING = frozenset(["Pack", "StridedSliceGrad"])


def shape_of(tf_graph: Any, name: str) -> Optional[Shape]:
    """The shape of the tensor in which the axis of an operation counts, if there is such."""
    operation = tf_graph.get_operation_by_name(name)
    if operation.type in AXES:
        place = AXES[operation.type][0]
    elif operation.type in ELEMENTS or operation.type == SQUEEZE:
        place = 0
    elif operation.type == BIAS_ADD:
        return _biased_shape(operation)
    elif operation.type in COMPARISONS:
        return _fitted_shape(operation)
    elif operation.type == RESHAPE:
        return _reshaped_shape(operation)
    elif operation.type in PLACING or operation.type == CHOICE:
        shape = operation.outputs[0].shape
        return None if shape.rank is None else list(shape.as_list())
    else:
        return None
    shape = operation.inputs[place].shape
    return None if shape.rank is None else list(shape.as_list())


def _biased_shape(operation: Any) -> Optional[Shape]:
    """The shape of what gets a bias on its last axis, None where the sizes are not known."""
    value, bias = (tensor.shape for tensor in operation.inputs)
    if operation.get_attr("data_format") != b"NHWC" or value.rank is None or bias.rank is None:
        return None
    sizes = list(value.as_list())
    return sizes if sizes[-1] is not None and list(bias.as_list()) == sizes[-1:] else None


def _fitted_shape(operation: Any) -> Optional[Shape]:
    """The shape of a comparison whose sides surely fit each other, else None."""
    left, right = (tensor.shape for tensor in operation.inputs)
    if left.rank is None or right.rank is None:
        return None
    sizes = list(zip(reversed(left.as_list()), reversed(right.as_list())))
    if not all(1 in pair or (pair[0] == pair[1] and None not in pair) for pair in sizes):
        return None
    return list(left.as_list() if left.rank >= right.rank else right.as_list())


def _reshaped_shape(operation: Any) -> Optional[Shape]:
    """The shape that a reshape gives, None where it may change the size of the batch."""
    given, made = (tensor.shape for tensor in (operation.inputs[0], operation.outputs[0]))
    if not given.rank or not made.rank:
        return None
    before, after = given.as_list(), made.as_list()
    if None in before[1:] or None in after[1:] or before[0] != after[0]:
        return None
    size = math.prod(before[1:])
    return list(after) if size and size == math.prod(after[1:]) else None
