"""What user code gives to ``compile`` and ``fit``, kept with the model: training is left out."""

from __future__ import annotations

from typing import Any, Dict, Mapping

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


def kept_for(model: Any) -> Mapping[str, Mapping[str, Any]]:
    """The arguments that were kept, by call."""
    found: Mapping[str, Mapping[str, Any]] = vars(model).get(KEPT, {})
    return found
