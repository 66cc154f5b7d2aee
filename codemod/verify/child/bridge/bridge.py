"""Letting source with raw ops build its models under Keras 3, as it does under Keras 2.

TensorFlow asks its global dispatchers when an op raises TypeError or ValueError, and a
``KerasTensor`` raises ValueError where it is converted. What never reaches TensorFlow is replaced
at ``KerasTensor``: operators, ``==``, slices, iteration, and what Keras 2 has at shapes and dtypes.
Operators have TensorFlow's meaning, which is the original's. Code of Keras, and of TensorFlow that
Keras calls, gets Keras 3's own answers. Seen with Keras 3.0.5, 3.3.3, 3.6.0, 3.10.0 and 3.15.1.
"""

from __future__ import annotations

import functools
import importlib
import inspect
import sys
from typing import Any, Callable, Dict, List, Optional, Sequence

from ..protocol import BRIDGED
from .additions import adding_loss, adding_metric, layer_classes
from .bridged_op import RecordedCall, Slot, bridged_op_class, mapped
from .callers import is_users, is_users_whole
from .operators import key_of, other_meaning
from .patches import Patches
from .static_values import (
    NamedDType,
    StaticShape,
    attribute_for_users,
    first_size,
    set_shape,
)

BINARY = "add sub mul truediv floordiv mod pow matmul and or xor".split()
METHODS = [
    *("__%s%s__" % (side, name) for name in BINARY for side in ("", "r")),
    *("__%s__" % name for name in "lt le gt ge neg abs invert getitem".split()),
]
# Modules that have, or in this Keras lack, the functions of the first of them. The last one of
# each is another object than what `tf.keras` has under that name.
FUNCTIONS = (
    "keras.src.legacy.backend keras.backend keras._tf_keras.keras.backend "
    "tensorflow.keras.backend".split(),
    "keras.losses keras._tf_keras.keras.losses tensorflow.keras.losses".split(),
)
# Functions of the backend of Keras 2 that compute nothing.
STATIC: Dict[str, Callable[[Any], Any]] = {
    "int_shape": lambda x: tuple(x.shape),
    "ndim": lambda x: len(x.shape),
    "dtype": lambda x: str(x.dtype),
}

OnMade = Callable[[Any, Sequence[Any], Dict[str, Any], Any], None]
"""Is told the function or the operator, its arguments, and the layer that was made for the call."""


class Bridge:
    """While it is entered, raw ops on symbolic tensors of Keras 3 become layers."""

    def __init__(self, tf: Any, on_made: OnMade) -> None:
        from tensorflow.python.util import (  # type: ignore[import-untyped,unused-ignore]
            dispatch,
        )

        self._tf = tf
        self._keras = importlib.import_module("keras")
        self._dispatch = dispatch
        self._on_made = on_made
        self._op_class, self._calls = bridged_op_class(tf, self._keras)
        self._made = 0
        self._meanings: Dict[object, str] = {}
        self._patches = Patches()

    def __enter__(self) -> Bridge:
        symbolic = self._keras.KerasTensor
        self._dispatch._GLOBAL_DISPATCHERS.append(self)
        put = functools.partial(self._patches.put, symbolic)
        own = {name: getattr(symbolic, name) for name in METHODS}
        own.update(__eq__=lambda x, y: x is y, __ne__=lambda x, y: x is not y)
        for name, method in own.items():
            put(name, self._method(getattr(self._tf.Tensor, name), method, name))
        put("__hash__", object.__hash__)
        # NumPy then leaves operators to the tensor.
        put("__array_ufunc__", None)
        put("__iter__", lambda x: iter([x[index] for index in range(first_size(x))]))
        put("get_shape", lambda x: StaticShape(x.shape))
        put("set_shape", set_shape)
        put("shape", attribute_for_users(symbolic, "shape", StaticShape))
        put("dtype", attribute_for_users(symbolic, "dtype", NamedDType))
        self._put_functions()
        loss = self._keras.losses.Loss
        self._patches.put(loss, "__call__", self._method(loss.__call__, loss.__call__))
        self._put_additions()
        return self

    def __exit__(self, *_: object) -> None:
        self._dispatch._GLOBAL_DISPATCHERS.remove(self)
        self._patches.undo()

    def other_meaning(self, layer: Any) -> str:
        """How Keras 3 means an operator otherwise than TensorFlow; empty where it does not."""
        recorded = self._calls[layer.index]
        key = key_of(recorded)
        if key not in self._meanings:
            self._meanings[key] = other_meaning(self._tf, self._keras, recorded)
        return self._meanings[key]

    def handle(self, op: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """Called by TensorFlow's ``dispatch`` for a call that failed; its caller is 3 frames up."""
        found = self._layer(op, args, kwargs, "") if is_users_whole(sys._getframe(3)) else None
        return self._dispatch.OpDispatcher.NOT_SUPPORTED if found is None else found[0]

    def _put_additions(self) -> None:
        functional = importlib.import_module("keras.src.models.functional").Functional
        classes = layer_classes(self._keras)
        loss = adding_loss(self._tf, self._keras, functional.add_loss, classes)
        self._patches.put(functional, "add_loss", loss)
        refused = getattr(functional, "add_metric", _no_metric)
        self._patches.put(functional, "add_metric", adding_metric(self._keras, refused, classes))

    def _put_functions(self) -> None:
        # All are imported before any is patched: importing one binds names of another.
        groups = [[importlib.import_module(name) for name in names] for names in FUNCTIONS]
        static = {**STATIC, "is_keras_tensor": self._is_symbolic}
        for source, *places in groups:
            for place in (source, *places):
                # What a place alone has, such as `mse`, Keras 3 takes itself, and Keras 2 wraps.
                functions = {**_functions_of(source), **_functions_of(place)}
                for name, function in functions.items():
                    own = vars(place).get(name, function)
                    self._patches.put(place, name, static.get(name) or self._method(own, own))

    def _is_symbolic(self, value: Any) -> bool:
        return isinstance(value, self._keras.KerasTensor)

    def _layer(
        self,
        function: Callable[..., Any],
        args: Sequence[Any],
        kwargs: Dict[str, Any],
        operator: str,
    ) -> Optional[List[Any]]:
        """[What a new layer that calls ``function`` gives], or None where none is to be made."""
        tensors: List[Any] = []

        def taken(value: Any) -> Any:
            if not self._is_symbolic(value):
                return value
            tensors.append(value)
            return Slot(len(tensors) - 1)

        arguments = mapped(taken, (tuple(args), dict(kwargs)))
        # In a layer, or in a function of the user that is traced, tensors are no part of a model.
        if not tensors or self._tf.inside_function():
            return None
        for tensor in tensors:
            if tensor.sparse and type(tensor._keras_history.operation).__name__ == "Multiply":
                # Keras 3.15 marks `tensor * 2.0` as sparse.
                tensor._sparse = False
        name = (operator or getattr(function, "__name__", "call")).strip("_<>")
        self._calls.append(RecordedCall(function, arguments, tensors, operator))
        layer = self._op_class(len(self._calls) - 1, name="%s%d_%s" % (BRIDGED, self._made, name))
        found = layer.traced(tensors)
        if not any(map(self._is_symbolic, self._tf.nest.flatten(found))):
            # An assertion, tf.print, a static value: no part of the model, as under Keras 2.
            return [found]
        self._calls[-1].known.append(found)
        self._made += 1
        result = layer(tensors)
        self._on_made(operator or function, args, kwargs, layer)
        return [result]

    def _method(
        self, function: Callable[..., Any], before: Callable[..., Any], operator: str = ""
    ) -> Any:
        """``function`` as a layer where users call it with symbolic tensors, else ``before``."""

        @functools.wraps(before)
        def method(*args: Any, **kwargs: Any) -> Any:
            is_asked = is_users(sys._getframe(1))
            found = self._layer(function, args, kwargs, operator) if is_asked else None
            return before(*args, **kwargs) if found is None else found[0]

        return method


def _functions_of(module: Any) -> Dict[str, Callable[..., Any]]:
    return {name: value for name, value in vars(module).items() if inspect.isfunction(value)}


def _no_metric(*_: Any, **__: Any) -> None:
    raise NotImplementedError("Keras 3 takes no metrics of a model")
