"""Which ways of training a model of Keras 3 can tell apart: True, False, not given."""

from __future__ import annotations

import inspect
from typing import Any, Iterator, List

LIBRARIES = ("keras", __name__.partition(".")[0])


def asks_for_training(model: Any) -> bool:
    """Whether a layer is given a flag where it is called, or is the user's own and may take one.

    For Keras's own layers no flag means no training (seen with 3.15).
    """
    layers = model._flatten_layers(include_self=False)
    return _is_users(model) or any(
        _is_given_flag(layer) or _may_take_flag(layer) for layer in layers
    )


def can_tell_training(model: Any) -> bool:
    """Whether a layer takes a flag at all, which the model hands on to it."""
    layers = model._flatten_layers(include_self=False)
    return _is_users(model) or any(_takes_flag(layer.call) for layer in layers)


def overridden_flags(model: Any) -> List[str]:
    """Hazards: flags of calls that the model overrides, although Keras 2 keeps them (3.15)."""
    return list(dict.fromkeys(_overridden(model)))


def _overridden(model: Any) -> Iterator[str]:
    for layer in model._flatten_layers(include_self=False):
        for node in layer._inbound_nodes:
            flag = node.arguments.kwargs.get("training")
            parts = [part for part in layer._flatten_layers() if _depends_on_flag(part)]
            if not isinstance(flag, bool) or not parts or _is_default(layer, flag):
                continue
            name = "`%s` is called with training=%s" % (layer.name, flag)
            if flag:
                yield "%s, and does not train in `predict` and `evaluate`" % name
            elif any(_is_normalization(part) for part in parts):
                yield "%s, and trains in `fit`: statistics move; set trainable=False too" % name
            else:
                yield "%s, and trains in `fit`" % name


def _is_default(layer: Any, flag: bool) -> bool:
    """Whether nobody need have given the flag: Keras 3 notes defaults too (3.15), as of Dropout."""
    try:
        parameter = inspect.signature(layer.call).parameters.get("training")
    except (TypeError, ValueError):
        return False
    return parameter is not None and parameter.default is flag


def _depends_on_flag(layer: Any) -> bool:
    if not _takes_flag(layer.call) or _is_container(layer):
        return False
    # One that is not trainable keeps its statistics.
    return bool(layer.trainable) or not _is_normalization(layer)


def _is_container(layer: Any) -> bool:
    return bool(layer._flatten_layers(include_self=False))


def _is_normalization(layer: Any) -> bool:
    return type(layer).__name__ in ("BatchNormalization", "SyncBatchNormalization")


def _is_given_flag(layer: Any) -> bool:
    return any(
        "training" in node.arguments.kwargs
        or any(isinstance(value, bool) for value in node.arguments.args)
        for node in layer._inbound_nodes
    )


def _may_take_flag(layer: Any) -> bool:
    if type(layer).__name__ == "Lambda":
        return _takes_flag(layer.function)
    if not _is_users(layer):
        return False
    # Layers inside may be given one in its code.
    return _takes_flag(layer.call) or _is_container(layer)


def _is_users(layer: Any) -> bool:
    return type(layer).__module__.partition(".")[0] not in LIBRARIES


def _takes_flag(function: Any) -> bool:
    try:
        parameters = inspect.signature(function).parameters
    except (TypeError, ValueError):
        # A function of which nothing is known.
        return True
    kinds = {parameter.kind for parameter in parameters.values()}
    return "training" in parameters or inspect.Parameter.VAR_KEYWORD in kinds
