"""Modules of Keras 2 that are gone: below ``keras`` up to 2.3, or 2.5, and in TensorFlow up to 2.5.

What they held stands elsewhere today, the same under the same name: sources of that time are run
with it. Seen with tf-keras 2.21, which is the Keras 2 of TensorFlow from 2.16 on.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Sequence, Tuple

OF_LAYERS = ("layers",)
OF_ENGINE = ("layers", "models", "utils", "")
HOMES: Dict[str, Tuple[str, ...]] = {
    **dict.fromkeys(
        "layers.advanced_activations layers.convolutional layers.convolutional_recurrent"
        " layers.core layers.cudnn_recurrent layers.embeddings layers.local layers.merge"
        " layers.noise layers.normalization layers.pooling layers.recurrent"
        " layers.wrappers".split(),
        OF_LAYERS,
    ),
    **dict.fromkeys(
        "engine engine.base_layer engine.input_layer engine.network engine.sequential"
        " engine.topology engine.training".split(),
        OF_ENGINE,
    ),
    **dict.fromkeys(
        "utils.data_utils utils.generic_utils utils.layer_utils utils.np_utils"
        " utils.training_utils utils.vis_utils".split(),
        ("utils",),
    ),
    "backend.tensorflow_backend": ("backend",),
    "objectives": ("losses",),
}
"""Where the names of each module are looked for, below ``keras``."""
INSIDE: Dict[str, Tuple[str, ...]] = {"layers": OF_LAYERS, "engine": OF_ENGINE}
"""Where the names of any other module below these are looked for."""
PRIVATE = {"_Merge": "src.layers.merging.base_merge"}
"""Where names stand that are no part of the public interface, and that people derived from."""


IN_TENSORFLOW = "tensorflow.python.keras"
"""Where Keras 2 itself stood; what TensorFlow has left there is a part of another Keras."""


class OldModule(ModuleType):
    """Stands for a module that is gone: its names are looked for where they stand today."""

    def __init__(self, name: str, root: str, homes: Sequence[ModuleType]) -> None:
        super().__init__(name)
        self._root = root
        self._homes = homes
        self.__path__ = []
        self.__all__ = [n for home in homes for n in vars(home) if not n.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        for home in self._homes:
            if hasattr(home, name):
                return self._inside(name, getattr(home, name))
        if name in PRIVATE:
            return getattr(importlib.import_module("%s.%s" % (self._root, PRIVATE[name])), name)
        raise AttributeError("Keras 2 has no %s.%s any more" % (self.__name__, name))

    def _inside(self, name: str, value: Any) -> Any:
        """``value``, or what stands for the private module that had its name."""
        path = "%s.%s" % (self.__name__, name)
        if not isinstance(value, ModuleType) or not path.startswith(IN_TENSORFLOW + "."):
            return value
        try:
            return importlib.import_module(path)
        except ModuleNotFoundError:
            return value


def old_module(name: str, root: str) -> Optional[ModuleType]:
    """What stands for the module ``name`` of ``keras``, if Keras had it; ``root`` is today's."""
    path = name.partition(".")[2]
    # Up to 2.12 the modules of Keras itself were public: they stand below `src` today.
    homes = [*_found(root, HOMES.get(path, ["src.%s" % path]))]
    if not homes:
        homes = [*_found(root, INSIDE.get(path.partition(".")[0], ()))]
    return OldModule(name, root, homes) if homes else None


def module_in_tensorflow(name: str, root: str) -> Optional[ModuleType]:
    """What stands for a module ``name`` below ``tensorflow.python.keras``."""
    path = name[len(IN_TENSORFLOW) + 1 :]
    src = "src.%s" % path if path else "src"
    homes = [*_found(root, [path, src, *HOMES.get(path, ())])]
    return OldModule(name, root, homes) if homes else None


def forget_keras_in_tensorflow() -> None:
    """Let ``tensorflow.python.keras`` be imported anew; TensorFlow keeps what it needs of it."""
    for name in list(sys.modules):
        if name == IN_TENSORFLOW or name.startswith(IN_TENSORFLOW + "."):
            del sys.modules[name]
    vars(sys.modules["tensorflow.python"]).pop("keras", None)


def _found(root: str, paths: Sequence[str]) -> Iterator[ModuleType]:
    for path in paths:
        name = "%s.%s" % (root, path) if path else root
        try:
            yield importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name is None or not (name + ".").startswith(error.name + "."):
                raise


def notes_of_old_modules() -> List[str]:
    """What is to be told of those that were imported."""
    imported = [name for name, one in sys.modules.items() if isinstance(one, OldModule)]
    names = sorted({IN_TENSORFLOW if name.startswith(IN_TENSORFLOW) else name for name in imported})
    if not names:
        return []
    listed = ", ".join("`%s`" % name for name in names)
    are = "is" if len(names) == 1 else "are"
    return ["%s %s of older Keras: their names were taken from where they are now" % (listed, are)]
