"""Modules that Keras had below ``keras`` up to 2.3, or 2.5, and that Keras 2 has not any more.

What they held stands elsewhere today, the same under the same name: sources of that time are run
with it. Seen with tf-keras 2.21, which is the Keras 2 of TensorFlow from 2.16 on.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import Any, Dict, Iterator, List, Optional, Tuple

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
PRIVATE = {"_Merge": "src.layers.merging.base_merge"}
"""Where names stand that are no part of the public interface, and that people derived from."""


class OldModule(ModuleType):
    """Stands for a module that is gone: its names are looked for where they stand today."""

    def __init__(self, name: str, root: str) -> None:
        super().__init__(name)
        self._root = root
        self._path = name.partition(".")[2]
        self.__path__ = []
        self.__all__ = [n for home in self._homes() for n in vars(home) if not n.startswith("_")]

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        for home in self._homes():
            if hasattr(home, name):
                return getattr(home, name)
        if name in PRIVATE:
            return getattr(importlib.import_module("%s.%s" % (self._root, PRIVATE[name])), name)
        raise AttributeError("Keras 2 has no %s.%s any more" % (self.__name__, name))

    def _homes(self) -> Iterator[ModuleType]:
        for home in HOMES[self._path]:
            yield importlib.import_module("%s.%s" % (self._root, home) if home else self._root)


def old_module(name: str, root: str) -> Optional[ModuleType]:
    """What stands for the module ``name`` of ``keras``, if Keras had it; ``root`` is today's."""
    return OldModule(name, root) if name.partition(".")[2] in HOMES else None


def notes_of_old_modules() -> List[str]:
    """What is to be told of those that were imported."""
    names = sorted(name for name, one in sys.modules.items() if isinstance(one, OldModule))
    if not names:
        return []
    listed = ", ".join("`%s`" % name for name in names)
    are = "is" if len(names) == 1 else "are"
    return ["%s %s of older Keras: their names were taken from where they are now" % (listed, are)]
