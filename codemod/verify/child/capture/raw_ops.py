"""Recording the raw ops that become layers, with their place in the source."""

from __future__ import annotations

import importlib
import itertools
import os
import sys
from dataclasses import dataclass
from types import FrameType
from typing import Any, Callable, Dict, Iterable, List, Optional, Sequence, Tuple, Union

from ..bridge.bridged_op import CLASS_NAME
from ..layers import leaf_layers
from ..protocol import RawOpRecord
from .stand_ins import is_of_library

OWN = os.path.dirname(os.path.dirname(os.path.abspath(__file__))) + os.sep


@dataclass(frozen=True)
class MadeOp:
    """A layer that was made for a raw op, with the op's place in the user's source.

    ``inner`` is the file that applies it, where that is another one of the project.
    """

    path: str
    line: int
    end_line: int
    column: int
    end_column: int
    op: str
    layer: str
    made: Any
    tensors: Tuple[Union[int, str], ...] = ()
    lists: Tuple[Union[int, str], ...] = ()
    in_block: bool = False
    inner: str = ""


OP_LAYERS = (
    "TFOpLambda",
    "SlicingOpLambda",
    "ClassMethod",
    "InstanceMethod",
    "InstanceProperty",
    CLASS_NAME,
)
COPYING = "clone_model"
# Where the functions stand that TensorFlow gives no name: in Keras 3, and how users call them.
OF_KERAS = {"keras.src.legacy.backend": "tf.keras.backend.", "keras.src.losses": "tf.keras.losses."}


def is_inside(
    op: MadeOp,
    first: int,
    last: int,
    is_certain: int = 0,
    column: int = 0,
    end_column: Optional[int] = None,
) -> bool:
    """Whether the op stands between the lines, and between the columns where both have them."""
    if op.column < 0 or end_column is None:
        return first <= op.line <= last
    return (first, column) <= (op.line, op.column) and (op.end_line, op.end_column) <= (
        last,
        end_column,
    )


def record_raw_ops(keras: Any, sources: Dict[str, bytes]) -> List[MadeOp]:
    """Record each op layer that Keras 2 makes from code in ``sources``, as it is made.

    In Keras 2 (seen with 2.10, 2.15 and tf-keras 2.21) the layers are in ``tf_op_layer``; Keras 3
    has none, and the list stays empty unless the bridge makes some.
    """
    records: List[MadeOp] = []
    module = _op_layer_module(keras)
    if module is None:
        return records
    for name in ("TFOpLambda", "ClassMethod", "InstanceProperty"):
        cls = getattr(module, name, None)
        if cls is not None:
            _hook(cls, records, sources)
    return records


def with_models(
    records: List[MadeOp], models: List[Any], inexact: Callable[[Any], str]
) -> List[RawOpRecord]:
    """The records with the indexes of the ``models`` that hold the op, ready for JSON.

    ``inexact`` tells of a layer how Keras 3 itself means its operator otherwise.
    """
    holders: Dict[int, List[int]] = {}
    for index, model in enumerate(models):
        for layer in leaf_layers(model):
            if is_op_layer(layer):
                holders.setdefault(id(layer), []).append(index)
    return [
        {
            "path": record.path,
            "line": record.line,
            "end_line": record.end_line,
            "column": record.column,
            "end_column": record.end_column,
            "op": record.op,
            "layer": record.layer,
            "tensors": list(record.tensors),
            "lists": list(record.lists),
            "in_block": record.in_block,
            "models": sorted(set(holders.get(id(record.made), []))),
            "inexact": inexact(record.made),
            "inner": record.inner,
        }
        for record in records
    ]


def is_op_layer(layer: Any) -> bool:
    """Whether ``layer`` was made for a raw op, by Keras 2 or by the bridge."""
    return type(layer).__name__ in OP_LAYERS


def _op_layer_module(keras: Any) -> Optional[Any]:
    root = keras.layers.Layer.__module__.rpartition(".engine")[0]
    if not root:
        return None
    for name in (root + ".layers.core.tf_op_layer", root + ".layers.core"):
        try:
            module = importlib.import_module(name)
        except ImportError:
            continue
        if hasattr(module, "TFOpLambda"):
            return module
    return None


def _hook(cls: Any, records: List[MadeOp], sources: Dict[str, bytes]) -> None:
    call = cls.__call__
    made: Dict[int, Any] = {}

    def recording_call(self: Any, *args: Any, **kwargs: Any) -> Any:
        result = call(self, *args, **kwargs)
        # A model that is called calls the layers that were made for its raw ops once more.
        is_new = id(self) not in made
        made[id(self)] = self
        if is_new:
            _record(records, sources, sys._getframe(1), self, _op_name(self), (args, kwargs))
        return result

    cls.__call__ = recording_call


def bridged_op_recorder(
    records: List[MadeOp], sources: Dict[str, bytes]
) -> Callable[[Any, Sequence[Any], Dict[str, Any], Any], None]:
    """What notes in ``records`` each op of code in ``sources`` that the bridge makes a layer."""

    def on_made(function: Any, args: Sequence[Any], kwargs: Dict[str, Any], layer: Any) -> None:
        name = _function_name(function)
        _record(records, sources, sys._getframe(1), layer, name, (args, kwargs))

    return on_made


def _record(
    records: List[MadeOp],
    sources: Dict[str, bytes],
    made_by: FrameType,
    layer: Any,
    op: str,
    arguments: Tuple[Sequence[Any], Dict[str, Any]],
) -> None:
    frame = user_frame(made_by, sources)
    if frame is None or _is_copied(made_by, frame):
        return
    line, end_line, column, end_column = _position(frame, sources)
    records.append(
        MadeOp(
            path=frame.f_code.co_filename,
            line=line,
            end_line=end_line,
            column=column,
            end_column=end_column,
            op=op,
            layer=str(layer.name),
            made=layer,
            tensors=_places(_holds_symbolic, *arguments),
            lists=_places(_is_symbolic_list, *arguments),
            inner=_inner_file(made_by, frame),
        )
    )


def _function_name(function: Any) -> str:
    """The name that users know a function by, or the method ``function`` of an operator."""
    from tensorflow.python.util import (  # type: ignore[import-untyped,unused-ignore]
        tf_export,
    )

    if isinstance(function, str):
        return "tf.__operators__.%s" % function.strip("_")
    name = str(getattr(function, "__name__", type(function).__name__))
    known = tf_export.get_canonical_name_for_symbol(function, add_prefix_to_v1_names=True)
    if known:
        return "tf.%s" % known
    module = str(getattr(function, "__module__", ""))
    prefix = next((to for start, to in OF_KERAS.items() if module.startswith(start)), "")
    return prefix + name


def _places(
    holds: Callable[[Any], bool], args: Sequence[Any], kwargs: Dict[str, Any]
) -> Tuple[Union[int, str], ...]:
    places = [place for place, value in enumerate(args) if holds(value)]
    return (*places, *(name for name, value in kwargs.items() if holds(value)))


def _holds_symbolic(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return any(_holds_symbolic(item) for item in value)
    return any(cls.__name__ == "KerasTensor" for cls in type(value).__mro__)


def _is_symbolic_list(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(
        not isinstance(item, (list, tuple)) and _holds_symbolic(item) for item in value
    )


def user_frame(frame: Optional[FrameType], sources: Iterable[str]) -> Optional[FrameType]:
    """The innermost frame at or above ``frame`` that runs code of ``sources``."""
    while frame is not None:
        if frame.f_code.co_filename in sources:
            return frame
        frame = frame.f_back
    return None


def _is_copied(made_by: FrameType, user: FrameType) -> bool:
    """Whether Keras makes the layer of one that a model has: the op stands where that was made."""
    frame: Optional[FrameType] = made_by
    while frame is not None and frame is not user:
        if frame.f_code.co_name == COPYING and "keras" in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False


def _inner_file(frame: Optional[FrameType], outer: FrameType) -> str:
    """The innermost file of the project between ``frame`` and ``outer``; none where there is none.

    What is installed is of no project, and neither is this package.
    """
    while frame is not None and frame is not outer:
        path = frame.f_code.co_filename
        if path.endswith(".py") and not (path.startswith(OWN) or is_of_library(path)):
            return path
        frame = frame.f_back
    return ""


def _position(frame: FrameType, sources: Dict[str, bytes]) -> Tuple[int, int, int, int]:
    line = frame.f_lineno
    positions = getattr(frame.f_code, "co_positions", None)
    if positions is None:
        return line, line, -1, -1
    found = next(itertools.islice(positions(), frame.f_lasti // 2, None), None)
    if found is None or None in found:
        return line, line, -1, -1
    first, last, start, end = found
    lines = sources[frame.f_code.co_filename].splitlines()
    return first, last, _characters(lines, first, start), _characters(lines, last, end)


def _characters(lines: List[bytes], line: int, offset: int) -> int:
    """A column in characters: the code object counts bytes of UTF-8."""
    if line > len(lines) or lines[line - 1].isascii():
        return offset
    try:
        return len(lines[line - 1].decode("utf-8").encode("utf-8")[:offset].decode("utf-8"))
    except UnicodeDecodeError:
        return -1


def _op_name(layer: Any) -> str:
    symbol = getattr(layer, "symbol", None)
    if symbol:
        return "tf." + str(symbol)
    for name in ("method_name", "attr_name"):
        if hasattr(layer, name):
            return str(getattr(layer, name))
    return type(layer).__name__
