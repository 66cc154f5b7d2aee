"""Where weights get their values: from an initializer, or from user code that assigns them."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any, Dict, List, Tuple

from .keras_generation import is_keras_3


@dataclass
class Values:
    """Variables by their ``id``; they stay alive, so that no other gets it.

    ``assigned`` are those that user code has set, ``initializers`` what layers were given.
    """

    assigned: Dict[int, Any] = field(default_factory=dict)
    initializers: Dict[int, Tuple[Any, Any]] = field(default_factory=dict)


def record_values(keras: Any) -> Values:
    """Record initializers, and assignments (by ``set_weights`` and ``adapt`` too), from now on."""
    values = Values()
    for variable in _variable_classes():
        for name in ("assign", "assign_add", "assign_sub"):
            if name in vars(variable):
                _hook(variable, name, values.assigned)
    _hook_add_weight(keras.layers.Layer, values.initializers)
    return values


def _variable_classes() -> List[Any]:
    """The classes of weights, each with its bases or subclasses."""
    if is_keras_3():
        return list(importlib.import_module("keras.src.backend").Variable.__mro__)
    from tensorflow.python.ops import (  # type: ignore[import-untyped,unused-ignore]
        resource_variable_ops,
    )

    base = resource_variable_ops.BaseResourceVariable
    return [base, *base.__subclasses__()]


def _hook_add_weight(layer: Any, found: Dict[int, Tuple[Any, Any]]) -> None:
    add_weight = layer.add_weight
    signature = inspect.signature(add_weight)

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        weight = add_weight(self, *args, **kwargs)
        given = signature.bind(self, *args, **kwargs).arguments
        found[id(weight)] = (weight, given.get("initializer"))
        return weight

    layer.add_weight = noting


def _hook(variable: Any, name: str, found: Dict[int, Any]) -> None:
    assign = getattr(variable, name)

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        found[id(self)] = self
        return assign(self, *args, **kwargs)

    setattr(variable, name, noting)
