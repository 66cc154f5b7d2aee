"""Replacing a function wherever Keras has bound it."""

from __future__ import annotations

import functools
import sys
import types
from typing import Any, Callable, Dict, List, Tuple

ROOTS = ("keras", "tf_keras", "tensorflow.keras", "tensorflow.python.keras", "numpy")
Places = Dict[int, List[Tuple[types.ModuleType, str]]]


def replace_everywhere(holder: Any, name: str, replacement: Callable[..., Any]) -> None:
    """Bind ``replacement`` for the function ``name`` of ``holder`` in all modules of Keras.

    The same function stands in several modules (``keras.utils``, ``tf.keras.utils`` and
    ``keras.src.utils`` in Keras 3.15); applications use the inner ones. Nothing happens where
    ``holder`` has no such function.
    """
    function = getattr(holder, name, None)
    if function is None:
        return
    setattr(holder, name, replacement)
    for module, bound in places_of_functions().get(id(function), ()):
        if getattr(module, bound, None) is function:
            setattr(module, bound, replacement)


@functools.lru_cache(maxsize=None)
def places_of_functions() -> Places:
    """Where the modules of Keras and NumPy bind each function, by its ``id``.

    Made once and before children are forked: there are tens of thousands of names.
    """
    places: Places = {}
    for module in list(sys.modules.values()):
        if isinstance(module, types.ModuleType) and _is_of_keras(module.__name__):
            for bound, value in list(vars(module).items()):
                if callable(value):
                    places.setdefault(id(value), []).append((module, bound))
    return places


def _is_of_keras(name: str) -> bool:
    # The modules of tf.keras are also called keras.api._v2.keras.x or tf_keras.api._v2.keras.x.
    return any(name == root or name.startswith(root + ".") for root in ROOTS)
