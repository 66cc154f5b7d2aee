"""Which layers have their names from Keras: it numbers those that nobody has named."""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from typing import Any, Dict, Optional, Tuple

from .keras_generation import is_keras_3


@dataclass
class AutomaticNames:
    """Layers with the names that Keras has given them, in the order in which it did.

    They are kept by their ``id``, and stay alive, so that no other gets it.
    """

    _known: Dict[int, Tuple[Any, str, int]] = field(default_factory=dict)

    def note(self, layer: Any) -> None:
        """Keras has just named ``layer``."""
        self._known[id(layer)] = (layer, str(layer.name), len(self._known))

    def number_of(self, layer: Any) -> Optional[int]:
        """How many were named before ``layer``; ``None`` where the name is not Keras's."""
        _, name, number = self._known.get(id(layer), (None, "", 0))
        return number if name and name == layer.name else None


def record_automatic_names() -> AutomaticNames:
    """Record them from now on, under Keras 3.

    There operators on symbolic tensors take numbers too: `x + y` is an `add`, as `layers.Add()` is
    (seen with 3.15). Under Keras 2 names stay what they were.
    """
    found = AutomaticNames()
    if is_keras_3():
        operation = importlib.import_module("keras").Operation
        initialise = operation.__init__
        signature = inspect.signature(initialise)

        def noting(self: Any, *args: Any, **kwargs: Any) -> None:
            initialise(self, *args, **kwargs)
            if signature.bind(self, *args, **kwargs).arguments.get("name") is None:
                found.note(self)

        operation.__init__ = noting
    return found
