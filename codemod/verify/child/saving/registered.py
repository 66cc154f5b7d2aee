"""Whether a process that has only imported the user's module can load what was saved."""

from __future__ import annotations

import ast
import json
import sys
import zipfile
from types import FunctionType, ModuleType
from typing import Any, List, Optional, Set

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
    registers it, holds nothing but methods, and reads nothing but libraries and classes of which
    the same is true: another run may have set other values.
    """
    if not names:
        return True
    classes = {node.name: node for node in parsed(content).body if isinstance(node, ast.ClassDef)}
    values = [tf.keras.utils.get_registered_object(name) for name in names]
    if not all(_registers(classes.get(getattr(value, "__qualname__", ""))) for value in values):
        return False
    seen: Set[int] = set()
    while values:
        value = values.pop()
        if id(value) in seen or _is_of_library(value):
            continue
        seen.add(id(value))
        known = vars(sys.modules.get(str(getattr(value, "__module__", None)), ModuleType("none")))
        definition = classes.get(getattr(value, "__qualname__", ""))
        if definition is None or known.get("__file__") != path:
            return False
        is_plain = all(isinstance(node, (ast.FunctionDef, ast.Expr)) for node in definition.body)
        if known.get(definition.name) is not value or not is_plain:
            return False
        read = {node.id for node in ast.walk(definition) if isinstance(node, ast.Name)}
        values += [known[name] for name in read & set(known)]
    return True


def _registers(definition: Optional[ast.ClassDef]) -> bool:
    decorators = [] if definition is None else definition.decorator_list
    return any("register" in ast.dump(decorator) for decorator in decorators)


def _is_of_library(value: Any) -> bool:
    if not isinstance(value, (ModuleType, type, FunctionType)):
        return False
    name = value.__name__ if isinstance(value, ModuleType) else value.__module__
    return name.partition(".")[0] in LIBRARIES
