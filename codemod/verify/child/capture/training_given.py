"""What user code gives to ``compile`` and ``fit``, kept with the model: training is left out."""

from __future__ import annotations

import types
from typing import Any, Dict, List, Mapping

KEPT = "_given_to_training"
METRICS = ("metrics", "weighted_metrics")
TOLD = {
    "compile": ("optimizer", "loss", "loss_weights", *METRICS),
    "fit": (
        "epochs initial_epoch batch_size shuffle class_weight validation_split validation_freq"
    ).split(),
}
"""The arguments that say how a model is trained; data may be made up."""
SAME = {"fit_generator": "fit"}
FREE = frozenset(["dtype", "fn", "name", "reduction"])
"""Settings of losses and metrics that the two generations have in other forms."""

DATA = (bool, int, float, complex, str, bytes)


def keep(model: Any, method: str, given: Mapping[str, Any]) -> None:
    """Keep the arguments of a call; another ``compile`` takes the place of the one before."""
    method = SAME.get(method, method)
    if method not in TOLD:
        return
    kept: Dict[str, Any] = vars(model).setdefault(KEPT, {})
    call = method
    if method != "compile":
        call = "%s %d" % (method, 1 + sum(one.startswith(method) for one in kept))
    kept[call] = {word: given[word] for word in TOLD[method] if word in given}


def given_to_training(model: Any) -> Dict[str, Any]:
    """What ``model`` was given, by call and argument.

    Functions are told as such alone: a rewrite may name them, and what they compute is looked at
    where they stand. Names of outputs are checked on their own, and may change; the structure of
    metrics may too.
    """
    found: Dict[str, Any] = {}
    for call, given in vars(model).get(KEPT, {}).items():
        for word, value in given.items():
            name = "%s(%s=...)" % (call, word)
            found[name] = _plain(value)
            if word in METRICS:
                found[name] = sorted({str(one) for one in _leaves(found[name])})
            settings = _settings(value) if word == "optimizer" else {}
            if settings:
                # One by one they show what differs.
                found[name] = type(value).__name__
                found.update(("%s: %s" % (name, key), one) for key, one in settings.items())
    return found


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return [_plain(item) for item in value.values()]
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, (types.FunctionType, types.MethodType)):
        return "a function"
    settings = {key: _plain(one) for key, one in _settings(value).items() if key not in FREE}
    if settings:
        return [type(value).__name__, settings]
    is_data = value is None or isinstance(value, DATA) or hasattr(value, "dtype")
    # The text of another object may hold its address.
    return value if is_data else str(getattr(value, "__name__", type(value).__name__))


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
