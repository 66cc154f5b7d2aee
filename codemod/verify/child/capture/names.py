"""Names of inputs and outputs that user code gives to models, checked as Keras checks them.

Keras finds unknown names only when training starts, and verification leaves training out.
"""

from __future__ import annotations

import inspect
import sys
from typing import Any, Callable, Dict, Iterable, List, Mapping, Sequence, Set

from ..protocol import Told
from ..told import told
from .raw_ops import user_frame
from .training_given import keep

COMPILED = ("loss", "metrics", "loss_weights", "weighted_metrics")
TARGETS = ("y", "sample_weight")
# What the history of any model can hold.
COMMON = frozenset(["loss", "lr", "learning_rate", "epoch"])
Failures = List[Told]


def checked_compile(
    compile_model: Callable[..., Any], sources: Iterable[str], failures: Failures
) -> Callable[..., Any]:
    """``compile`` that also tells names which are no outputs of the model."""

    def compile_and_check(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = compile_model(self, *args, **kwargs)
        given = _arguments(compile_model, self, args, kwargs)
        keep(self, "compile", given)
        for word in COMPILED:
            _check_outputs(self, "compile(%s=...)" % word, given.get(word), sources, failures)
        return result

    return compile_and_check


def check_call(
    name: str,
    method: Callable[..., Any],
    model: Any,
    args: Sequence[Any],
    kwargs: Dict[str, Any],
    sources: Iterable[str],
    failures: Failures,
) -> None:
    """Tell the names in a call of ``fit`` and the like that the model does not know."""
    given = _arguments(method, model, args, kwargs)
    keep(model, name, given)
    _check_inputs(model, name, given.get("x"), sources, failures)
    for word in TARGETS:
        _check_outputs(model, "%s(%s=...)" % (name, word), given.get(word), sources, failures)
    data = given.get("validation_data")
    if isinstance(data, (list, tuple)) and len(data) > 1:
        what = "%s(validation_data=...)" % name
        _check_inputs(model, name, data[0], sources, failures)
        _check_outputs(model, what, data[1], sources, failures)
    callbacks = given.get("callbacks")
    for callback in callbacks if isinstance(callbacks, (list, tuple)) else [callbacks]:
        monitored = getattr(callback, "monitor", None)
        if isinstance(monitored, str):
            what = "%s(monitor=...)" % type(callback).__name__
            check_result(model, what, monitored, sources, failures)


def check_result(
    model: Any, what: str, key: object, sources: Iterable[str], failures: Failures
) -> None:
    """Tell a key of the history that cannot be there, where a model has several outputs.

    With one output the names of losses and metrics have no prefix, and with a training step of
    the user's own they are free.
    """
    outputs = _output_names(model)
    if not isinstance(key, str) or len(outputs) < 2 or _has_own_step(model):
        return
    known = COMMON | {str(metric.name) for metric in model.metrics}
    name = key[len("val_") :] if key.startswith("val_") else key
    if name not in known and not any(name.startswith(output + "_") for output in outputs):
        _tell(what, key, "no output", sources, failures)


def _check_outputs(
    model: Any, what: str, value: Any, sources: Iterable[str], failures: Failures
) -> None:
    outputs = _output_names(model)
    if isinstance(value, Mapping) and outputs and not _is_nested(model):
        for key in value:
            if key not in outputs:
                _tell(what, key, "no output", sources, failures)


def _check_inputs(
    model: Any, name: str, value: Any, sources: Iterable[str], failures: Failures
) -> None:
    names = getattr(model, "input_names", None)
    structure = getattr(model, "_nested_inputs", None)
    if isinstance(value, Mapping) and names:
        expected = [str(key) for key in structure] if isinstance(structure, dict) else names
        for key in expected:
            if key not in value:
                _tell("%s(x=...)" % name, key, "nothing", sources, failures)


def _tell(what: str, key: object, kind: str, sources: Iterable[str], failures: Failures) -> None:
    frame = user_frame(sys._getframe(1), sources)
    text = ": %s has `%s`, for which the model has %s" % (what, key, kind)
    if kind == "nothing":
        text = ": %s has nothing for the input `%s`" % (what, key)
    line = told(text) if frame is None else told(frame.f_lineno, text)
    if line not in failures:
        failures.append(line)


def _output_names(model: Any) -> Set[str]:
    """The names that Keras takes for outputs: of the layers, and the keys of a dictionary."""
    names = {str(name) for name in getattr(model, "output_names", None) or ()}
    for attribute in ("_nested_outputs", "_outputs_struct"):  # Keras 2 and 3.
        structure = getattr(model, attribute, None)
        if isinstance(structure, dict):
            names |= {str(key) for key in structure}
    return names


def _is_nested(model: Any) -> bool:
    """Whether outputs are in lists inside lists: Keras maps no names then."""
    structure = getattr(model, "_nested_outputs", None)
    items = list(structure.values()) if isinstance(structure, dict) else structure
    return isinstance(items, (list, tuple)) and any(
        isinstance(item, (list, tuple, dict)) for item in items
    )


def _has_own_step(model: Any) -> bool:
    owner = next((cls for cls in type(model).__mro__ if "train_step" in vars(cls)), None)
    return owner is None or not owner.__module__.startswith(("keras", "tf_keras", "tensorflow"))


def _arguments(
    method: Callable[..., Any], model: Any, args: Sequence[Any], kwargs: Dict[str, Any]
) -> Dict[str, Any]:
    try:
        return dict(inspect.signature(method).bind_partial(model, *args, **kwargs).arguments)
    except (TypeError, ValueError):
        # Arguments that Keras itself refuses are a failure of their own.
        return dict(kwargs)
