"""Calls in which a function behind them is given another argument than the code gives it."""

from __future__ import annotations

import functools
import inspect
import re
from typing import Any, Dict, List

from .loose_tensors import inputs_behind, symbolic_tensors


def with_argument(
    keras: Any, names: Dict[str, Any], path: str, parameter: str, value: Any, call: str
) -> Any:
    """What ``call`` gives while ``path``, as ``"Net.scaled"``, is given ``value``.

    The function is one of the module whose names these are, or a method of a class there. Of
    tensors a model is made.
    """
    owner, _, name = path.rpartition(".")
    kept = vars(names[owner])[name] if owner else names[name]
    is_bound_later = isinstance(kept, (staticmethod, classmethod))
    function = kept.__func__ if is_bound_later else kept
    signature = inspect.signature(function)

    running: List[bool] = []

    @functools.wraps(function)
    def given(*args: Any, **kwargs: Any) -> Any:
        if running:
            # One that calls itself ends by what it gives itself.
            return function(*args, **kwargs)
        bound = signature.bind(*args, **kwargs)
        bound.apply_defaults()
        bound.arguments[parameter] = value
        running.append(True)
        try:
            return function(*bound.args, **bound.kwargs)
        finally:
            running.pop()

    other = type(kept)(given) if is_bound_later else given
    _set(names, owner, name, other)
    try:
        made = eval(call, names)
        outputs = [] if isinstance(made, keras.Model) else symbolic_tensors(made)
        if not outputs:
            return made
        name = "_".join(re.findall(r"\w+", call)[:1]).strip("_")
        return keras.Model(inputs_behind(outputs), outputs, name=name)
    finally:
        _set(names, owner, name, kept)


def _set(names: Dict[str, Any], owner: str, name: str, value: Any) -> None:
    if owner:
        setattr(names[owner], name, value)
    else:
        names[name] = value
