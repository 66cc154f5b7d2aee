"""Axes of images that follow the configuration of Keras, as its own layers do."""

from __future__ import annotations

import ast
from collections.abc import Callable

from transforms.knowledge.stock_layers import DATA_FORMATS
from transforms.sites.origins import Origins, Parameter
from transforms.syntax.places import Place

_CHANNELS_FIRST, _CHANNELS_LAST = "2, 3", "1, 2"


def are_image_axes(
    axes: ast.expr, place: Place, origins: Origins, path_of: Callable[[ast.expr, Place], str]
) -> bool:
    """Whether ``axes`` are height and width, as the user's configuration has images.

    ``[h, w]`` after ``h, w = [2, 3] if K.image_data_format() == "channels_first" else [1, 2]``.
    ``path_of`` gives what a name is below the root of Keras.
    """
    names = axes.elts if isinstance(axes, (ast.List, ast.Tuple)) else []
    values = [origins.of(name.id, place) for name in names if isinstance(name, ast.Name)]
    if len(names) != 2 or len(values) != 2 or values[0] is None or values[0] != values[1]:
        return False
    (value, *more) = values[0]
    if more or isinstance(value, Parameter) or not isinstance(value[0], ast.IfExp):
        return False
    chosen, where = value[0], value[1]
    match where.statement:
        case ast.Assign(targets=[ast.Tuple(elts=targets) | ast.List(elts=targets)]):
            if [ast.unparse(name) for name in targets] != [ast.unparse(name) for name in names]:
                return False
        case _:
            return False
    match chosen.test:
        case ast.Compare(
            left=ast.Call(func=called, args=[], keywords=[]),
            ops=[ast.Eq()],
            comparators=[ast.Constant(value="channels_first" | "channels_last" as order)],
        ):
            sides = [ast.unparse(side).strip("[]()") for side in (chosen.body, chosen.orelse)]
            expected = [_CHANNELS_FIRST, _CHANNELS_LAST]
            if order == "channels_last":
                expected.reverse()
            return sides == expected and path_of(called, where) in DATA_FORMATS
    return False
