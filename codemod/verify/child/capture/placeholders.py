"""Values that a statement which did not run would have given; a model may not be made of them."""

from __future__ import annotations

import dis
import sys
import types
from typing import Any, Iterator, Tuple

from ..protocol import Told
from ..told import plain, told


class MissingValueError(Exception):
    """A placeholder was used where a real value is needed; it says what is missing and why."""

    def __init__(self, placeholder: Placeholder) -> None:
        self.missing: Told = told("`%s`: " % placeholder._name, placeholder._reason)
        self.reason: Told = placeholder._reason
        super().__init__(plain(self.missing))


class Placeholder:
    """Stands for a value that is not there, so that statements that only pass it on can run.

    Attributes, items, calls and arithmetic give placeholders again. Numbers, truth by comparison
    and tensors cannot be made of it: that raises :class:`MissingValueError`.
    """

    def __init__(self, name: str, reason: Told) -> None:
        self.__dict__["_name"] = name
        self.__dict__["_reason"] = reason

    def __repr__(self) -> str:
        return "`%s`: %s" % (self._name, plain(self._reason))

    def __getattr__(self, name: str) -> Any:
        # NumPy, TensorFlow and copy ask for protocols, which a placeholder does not have.
        if name.startswith(("__", "_tf_")):
            raise AttributeError(name)
        return type(self)("%s.%s" % (self._name, name), self._reason)

    def __setattr__(self, name: str, value: Any) -> None:
        return None

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if len(args) == 1 and not kwargs and isinstance(args[0], (types.FunctionType, type)):
            return args[0]  # A decorator: what it decorates is there.
        if _holds_symbolic(args) or _holds_symbolic(tuple(kwargs.values())):
            raise MissingValueError(self)
        if self._name.endswith("()"):
            return self
        return type(self)(self._name + "()", self._reason)

    def __getitem__(self, key: Any) -> Any:
        return type(self)(self._name + "[]", self._reason)

    def __setitem__(self, key: Any, value: Any) -> None:
        return None

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *error: Any) -> None:
        return None

    def __iter__(self) -> Iterator[Any]:
        """As many placeholders as are unpacked; none for a loop."""
        return iter([self[index] for index in range(_unpacked(sys._getframe(1)))])

    def __mro_entries__(self, bases: Tuple[Any, ...]) -> Tuple[type, ...]:
        """A class that is derived from a placeholder can be defined, but no model made of it."""
        placeholder = self

        class MissingBase:
            def __init__(self, *args: Any, **kwargs: Any) -> None:
                return None

            def __getattr__(self, name: str) -> Any:
                return getattr(placeholder, name)

            def __call__(self, *args: Any, **kwargs: Any) -> Any:
                return placeholder(*args, **kwargs)

        return (MissingBase,)

    def _combined(self, *others: Any) -> Any:
        if _holds_symbolic(others):
            raise MissingValueError(self)
        return self

    def _needed(self, *others: Any) -> Any:
        raise MissingValueError(self)

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _combined
    __truediv__ = __rtruediv__ = __floordiv__ = __rfloordiv__ = __mod__ = __rmod__ = _combined
    __pow__ = __rpow__ = __matmul__ = __rmatmul__ = __neg__ = __abs__ = __invert__ = _combined
    __and__ = __rand__ = __or__ = __ror__ = _combined
    __lt__ = __le__ = __gt__ = __ge__ = _needed
    __int__ = __index__ = __float__ = __len__ = __array__ = __bool__ = __contains__ = _needed


class Absent(Placeholder):
    """What a package would have given that is not there: a module that asks it is told no.

    So the rest of the module can be imported, also where functions ask that it calls meanwhile.
    Elsewhere it is a placeholder like any other.
    """

    def _asked(self, *others: Any) -> bool:
        frame: Any = sys._getframe(1)
        while frame is not None and frame.f_code.co_name != "<module>":
            frame = frame.f_back
        # Statements of scripts are left out one by one.
        if frame is None or frame.f_globals.get("__name__") == "__main__":
            raise MissingValueError(self)
        return False

    __bool__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = _asked

    def __len__(self) -> int:
        return int(self._asked())

    def __instancecheck__(self, value: Any) -> bool:
        """Nothing is of a class that is not there."""
        if isinstance(value, Placeholder):
            raise MissingValueError(self)
        return False


def require_values(*values: Any) -> None:
    """Raise :class:`MissingValueError` where one of ``values``, or an item of it, is missing."""
    for value in values:
        if isinstance(value, Placeholder):
            raise MissingValueError(value)
        if isinstance(value, dict):
            require_values(*value.values())
        elif type(value) in (list, tuple):
            require_values(*value)


def _holds_symbolic(values: Any) -> bool:
    if isinstance(values, (list, tuple)):
        return any(_holds_symbolic(value) for value in values)
    return any(cls.__name__ in ("KerasTensor", "Layer") for cls in type(values).__mro__)


def _unpacked(frame: types.FrameType) -> int:
    """How many values the running instruction of ``frame`` unpacks; 0 where it does not."""
    code = frame.f_code.co_code
    operation = dis.opname[code[frame.f_lasti]]
    return code[frame.f_lasti + 1] if operation == "UNPACK_SEQUENCE" else 0
