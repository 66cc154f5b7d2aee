"""Values of configurations as text: equal for equal values, in every process."""

from __future__ import annotations

import base64
import hashlib
import marshal
import types
from typing import Any, Dict, List, Optional, Set, Tuple

import numpy as np

from ..limits import CONFIG_DEPTH, SHOWN_CONFIG

FUNCTIONS_OF_LAMBDA = ("function", "output_shape", "mask")
PARTS = ("code", "defaults", "closure")


def shown(value: Any) -> str:
    """One text for ``value``; a long one ends with a digest."""
    text = _text(value, CONFIG_DEPTH)
    if len(text) <= SHOWN_CONFIG:
        return text
    digest = hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return "%s… #%s" % (text[:SHOWN_CONFIG], digest)


def _text(value: Any, depth: int) -> str:
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        return repr(value)
    if depth == 0:
        return "…"
    if isinstance(value, dict):
        if _is_model(value.get("config")):
            # Its layers are compared one by one.
            return "%s %s" % (value.get("class_name"), value["config"].get("name"))
        dumped = _of_python_lambda(value)
        if dumped is not None:
            return "a lambda %s" % dumped
        pairs = sorted((str(key), _text(item, depth - 1)) for key, item in value.items())
        return "{%s}" % ", ".join("%s: %s" % pair for pair in pairs)
    if isinstance(value, (list, tuple)):
        # JSON and Keras's own wrappers turn one into the other.
        return "[%s]" % ", ".join(_text(item, depth - 1) for item in value)
    if isinstance(value, (set, frozenset)):
        return "{%s}" % ", ".join(sorted(_text(item, depth - 1) for item in value))
    if isinstance(value, np.generic):
        return repr(value.item())
    if isinstance(value, types.CodeType):
        return code_digest(value)
    array = _array(value)
    if array is not None:
        content = array.ravel().tolist() if array.dtype == object else array.tobytes()
        return "array %s %s %s" % (array.dtype, list(array.shape), _digest(content))
    return _of_object(value, depth)


def _of_object(value: Any, depth: int) -> str:
    if hasattr(value, "get_config") and not isinstance(value, type):
        try:
            config = value.get_config()
        except Exception:
            # A class of the user's that has no configuration is told by its name.
            return type(value).__name__
        shown_config = config.get("name") if _is_model(config) else _text(config, depth - 1)
        return "%s(%s)" % (type(value).__name__, shown_config)
    name = getattr(value, "__qualname__", None) or getattr(value, "name", None)
    return str(name) if isinstance(name, str) else type(value).__name__


def _is_model(config: Any) -> bool:
    return isinstance(config, dict) and "layers" in config


def _array(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value
    if hasattr(value, "numpy"):
        try:
            return np.asarray(value.numpy())
        except Exception:
            # A symbolic tensor has no value.
            return None
    return None


def code_digest(code: types.CodeType) -> str:
    """A digest of what ``code`` does, without its place in the file."""
    return _digest(_parts(code))


def function_digest(function: Any) -> str:
    """A digest of what ``function`` does, with the values and functions of its module it uses."""
    return _digest(_uses(function, set()))


def _uses(function: Any, seen: Set[int]) -> Tuple[Any, ...]:
    seen.add(id(function))
    code = function.__code__
    cells = dict(zip(code.co_freevars, function.__closure__ or ()))
    used = {name: cell.cell_contents for name, cell in cells.items() if _is_filled(cell)}
    used.update({n: function.__globals__[n] for n in code.co_names if n in function.__globals__})
    found = [_parts(code), [_text(one, CONFIG_DEPTH) for one in function.__defaults__ or ()]]
    for name, value in sorted(used.items()):
        if isinstance(value, types.FunctionType):
            is_own = value.__code__.co_filename == code.co_filename and id(value) not in seen
            found.append((name, _uses(value, seen) if is_own else value.__qualname__))
        elif is_plain(value):
            found.append((name, _text(value, CONFIG_DEPTH)))
    return tuple(found)


def is_plain(value: Any) -> bool:
    """Whether ``value`` consists of numbers, texts and arrays alone."""
    if isinstance(value, dict):
        return all(map(is_plain, value.values()))
    if isinstance(value, (list, tuple)):
        return all(map(is_plain, value))
    return value is None or isinstance(value, (bool, int, float, str, bytes, np.ndarray))


def _is_filled(cell: Any) -> bool:
    try:
        return cell.cell_contents is not cell
    except ValueError:
        # The name has no value yet.
        return False


def _parts(code: types.CodeType) -> Tuple[Any, ...]:
    constants: List[Any] = [
        _parts(item)
        if isinstance(item, types.CodeType)
        else sorted(map(repr, item))
        if isinstance(item, frozenset)
        else repr(item)
        for item in code.co_consts
    ]
    return code.co_code, code.co_names, code.co_varnames, code.co_freevars, constants


def _digest(content: object) -> str:
    data = content if isinstance(content, bytes) else repr(content).encode("utf-8", "replace")
    return hashlib.blake2b(data, digest_size=8).hexdigest()


def config_of(holder: Any) -> Dict[str, str]:
    """The configuration of a layer by key, without ``trainable``; empty where it has none."""
    try:
        config = dict(holder.get_config())
    except Exception:
        # A layer of the user's own need not have one.
        return {}
    for key in FUNCTIONS_OF_LAMBDA:
        dumped = _dumped(config, key)
        if dumped is not None:
            # What the layer computes is in the graph.
            config[key] = "a lambda" if key == "function" else "a lambda %s" % dumped
            if key == "function":
                config.pop("arguments", None)
    return {str(key): shown(value) for key, value in config.items() if key != "trainable"}


def _dumped(config: Dict[str, Any], key: str) -> Optional[str]:
    """A digest of the function that a ``Lambda`` keeps as code, which holds its place in the file.

    Keras 2 writes code, defaults and closure (seen with 2.15 and 2.21), Keras 3 a dictionary of
    them (seen with 3.15); code is marshalled and in base 64.
    """
    value = config.get(key)
    if isinstance(value, dict) and key == "function" == value.get("class_name"):
        # A function with a name.
        return ""
    if isinstance(value, dict) and value.get("class_name") == "__lambda__":
        return _of_python_lambda(value) or _digest(_text(value.get("config"), CONFIG_DEPTH))
    if isinstance(value, (list, tuple)) and config.get(key + "_type") == "lambda":
        return _code_and_values(list(value)) or _digest(_text(list(value), CONFIG_DEPTH))
    return "" if key == "function" and isinstance(value, (list, tuple)) else None


def _of_python_lambda(value: Dict[str, Any]) -> Optional[str]:
    """A digest of a lambda in the configuration of any layer, as an activation is.

    Keras 2 writes ``{"value": [code, defaults, closure]}``, with its class or without it, Keras 3 a
    dictionary of the three (seen with tf-keras 2.21 and Keras 3.15). None of anything else.
    """
    found = value.get("config") if value.get("class_name") == "__lambda__" else value
    if not isinstance(found, dict):
        return None
    parts = found.get("value") if set(found) == {"value"} else [found.get(name) for name in PARTS]
    return _code_and_values(list(parts)) if isinstance(parts, (list, tuple)) else None


def _code_and_values(parts: List[Any]) -> Optional[str]:
    """A digest of marshalled code in base 64 and what it is called with; None of other values."""
    if len(parts) != len(PARTS) or not isinstance(parts[0], str):
        return None
    try:
        code = marshal.loads(base64.b64decode(parts[0]))
    except (ValueError, TypeError, EOFError):
        return None
    if not isinstance(code, types.CodeType):
        return None
    return _digest((code_digest(code), _text(parts[1:], CONFIG_DEPTH)))
