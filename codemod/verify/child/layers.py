"""Walking through the layers of a model."""

from __future__ import annotations

from typing import Any, Iterator, List


def leaf_layers(model: Any) -> Iterator[Any]:
    """The layers of ``model``, those of nested models in their place."""
    for layer in model.layers:
        if _is_model(layer):
            yield from leaf_layers(layer)
        else:
            yield layer


def _is_model(layer: Any) -> bool:
    return any(cls.__name__ in ("Functional", "Sequential") for cls in type(layer).__mro__)


def weights_of(layer: Any) -> List[Any]:
    """The weights of ``layer`` that are arrays; a vocabulary is in its lookup table."""
    return [weight for weight in layer.weights if hasattr(weight, "shape")]
