"""Leaving out what building a model does not need: training, saving, data, the network."""

from __future__ import annotations

import collections
import socket
import types
from typing import Any, Callable, List

import numpy as np

LEFT_OUT = (
    "fit",
    "fit_generator",
    "evaluate",
    "evaluate_generator",
    "predict_generator",
    "train_on_batch",
    "test_on_batch",
    "save",
    "save_weights",
    "load_weights",
    "export",
)
IMAGES = {"mnist": ((28, 28), 10), "fashion_mnist": ((28, 28), 10), "cifar10": ((32, 32, 3), 10)}
SAMPLES = 32


def install_stubs(keras: Any) -> List[str]:
    """Replace training, saving and downloads; the returned list grows with what is left out."""
    used: List[str] = []

    def note(what: str) -> None:
        text = "%s was left out" % what
        if text not in used:
            used.append(text)

    for name in LEFT_OUT:
        if hasattr(keras.Model, name):
            setattr(keras.Model, name, _left_out("Model.%s" % name, note))
    keras.Model.predict = _predict(note)
    keras.Model.summary = lambda *args, **kwargs: None
    keras.utils.get_file = _refused("get_file", note)
    keras.utils.plot_model = lambda *args, **kwargs: None
    _stub_datasets(keras.datasets, note)
    _refuse_network()
    return used


def _left_out(name: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def nothing(self: Any, *args: Any, **kwargs: Any) -> Any:
        note(name)
        history: Any = collections.defaultdict(lambda: [0.0])
        return types.SimpleNamespace(history=history, epoch=[0], params={})

    return nothing


def _predict(note: Callable[[str], None]) -> Callable[..., Any]:
    def predict(self: Any, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        note("Model.predict")
        shape = self.output_shape
        count = len(x) if hasattr(x, "__len__") else 1
        if isinstance(shape, list):
            return [np.zeros((count, *one[1:]), "float32") for one in shape]
        return np.zeros((count, *(size or 1 for size in shape[1:])), "float32")

    return predict


def _refused(name: str, note: Callable[[str], None]) -> Callable[..., Any]:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        note(name)
        raise OSError("%s needs the network, which verification does not use" % name)

    return refuse


def _stub_datasets(datasets: Any, note: Callable[[str], None]) -> None:
    for name, (shape, classes) in IMAGES.items():
        module = getattr(datasets, name, None)
        if module is not None:
            module.load_data = _images(name, shape, classes, note)
    for name in ("imdb", "reuters"):
        module = getattr(datasets, name, None)
        if module is not None:
            module.load_data = _texts(name, note)
    housing = getattr(datasets, "boston_housing", None)
    if housing is not None:
        housing.load_data = _table("boston_housing", note)


def _images(name: str, shape: Any, classes: int, note: Callable[[str], None]) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data" % name)
        labels = (np.arange(SAMPLES) % classes).astype("uint8")
        if len(shape) == 3:
            labels = labels[:, None]
        images = np.zeros((SAMPLES, *shape), "uint8")
        return (images, labels), (images, labels)

    return load_data


def _texts(name: str, note: Callable[[str], None]) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data" % name)
        texts = np.empty(SAMPLES, dtype=object)
        texts[:] = [list(range(1, 20)) for _ in range(SAMPLES)]
        labels = np.arange(SAMPLES) % 2
        return (texts, labels), (texts, labels)

    return load_data


def _table(name: str, note: Callable[[str], None]) -> Any:
    def load_data(*args: Any, **kwargs: Any) -> Any:
        note("%s.load_data" % name)
        rows = np.zeros((SAMPLES, 13)), np.zeros(SAMPLES)
        return rows, rows

    return load_data


def _refuse_network() -> None:
    def refuse(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise OSError("verification does not use the network")

    socket.socket.connect = refuse  # type: ignore[method-assign]
