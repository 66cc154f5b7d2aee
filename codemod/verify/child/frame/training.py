"""What a model was given to be trained by, as text."""

from __future__ import annotations

import types
from typing import Any, Dict, List, Mapping

from ..capture.training_given import METRICS, kept_for
from .plain import shown

FREE = frozenset(["dtype", "fn", "name", "reduction"])
"""Settings of losses and metrics that the two generations have in other forms."""


def given_to_training(model: Any) -> Dict[str, str]:
    """What ``model`` was given, by call and argument, as text.

    Functions are told as such alone: a rewrite may name them, and what they compute is looked at
    where they stand. Names of outputs are checked on their own, and may change; the structure of
    metrics may too.
    """
    found: Dict[str, Any] = {}
    for call, given in kept_for(model).items():
        for word, value in given.items():
            name = "%s(%s=...)" % (call, word)
            found[name] = _plain(value)
            if word in METRICS:
                found[name] = sorted({shown(one) for one in _leaves(found[name])})
            settings = _settings(value) if word == "optimizer" else {}
            if settings:
                # One by one they show what differs.
                found[name] = type(value).__name__
                found.update(("%s: %s" % (name, key), one) for key, one in settings.items())
    return {name: shown(value) for name, value in found.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return [_plain(item) for item in value.values()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (types.FunctionType, types.MethodType)):
        return "a function"
    settings = {key: _plain(one) for key, one in _settings(value).items() if key not in FREE}
    return [type(value).__name__, settings] if settings else value


def _leaves(value: Any) -> List[Any]:
    if isinstance(value, list):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _settings(value: Any) -> Mapping[str, Any]:
    try:
        return dict(value.get_config())
    except Exception:
        # It is a text, or an object of the user's that has no configuration.
        return {}
