"""Runs programs on stand-ins for TensorFlow and Keras that only keep what is symbolic."""

from __future__ import annotations

import builtins
import sys
from collections import defaultdict, deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import cycle
from types import CodeType, ModuleType, SimpleNamespace
from typing import Any


class Tensor:
    """A stand-in for a KerasTensor."""

    def __bool__(self) -> bool:
        raise TypeError("no truth")

    def __eq__(self, other: object) -> bool:
        return self is other

    __hash__ = object.__hash__


def holds(item: object, seen: tuple[int, ...] = ()) -> bool:
    """Whether an argument is, or holds, a tensor."""
    if isinstance(item, Tensor) or id(item) in seen:
        return isinstance(item, Tensor)
    if isinstance(item, dict):
        return any(holds(part, (*seen, id(item))) for part in item.values())
    if isinstance(item, (list, tuple, deque)):
        return any(holds(part, (*seen, id(item))) for part in item)
    return False


def run_on_stubs(code: CodeType) -> dict[int, set[bool]]:
    """Run a program several times; for each line with ops, whether they were given tensors."""
    seen: dict[int, set[bool]] = defaultdict(set)
    for bits in _choices():
        _run(code, bits, seen)
    return seen


def _run(code: CodeType, bits: list[bool], seen: dict[int, set[bool]]) -> None:
    """Run a program once; ``bits`` are what ``choose`` gives, over and over."""
    turns = cycle(bits)
    left = [60]

    def choose() -> bool:
        left[0] -= 1
        if left[0] < 0:
            raise KeyboardInterrupt
        return next(turns)

    def op(*values: object) -> object:
        if any(isinstance(value, (list, deque)) and not value for value in values):
            raise ValueError
        symbolic = holds(values)
        seen[sys._getframe(1).f_lineno].add(symbolic)
        return Tensor() if symbolic else 1.0

    def layer(*_: object) -> Callable[..., object]:
        return lambda *values: Tensor() if holds(values) else 1.0

    keras = SimpleNamespace(Input=lambda shape: Tensor(), layers=SimpleNamespace(Dense=layer))
    tensorflow = SimpleNamespace(abs=op, add_n=op, keras=keras)
    stubs: dict[str, Any] = {
        "tensorflow": tensorflow,
        "tensorflow.keras": keras,
        "settings": SimpleNamespace(choose=choose),
    }

    def import_(name: str, *arguments: Any, **named: Any) -> Any:
        return stubs[name] if name in stubs else builtins.__import__(name, *arguments, **named)

    module = ModuleType("program")
    module.__dict__["__builtins__"] = {**vars(builtins), "__import__": import_}
    sys.modules["program"] = module
    # A program may fail: what ran before has run.
    with suppress(Exception, KeyboardInterrupt):
        exec(code, module.__dict__)


def _choices() -> Iterator[list[bool]]:
    """What ``choose`` gives in several runs."""
    yield [True]
    yield [False]
    yield [True, False]
    yield [False, False, True]
    yield [True, True, False, True, False, False]
    yield [False, True, True, False, False, True, False]
