"""TensorFlow imported once for both generations of Keras, before each is taken.

TensorFlow loads its Keras at the end of its own import, which takes ten times as long, and where
its modules look for that of ``tf.keras.layers`` depends on the generation (seen with 2.16 to 2.21).
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import os
import sys
from importlib import metadata
from types import ModuleType
from typing import Optional, Sequence

DISTRIBUTIONS = ("tensorflow", "tensorflow-cpu", "tensorflow-intel", "tensorflow-macos")
FIRST_WITH_BOTH = (2, 16)
LEGACY, LATEST = "tf_keras", "keras"
EAGER = "src.optimizers"
"""What TensorFlow loads of Keras at the end of its import."""
IS_LEGACY = "_tf_uses_legacy_keras"
"""What its modules note of the generation that they were imported for."""


def has_both() -> bool:
    """Whether TensorFlow is installed in a version that has Keras 2 and 3."""
    for name in DISTRIBUTIONS:
        with contextlib.suppress(metadata.PackageNotFoundError, ValueError):
            return tuple(map(int, metadata.version(name).split(".")[:2])) >= FIRST_WITH_BOTH
    return False


def import_without_keras() -> None:
    """Import TensorFlow as for Keras 2, without Keras itself; raises what the import raises."""
    os.environ["TF_USE_LEGACY_KERAS"] = _flag(importlib.util.find_spec(LEGACY) is not None)
    withheld = _Withheld()
    sys.meta_path.insert(0, withheld)
    try:
        importlib.import_module("tensorflow")
    finally:
        sys.meta_path.remove(withheld)


def take_keras(generation: int) -> bool:
    """Let TensorFlow have the Keras of a generation; whether that is tf-keras. Once for a process.

    TensorFlow may have been imported without Keras before.
    """
    legacy = importlib.util.find_spec(LEGACY)
    is_legacy = generation == 2 and legacy is not None
    os.environ["TF_USE_LEGACY_KERAS"] = _flag(is_legacy)
    if "tensorflow" not in sys.modules:
        return is_legacy
    latest = importlib.util.find_spec(LATEST)
    if not is_legacy and legacy is not None and latest is not None:
        for name, module in list(sys.modules.items()):
            if name.partition(".")[0] == "tensorflow":
                _lead_from(legacy, latest, module)
    with contextlib.suppress(ImportError, AttributeError):
        importlib.import_module("%s.%s" % (LEGACY if is_legacy else LATEST, EAGER))
    return is_legacy


def _flag(is_legacy: bool) -> str:
    return "1" if is_legacy else "0"


def _lead_from(
    legacy: importlib.machinery.ModuleSpec,
    latest: importlib.machinery.ModuleSpec,
    module: ModuleType,
) -> None:
    """Let ``module`` look for parts of Keras where the other one has them."""
    if IS_LEGACY in vars(module):
        setattr(module, IS_LEGACY, False)
    folders = vars(module).get("__path__")
    if isinstance(folders, list):
        old, new = (os.path.dirname(spec.origin or "") for spec in (legacy, latest))
        module.__path__ = [_moved(folder, old, new) for folder in folders]


def _moved(folder: str, old: str, new: str) -> str:
    is_inside = isinstance(folder, str) and (folder + os.sep).startswith(old + os.sep)
    return new + folder[len(old) :] if is_inside else folder


class _Withheld(importlib.abc.MetaPathFinder):
    """Finds Keras, which can then not be imported."""

    def find_spec(
        self, fullname: str, path: Optional[Sequence[str]], target: Optional[ModuleType] = None
    ) -> Optional[importlib.machinery.ModuleSpec]:
        if fullname not in (LEGACY, LATEST):
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None:
            spec.loader = _Refusing()
        return spec


class _Refusing(importlib.abc.Loader):
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType:
        raise ImportError("Keras is taken later", name=spec.name)

    def exec_module(self, module: ModuleType) -> None:
        """Is never reached."""
