"""Whether a process that has only imported the user's module can load what was saved."""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from types import FunctionType, ModuleType
from typing import Any, List, Mapping, Set

from ..parsing import parsed

LIBRARIES = ("builtins", "keras", "tf_keras", "tensorflow", "numpy", "math")


def custom_names(path: str) -> Set[str]:
    """The names under which the classes and functions of a ``.keras`` file are registered.

    Up to TensorFlow 2.12 it is an HDF5 file; the empty name then stands for what is not known.
    """
    if not zipfile.is_zipfile(path):
        return {""}
    with zipfile.ZipFile(path) as archive:
        pending: List[Any] = [json.loads(archive.read("config.json").decode())]
    found = set()
    while pending:
        value = pending.pop()
        if isinstance(value, dict):
            name = value.get("registered_name")
            library = str(value.get("module") or "").partition(".")[0] in LIBRARIES
            if isinstance(name, str) and not library:
                found.add(name)
            pending += value.values()
        elif isinstance(value, list):
            pending += value
    return found


def are_registered_by(tf: Any, names: Set[str], path: str, content: bytes) -> bool:
    """Whether importing the module in the file ``path`` is sure to register all ``names`` as here.

    So it is where each is a class that stands at the top of the file, under a decorator that
    registers it, and that reads nothing but libraries: another run may have set other values.
    """
    if not names:
        return True
    registering = {
        node.name: node
        for node in parsed(content).body
        if isinstance(node, ast.ClassDef)
        and any("register" in ast.dump(one) for one in node.decorator_list)
    }
    objects = [tf.keras.utils.get_registered_object(name) for name in names]
    return all(_is_of(value, registering, path) for value in objects)


def _is_of(value: Any, registering: Mapping[str, ast.ClassDef], path: str) -> bool:
    module = sys.modules.get(str(getattr(value, "__module__", None)))
    definition = registering.get(getattr(value, "__qualname__", ""))
    if definition is None or getattr(module, "__file__", None) != path:
        return False
    known = vars(module)
    read = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
    return known.get(definition.name) is value and all(
        _is_of_library(known[name]) for name in read & set(known)
    )


def _is_of_library(value: Any) -> bool:
    if not isinstance(value, (ModuleType, type, FunctionType)):
        return False
    name = value.__name__ if isinstance(value, ModuleType) else value.__module__
    return name.partition(".")[0] in LIBRARIES
