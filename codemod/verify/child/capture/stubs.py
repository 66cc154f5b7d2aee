"""Leaving out what building a model does not need: training, saving, data, the network."""

from __future__ import annotations

import functools
import importlib
import os
import socket
import types
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, List, Tuple

import numpy as np

from ..protocol import Told
from . import data_stubs, file_stubs, names
from .replacing import replace_everywhere
from .statements import TrainingReachedError, without_folder

Note = Callable[[str], None]
TRAINING = ("fit", "fit_generator")
SCORING = ("evaluate", "evaluate_generator", "train_on_batch", "test_on_batch")
GRAPH_MODE = ("disable_eager_execution", "disable_v2_behavior", "disable_v2_tensorshape")
STORING = ("save_weights", "load_weights", "export")


@dataclass
class LeftOut:
    """What grows while user code runs: what was left out, and what would have failed in it.

    ``made_up`` are those of the ``notes`` that name data which was made up.
    """

    notes: List[str] = field(default_factory=list)
    made_up: List[str] = field(default_factory=list)
    failures: List[Told] = field(default_factory=list)


@dataclass(frozen=True)
class Names:
    """Checks the names that are given to models: code of ``sources``, told in ``failures``."""

    sources: Dict[str, bytes]
    failures: List[Told]

    def check_call(
        self, method: Any, model: Any, args: Tuple[Any, ...], kwargs: Dict[str, Any]
    ) -> None:
        """The names in a call of ``fit`` and the like."""
        name = method.__name__
        names.check_call(name, method, model, args, kwargs, self.sources, self.failures)

    def results(self, model: Any, what: str, value: Any) -> Any:
        """A dictionary that has ``value`` under each key, which is checked."""
        return _Results(lambda key: self._result(model, what, key, value))

    def _result(self, model: Any, what: str, key: object, value: Any) -> Any:
        names.check_result(model, what, key, self.sources, self.failures)
        return value()


class _Results(Dict[Any, Any]):
    def __init__(self, make: Callable[[object], Any]) -> None:
        super().__init__()
        self._make = make

    def __missing__(self, key: object) -> Any:
        self[key] = self._make(key)
        return self[key]


def install_stubs(keras: Any, sources: Dict[str, bytes]) -> LeftOut:
    """Replace training, saving, downloads and reading of files that are not there.

    The result grows with what is left out while code of ``sources`` runs.
    """
    left_out = LeftOut()
    used = left_out.notes

    def note(what: str) -> None:
        text = without_folder(what)
        if text not in used:
            used.append(text)

    def note_made_up(what: str) -> None:
        note(what)
        text = without_folder(what)
        if text not in left_out.made_up:
            left_out.made_up.append(text)

    checks = Names(sources, left_out.failures)
    for methods, make in (TRAINING, _history), (SCORING, _scores):
        for name in methods:
            if hasattr(keras.Model, name):
                setattr(keras.Model, name, make(getattr(keras.Model, name), note, checks))
    for name in STORING:
        if hasattr(keras.Model, name):
            setattr(keras.Model, name, _nothing("Model.%s" % name, note))
    checked = names.checked_compile(keras.Model.compile, sources, left_out.failures)
    keras.Model.compile = checked
    for name in ("predict", "predict_generator", "predict_on_batch"):
        if hasattr(keras.Model, name):
            setattr(keras.Model, name, _predict("Model.%s" % name, note))
    keras.Model.summary = lambda *args, **kwargs: None
    replace_everywhere(keras.utils, "plot_model", lambda *args, **kwargs: None)
    _stub_saving(keras, note)
    _keep_eager(note)
    _stub_optimizers(keras)
    data_stubs.install(keras, note_made_up)
    file_stubs.install(sources, note, note_made_up)
    _refuse_network()
    return left_out


def _keep_eager(note: Note) -> None:
    """Leave out what turns TensorFlow 2 into TensorFlow 1: a model builds and runs without it."""
    old = importlib.import_module("tensorflow.compat.v1")
    for name in GRAPH_MODE:
        if hasattr(old, name):
            replace_everywhere(old, name, functools.partial(_nothing(name, note), old))


def _history(method: Any, note: Note, checks: Names) -> Callable[..., Any]:
    def nothing(self: Any, *args: Any, **kwargs: Any) -> Any:
        note("Model.%s was left out" % method.__name__)
        checks.check_call(method, self, args, kwargs)
        history = checks.results(self, "history", lambda: [0.0])
        return types.SimpleNamespace(history=history, epoch=[0], params={}, model=self)

    return nothing


def _scores(method: Any, note: Note, checks: Names) -> Callable[..., Any]:
    def score(self: Any, *args: Any, **kwargs: Any) -> Any:
        note("Model.%s was left out" % method.__name__)
        checks.check_call(method, self, args, kwargs)
        if kwargs.get("return_dict"):
            return checks.results(self, "evaluate(return_dict=True)", float)
        count = _metrics(self)
        return [0.0] * (1 + count) if count else 0.0

    return score


def _metrics(model: Any) -> int:
    """How many metrics ``compile`` was given; the scores are the loss and these."""
    for holder, attribute in (
        ("compiled_metrics", "_user_metrics"),  # Keras 2
        ("_compile_metrics", "_user_metrics"),  # Keras 3
    ):
        given = getattr(getattr(model, holder, None), attribute, None)
        if given:
            return len(_leaves(given))
    return 0


def _leaves(value: Any) -> List[Any]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, (list, tuple)):
        return [leaf for item in value for leaf in _leaves(item)]
    return [value]


def _nothing(name: str, note: Note) -> Callable[..., Any]:
    def nothing(self: Any, *args: Any, **kwargs: Any) -> None:
        note("%s was left out" % name)

    return nothing


def _predict(name: str, note: Note) -> Callable[..., Any]:
    def predict(self: Any, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        note("%s was left out" % name)
        while isinstance(x, (list, tuple, dict)) and len(x):
            x = next(iter(x.values())) if isinstance(x, dict) else x[0]
        count = len(x) if hasattr(x, "__len__") else 1
        structure = getattr(self, "_nested_outputs", None)  # Keras 2
        if structure is None:
            structure = getattr(self, "_outputs_struct", None)  # Keras 3
        return _zeros(count, self.output_shape if structure is None else structure)

    return predict


def _zeros(count: int, structure: Any) -> Any:
    """Arrays of ``count`` rows for tensors or shapes, in their structure."""
    if isinstance(structure, dict):
        return {key: _zeros(count, item) for key, item in structure.items()}
    if isinstance(structure, list):
        return [_zeros(count, item) for item in structure]
    shape = tuple(getattr(structure, "shape", structure))
    return np.zeros((count, *(size or 1 for size in shape[1:])), "float32")


def _stub_saving(keras: Any, note: Note) -> None:
    """``load_model`` gives the model that was saved under the path by the same run."""
    saved: Dict[str, Any] = {}

    def save(self: Any, filepath: Any = "", *args: Any, **kwargs: Any) -> None:
        note("Model.save was left out")
        saved[os.path.abspath(str(filepath))] = self

    def save_model(model: Any, filepath: Any = "", *args: Any, **kwargs: Any) -> None:
        save(model, filepath)

    def load_model(filepath: Any, *args: Any, **kwargs: Any) -> Any:
        note("load_model was left out")
        if os.path.abspath(str(filepath)) not in saved:
            raise FileNotFoundError("no model was saved as %r in this run" % str(filepath))
        return saved[os.path.abspath(str(filepath))]

    keras.Model.save = save
    replace_everywhere(keras.models, "save_model", save_model)
    replace_everywhere(keras.models, "load_model", load_model)


def _stub_optimizers(keras: Any) -> None:
    """A training loop of the user's own ends at its first step.

    ``apply_gradients`` is what such loops call, in Keras 2 and 3, in ``minimize`` too; ``fit``,
    which calls it as well, is left out.
    """

    def stop(self: Any, *args: Any, **kwargs: Any) -> None:
        raise TrainingReachedError()

    classes = [keras.optimizers.Optimizer]
    classes += [getattr(keras.optimizers, "legacy", keras.optimizers)]
    found = [value for item in classes for value in vars(item).values() if isinstance(value, type)]
    for optimizer in {base for cls in [classes[0], *found] for base in cls.__mro__}:
        for name in ("apply_gradients", "apply"):
            if name in vars(optimizer) and hasattr(optimizer, "apply_gradients"):
                setattr(optimizer, name, stop)


def _refuse_network() -> None:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise OSError("verification does not use the network")

    socket.socket.connect = refuse  # type: ignore[method-assign]
