"""Weights of two saved models compared by what their files hold, in the place of loading one."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import Any, Dict

import numpy as np

from ..layers import leaf_layers
from .registered import LIBRARIES

LOADING = "load_own_variables"
"""How a layer takes its weights from a file, if it has a way of its own."""
DESCRIBING = ("config.json", "metadata.json")


def load_alike(model: Any, own: str, other: str) -> bool:
    """Whether the ``.keras`` file ``other`` loads into ``model``, which is saved as ``own``.

    Saving and loading go the same way through a model: where both files hold the same arrays under
    the same names, loading either gives each weight the same values. False where that is not known.
    """
    if any(_has_own_way(layer) for layer in leaf_layers(model)):
        return False
    hdf5 = sys.modules.get("h5py")
    if hdf5 is None or not zipfile.is_zipfile(own) or not zipfile.is_zipfile(other):
        return False
    return _same(_contents(hdf5, own), _contents(hdf5, other))


def _has_own_way(layer: Any) -> bool:
    return any(
        LOADING in vars(cls) and cls.__module__.partition(".")[0] not in LIBRARIES
        for cls in type(layer).__mro__
    )


def _contents(hdf5: Any, path: str) -> Dict[str, Any]:
    """What a file holds by name: arrays and attributes of weights, and the bytes of the rest.

    Layers without weights have groups too, which are empty.
    """
    found: Dict[str, Any] = {}
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member in DESCRIBING:
                continue
            content = archive.read(member)
            if not member.endswith(".h5"):
                found[member] = content
                continue
            with hdf5.File(io.BytesIO(content), "r") as file:

                def note(name: str, item: Any, member: str = member) -> None:
                    if isinstance(item, hdf5.Dataset):
                        found[member + "/" + name] = np.asarray(item)
                    for key, value in item.attrs.items():
                        found["%s/%s@%s" % (member, name, key)] = np.asarray(value)

                file.visititems(note)
    return found


def _same(left: Dict[str, Any], right: Dict[str, Any]) -> bool:
    if left.keys() != right.keys():
        return False
    return all(_bits(value) == _bits(right[name]) for name, value in left.items())


def _bits(value: Any) -> Any:
    if not isinstance(value, np.ndarray):
        return value
    return (
        value.dtype.str,
        value.shape,
        value.tolist() if value.dtype.hasobject else value.tobytes(),
    )
