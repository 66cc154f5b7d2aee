"""Which calls drop or mix the batch dimension, as far as their literal arguments tell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final


class Unknown:
    """The type of ``UNKNOWN``."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = Unknown()
"""An argument that is given but is no literal."""

_ALL: Final = None
_REDUCTION_NAMES = "all any logsumexp max mean min prod sum"
_NUMPY_REDUCTIONS = (
    "all amax amin any argmax argmin average count_nonzero cumprod cumsum max mean min nanmean"
    " nanprod nansum prod ptp repeat std sum take var"
)
# Keys with the axis parameter and its default; None stands for every axis.
_AXES: dict[str, tuple[str, int | None]] = {
    **{f"tf.reduce_{name}": ("axis", _ALL) for name in _REDUCTION_NAMES.split()},
    **{f"K.{name}": ("axis", _ALL) for name in f"{_REDUCTION_NAMES} std var".split()},
    **{f"tf.experimental.numpy.{name}": ("axis", _ALL) for name in _NUMPY_REDUCTIONS.split()},
    "tf.math.reduce_euclidean_norm": ("axis", _ALL),
    "tf.math.reduce_std": ("axis", _ALL),
    "tf.math.reduce_variance": ("axis", _ALL),
    "tf.math.count_nonzero": ("axis", _ALL),
    "tf.math.bincount": ("axis", _ALL),
    "tf.strings.reduce_join": ("axis", _ALL),
    "tf.norm": ("axis", _ALL),
    "tf.linalg.normalize": ("axis", _ALL),
    "tf.nn.l2_normalize": ("axis", _ALL),
    "K.l2_normalize": ("axis", _ALL),
    "tf.clip_by_norm": ("axes", _ALL),
    "tf.repeat": ("axis", _ALL),
    "tf.nn.moments": ("axes", -1),
    "tf.nn.weighted_moments": ("axes", -1),
    "tf.nn.softmax": ("axis", -1),
    "tf.nn.log_softmax": ("axis", -1),
    "tf.sort": ("axis", -1),
    "tf.argsort": ("axis", -1),
    "tf.roll": ("axis", -1),
    "tf.reverse": ("axis", -1),
    "tf.squeeze": ("axis", -1),
    "tf.concat": ("axis", -1),
    "tf.experimental.numpy.concatenate": ("axis", 0),
    "tf.experimental.numpy.stack": ("axis", 0),
    "tf.experimental.numpy.expand_dims": ("axis", -1),
    "tf.experimental.numpy.squeeze": ("axis", -1),
    "tf.experimental.numpy.split": ("axis", 0),
    "tf.argmax": ("axis", 0),
    "tf.argmin": ("axis", 0),
    "tf.boolean_mask": ("axis", 0),
    "tf.cumsum": ("axis", 0),
    "tf.math.cumprod": ("axis", 0),
    "tf.math.cumulative_logsumexp": ("axis", 0),
    "tf.expand_dims": ("axis", -1),
    "tf.split": ("axis", 0),
    "tf.stack": ("axis", 0),
    "tf.unstack": ("axis", 0),
    "K.argmax": ("axis", -1),
    "K.argmin": ("axis", -1),
    "K.concatenate": ("axis", -1),
    "K.cumprod": ("axis", 0),
    "K.cumsum": ("axis", 0),
    "K.expand_dims": ("axis", -1),
    "K.repeat_elements": ("axis", -1),
    "K.reverse": ("axes", -1),
    "K.softmax": ("axis", -1),
    "K.squeeze": ("axis", -1),
    "K.stack": ("axis", 0),
}
# Here None given for the axis means its default, not every axis.
_NONE_IS_DEFAULT = frozenset(
    "tf.argmax tf.argmin tf.boolean_mask tf.nn.log_softmax tf.nn.softmax tf.squeeze"
    " tf.experimental.numpy.squeeze".split()
)
_ALWAYS = frozenset(
    "K.flatten K.transpose tf.batch_to_space tf.clip_by_global_norm"
    " tf.experimental.numpy.ravel tf.experimental.numpy.flatten tf.foldl tf.foldr"
    " tf.histogram_fixed_width tf.linalg.global_norm tf.math.confusion_matrix tf.math.segment_max"
    " tf.math.segment_mean tf.math.segment_min tf.math.segment_prod tf.math.segment_sum"
    " tf.math.unsorted_segment_max tf.math.unsorted_segment_mean tf.math.unsorted_segment_min"
    " tf.math.unsorted_segment_prod tf.math.unsorted_segment_sqrt_n"
    " tf.math.unsorted_segment_sum tf.nn.compute_average_loss tf.nn.l2_loss tf.nn.zero_fraction"
    " tf.random.shuffle tf.space_to_batch tf.space_to_batch_nd tf.unique"
    " tf.unique_with_counts".split()
)
_PERMUTATIONS = {
    "tf.transpose": "perm",
    "tf.experimental.numpy.transpose": "axes",
    "K.permute_dimensions": "pattern",
}
_RESHAPES = {
    "tf.reshape": "shape",
    "K.reshape": "shape",
    "tf.experimental.numpy.reshape": "newshape",
}
_TILES = {"tf.tile": "multiples", "K.tile": "n"}
_GATHERS = {"tf.gather": "axis", "K.gather": ""}


def drops_batch(key: str, arguments: Mapping[str, object]) -> bool:
    """Whether the call certainly drops, moves or mixes the batch dimension.

    ``arguments`` holds the values of the arguments by parameter name: literals as they are,
    anything else ``UNKNOWN``; what is not given is absent. Whatever cannot be told is False.
    """
    if key in _ALWAYS:
        return True
    if key in _AXES:
        return _axis_hits_batch(key, arguments)
    if key in _PERMUTATIONS:
        order = arguments.get(_PERMUTATIONS[key])
        return order is None or _first(order, 0) != 0
    if key in _RESHAPES:
        return _flattens(arguments.get(_RESHAPES[key], UNKNOWN))
    if key in _TILES:
        return _first(arguments.get(_TILES[key]), 1) != 1
    if key in _GATHERS:
        return _takes_from_batch(arguments, _GATHERS[key])
    if key in {"tf.einsum", "tf.experimental.numpy.einsum"}:
        return _einsum_moves_batch(arguments.get("equation", arguments.get("subscripts")))
    if key == "tf.pad":
        return _first(arguments.get("paddings"), [0, 0]) not in ([0, 0], (0, 0), UNKNOWN)
    if key == "tf.slice":
        begin, size = _first(arguments.get("begin"), 0), _first(arguments.get("size"), -1)
        return begin != 0 or (isinstance(size, int) and size > 0)
    if key == "tf.where":
        return arguments.get("x") is None and arguments.get("y") is None
    return False


def _axis_hits_batch(key: str, arguments: Mapping[str, object]) -> bool:
    parameter, default = _AXES[key]
    axis = arguments.get(parameter, default)
    if axis is None and key in _NONE_IS_DEFAULT:
        axis = default
    if axis is None:
        return True
    if isinstance(axis, (list, tuple)):
        return any(_is_zero(item) for item in axis)
    return _is_zero(axis)


def _is_zero(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value == 0


def _first(value: object, default: object) -> object:
    """The first item of a literal sequence; ``default`` where there is none or it is unknown."""
    if isinstance(value, (list, tuple)) and value and value[0] is not UNKNOWN:
        return value[0]
    return default


def _flattens(shape: object) -> bool:
    if isinstance(shape, int):
        return True
    if not isinstance(shape, (list, tuple)):
        return False
    if len(shape) < 2:
        return not shape or shape[0] is not UNKNOWN
    return isinstance(shape[0], int) and shape[0] > 0


def _takes_from_batch(arguments: Mapping[str, object], parameter: str) -> bool:
    indices = arguments.get("indices", UNKNOWN)
    axis = arguments.get(parameter) if parameter else 0
    if axis is None:
        axis = arguments.get("batch_dims", 0)
    return (
        isinstance(indices, (int, list, tuple))
        and UNKNOWN not in _items(indices)
        and (_is_zero(axis))
    )


def _items(value: object) -> list[object]:
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _items(item)]
    return [value]


def _einsum_moves_batch(equation: object) -> bool:
    if not isinstance(equation, str) or "->" not in equation:
        return False
    operands, _, output = equation.replace(" ", "").partition("->")
    if output.startswith("."):
        return False
    firsts = {operand[:1] for operand in operands.split(",")}
    return "." not in firsts and output[:1] not in firsts
