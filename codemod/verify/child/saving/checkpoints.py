"""Weights that the original saved, loaded into the rewritten model."""

from __future__ import annotations

import zipfile
from typing import Any, Callable, Dict, List, NamedTuple, Optional

from ..failures import one_line
from ..layers import weights_of
from ..numbers.weight_state import Pairs, clear, first_changed, restore, values_of

KERAS_FILE = "_model.keras"


class Format(NamedTuple):
    """A way to keep weights: what it is called, the end of its file, options of loading."""

    title: str
    suffix: str
    options: Dict[str, Any]


BY_NAME, AS_KERAS = "`.h5` by name", "`.keras`, `.weights.h5`"
FORMATS = (
    Format("`.h5`", "_weights.h5", {}),
    Format(BY_NAME, "_weights.h5", {"by_name": True}),
    # A `.keras` file holds a `.weights.h5` file, and both are loaded by the same function.
    Format(AS_KERAS, KERAS_FILE, {}),
    Format("TensorFlow checkpoint", "_checkpoint", {}),
)


class ModelFiles(NamedTuple):
    """Keras's own functions for files, which stubs replace for user code."""

    save_weights: Callable[..., Any]
    load_weights: Callable[..., Any]
    save_model: Callable[..., Any]
    load_model: Callable[..., Any]


def model_files(keras: Any) -> ModelFiles:
    """The functions as they are before stubs are installed."""
    return ModelFiles(
        keras.Model.save_weights,
        keras.Model.load_weights,
        keras.models.save_model,
        keras.models.load_model,
    )


def save_checkpoints(files: ModelFiles, model: Any, prefix: str) -> List[str]:
    """Save the weights in all formats; the titles of those that ``model`` can be saved in."""
    saved = []
    for suffix in dict.fromkeys(item.suffix for item in FORMATS):
        try:
            _save(files, model, prefix + suffix)
        except Exception:
            # A format that the original has no use for is not compared.
            continue
        saved.append(suffix)
    return [item.title for item in FORMATS if item.suffix in saved]


def for_keras_3(titles: List[str], prefix: str) -> List[str]:
    """Those of the formats that Keras 3 knows; `.keras` is HDF5 up to TensorFlow 2.12."""
    known = [item.title for item in FORMATS if item.suffix == "_weights.h5" and not item.options]
    if zipfile.is_zipfile(prefix + KERAS_FILE):
        known += [item.title for item in FORMATS if item.suffix == KERAS_FILE]
    return [title for title in titles if title in known]


def names_with_weights(model: Any) -> List[str]:
    """The names by which weights are loaded by name."""
    return [str(layer.name) for layer in model.layers if weights_of(layer)]


def _save(files: ModelFiles, model: Any, path: str) -> None:
    if path.endswith(".keras"):
        files.save_model(model, path)
    elif path.endswith(".h5"):
        files.save_weights(model, path)
    else:
        files.save_weights(model, path, save_format="tf")


def load_failures(
    files: ModelFiles,
    model: Any,
    pairs: Pairs,
    prefix: str,
    titles: List[str],
    same_outputs: Optional[Callable[[], bool]] = None,
) -> Dict[str, str]:
    """Why weights saved in some of the formats do not load, by title.

    Weights are zeroed before each load. What loads has its old bits again, or at least
    ``same_outputs`` holds. Equal weights need no forward pass: it gave equal outputs before.
    """
    values = values_of(pairs)
    failures = {}
    try:
        for item in FORMATS:
            if item.title not in titles:
                continue
            clear(pairs, values)
            try:
                files.load_weights(model, prefix + item.suffix, **item.options)
            except Exception as error:
                # Whatever Keras raises is why the file does not load.
                failures[item.title] = one_line(error)
                continue
            changed = first_changed(pairs, values)
            if changed is not None and not (same_outputs is not None and same_outputs()):
                failures[item.title] = "%s has other values" % changed
    finally:
        restore(pairs, values)
    return failures
