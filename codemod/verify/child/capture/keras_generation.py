"""Loading the Keras that a parent stands for, and letting ``import keras`` mean it."""

from __future__ import annotations

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import sys
from types import ModuleType
from typing import Any, List, Optional, Sequence

from ..protocol import NO_KERAS_2, Answer
from .old_modules import (
    IN_TENSORFLOW,
    forget_keras_in_tensorflow,
    module_in_tensorflow,
    old_module,
)
from .shared_tensorflow import take_keras

LOADED_BY_FIRST_MODEL = (
    "tf_keras.src.engine.base_layer_v1",
    "tensorflow.python.keras.engine.base_layer_v1",
    "keras.src.engine.base_layer_v1",
    "keras.engine.base_layer_v1",
    "encodings.ascii",
    "encodings.cp437",
    "encodings.latin_1",
)
"""Modules that the first layer and the first saved model load (TensorFlow 2.4 to 2.21)."""

OF_KERAS_IN_TENSORFLOW = (
    "tensorflow.nn",
    "tensorflow.compat.v1.layers",
    "tensorflow.compat.v1.nn.rnn_cell",
    "tensorflow.compat.v1.train",
    "tensorflow.compat.v2.nn",
)
"""Modules of TensorFlow that need what it has left of Keras itself (TensorFlow 2.16 to 2.21)."""


def prepare(generation: int) -> Answer:
    """Import TensorFlow and its Keras; return the versions, or an ``error``.

    Generation 2 is ``tf.keras`` up to TensorFlow 2.15 and tf-keras from 2.16 on, where
    ``TF_USE_LEGACY_KERAS=1`` selects it. TensorFlow 2.15 obeys that too, and fails without
    tf-keras (seen with 2.15.1).
    """
    legacy = take_keras(generation)
    import tensorflow as tf
    from numpy import random

    version = tuple(int(part) for part in tf.__version__.split(".")[:2])
    if generation == 3 and version < (2, 16):
        return {"error": "TensorFlow %s has no Keras 3" % tf.__version__}
    if generation == 2 and version >= (2, 16):
        if not legacy:
            return {"error": NO_KERAS_2}
        alias_keras()
    keras = tf.keras
    # Loads what is loaded lazily, so that no child has to.
    loaded = [keras.Model, keras.layers.Layer, keras.Input, keras.datasets, keras.applications]
    loaded += [keras.utils, keras.models, random.RandomState]
    assert all(item is not None for item in loaded)
    # Keras 3 has less and less of it.
    getattr(getattr(keras, "preprocessing", None), "image", None)
    for name in LOADED_BY_FIRST_MODEL:
        if name.rpartition(".")[0] in sys.modules:
            importlib.import_module(name)
    if generation == 2 and version >= (2, 16):
        for name in OF_KERAS_IN_TENSORFLOW:
            importlib.import_module(name)
        forget_keras_in_tensorflow()
    root = keras.Model.__module__.partition(".")[0]
    if generation == 2 and root == "keras":
        # Up to TensorFlow 2.15 what is imported as ``keras`` is the Keras of ``tf.keras`` itself.
        find_old_modules(root)
    found = str(getattr(keras, "__version__", None) or keras_version())
    if generation == 3 and found.startswith("2"):
        return {"error": "this environment's Keras is %s" % found}
    if generation == 2 and found.startswith("3"):
        return {"error": NO_KERAS_2}
    return {"tensorflow": tf.__version__, "keras": found, "python": sys.version.split()[0]}


def keras_version() -> str:
    """The version of the Keras that ``tf.keras`` loads."""
    import tensorflow as tf

    root = tf.keras.Model.__module__.partition(".")[0]
    return str(getattr(sys.modules.get(root), "__version__", "2"))


def is_keras_3() -> bool:
    """Whether ``tf.keras`` is Keras 3."""
    return keras_version().startswith("3")


def alias_keras() -> None:
    """Let ``keras`` and its submodules be those of tf-keras, the same module objects."""
    importlib.import_module("tf_keras")
    for name, module in list(sys.modules.items()):
        if name == "tf_keras" or name.startswith("tf_keras."):
            sys.modules["keras" + name[len("tf_keras") :]] = module
    sys.meta_path.insert(0, _AliasFinder())


def find_old_modules(root: str) -> None:
    """Let modules that the Keras 2 called ``root`` has no more be found, after all that it has."""
    sys.meta_path.append(_OldFinder(root))


class _OldFinder(importlib.abc.MetaPathFinder):
    """Finds modules of older Keras below the package of Keras 2 itself."""

    def __init__(self, root: str) -> None:
        self._root = root

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        parts = fullname.split(".")
        # Where names are today is looked for below `src`, and that is no old module itself.
        if parts[0] != self._root or len(parts) < 2 or parts[1] == "src":
            return None
        module = old_module(fullname, self._root)
        if module is None:
            return None
        return importlib.machinery.ModuleSpec(fullname, _OldLoader(module), is_package=True)


class _OldLoader(importlib.abc.Loader):
    def __init__(self, module: ModuleType) -> None:
        self._module = module

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        return self._module

    def exec_module(self, module: ModuleType) -> None:
        """It is complete already."""


class _AliasFinder(importlib.abc.MetaPathFinder):
    """Finds ``keras.x`` as ``tf_keras.x``, and so ``tensorflow.python.keras.x``."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if not (fullname + ".").startswith(("keras.", IN_TENSORFLOW + ".")):
            return None
        return importlib.machinery.ModuleSpec(fullname, _AliasLoader())


class _AliasLoader(importlib.abc.Loader):
    def __init__(self) -> None:
        self._own: List[Any] = []

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        module = self._module(spec.name)
        if module is None:
            message = "No module named %r in Keras 2" % spec.name
            raise ModuleNotFoundError(message, name=spec.name)
        self._own = [module.__spec__, module.__loader__]
        return module

    def _module(self, name: str) -> Optional[ModuleType]:
        if name.startswith(IN_TENSORFLOW):
            return module_in_tensorflow(name, "tf_keras")
        try:
            return importlib.import_module("tf_keras" + name[len("keras") :])
        except ModuleNotFoundError:
            return old_module(name, "tf_keras")

    def exec_module(self, module: ModuleType) -> None:
        # The import system has put its own marks on the module that tf_keras owns.
        module.__spec__, module.__loader__ = self._own
