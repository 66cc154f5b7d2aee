"""Callbacks that watch a metric: Keras 3 does not guess whether more of it is better.

Keras 2 took ``max`` for names with `acc` in them (each callback by a rule of its own) and ``min``
for all others. Keras 3.15.1 asks a metric of its own classes, and gives an error for functions and
for names of one output's metric.
"""

from __future__ import annotations

from collections.abc import Iterator

from transforms.knowledge.keras_names import keras_path, last_part
from transforms.port.breaks import ARGUMENT, Break, Source, found
from transforms.port.calls import argument, text_of
from transforms.port.edits import after_last
from transforms.syntax.records import ReplaceText

# Keras 3 knows which way these go.
_KNOWN = frozenset(
    "loss acc accuracy binary_accuracy categorical_accuracy sparse_categorical_accuracy auc"
    " precision recall mae mse mape msle mean_absolute_error mean_squared_error"
    " root_mean_squared_error top_k_categorical_accuracy sparse_top_k_categorical_accuracy"
    " binary_crossentropy categorical_crossentropy sparse_categorical_crossentropy"
    " cosine_similarity kl_divergence poisson hinge squared_hinge categorical_hinge".split()
)
_POSITIONS = {"EarlyStopping": (0, 4), "ModelCheckpoint": (1, 5), "ReduceLROnPlateau": (0, 4)}
"""Where the callbacks take ``monitor`` and ``mode``."""


def find_monitors(source: Source) -> Iterator[Break]:
    """The callbacks of ``source`` whose ``mode`` Keras 3 cannot tell."""
    named: set[str] | None = None
    for call, dotted in source.calls:
        path = None if dotted is None else keras_path(dotted)
        name = "" if path is None else last_part(path)
        if path != f"callbacks.{name}" or name not in _POSITIONS:
            continue
        monitor = argument(call, "monitor", _POSITIONS[name][0])
        text = text_of(monitor)
        if monitor is None or text is None or text.removeprefix("val_") in _KNOWN:
            continue
        mode = argument(call, "mode", _POSITIONS[name][1])
        if mode is not None and text_of(mode) != "auto":
            continue
        named = _names_of_metrics(source) if named is None else named
        if text.removeprefix("val_") in named or any(item.arg is None for item in call.keywords):
            continue
        better = repr("max" if _is_better_higher(name, text) else "min")
        message = (
            f"Keras 3 does not know whether more of {text!r} is better: give mode={better}, as"
            " Keras 2 took it"
        )
        edits = after_last(source, call, f"mode={better}")
        if mode is not None:
            edits = (ReplaceText(source.text.span(mode), better),)
        yield found(source, ARGUMENT, monitor, message, edits)


def _names_of_metrics(source: Source) -> set[str]:
    """The names that metrics of Keras's own classes are given."""
    given = [
        text_of(argument(call, "name"))
        for call, dotted in source.calls
        if (keras_path(dotted or "") or "").startswith("metrics.")
    ]
    return {name for name in given if name is not None}


def _is_better_higher(name: str, monitor: str) -> bool:
    if name == "EarlyStopping":
        return monitor.endswith(("acc", "accuracy", "auc"))
    starts = name == "ModelCheckpoint" and monitor.startswith("fmeasure")
    return "acc" in monitor or starts
