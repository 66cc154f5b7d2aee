"""Abstract values: what the analysis knows of a Python value while a model is built.

Values never change. What changes in Python (lists, dicts, objects, variables) stands in the heap,
and its values are the addresses of ``heap``.
"""

from __future__ import annotations

import ast
from collections.abc import Hashable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from transforms.interpret import limits
from transforms.interpret.value_kinds import Kind, Openness
from transforms.knowledge.tf_names import DTYPES


class Value:
    """What is known of a Python value; ``open`` is how far callers choose it."""

    __slots__ = ()
    kinds: int = Kind.OPAQUE
    open: int = Openness.CLOSED
    # Whether no object of the heap and no parameter stands in it.
    is_ground: bool = True
    # How many attributes of attributes there are in it.
    nesting: int = 0
    # How deep tuples nest in it, and how many values it is made of without the heap.
    depth: int = 0
    weight: int = 1


@dataclass(frozen=True, eq=False)
class Known(Value):
    """A literal whose value is known."""

    value: Hashable
    open: int = Openness.CLOSED

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """What it is."""
        return Kind.NONE if self.value is None else Kind.PLAIN

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Known)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )


@dataclass(frozen=True)
class Plain(Value):
    """A Python value that is no tensor; ``array`` where it may be a NumPy array.

    ``widened`` stands for more literals than are kept apart.
    """

    array: bool = False
    open: int = field(default=Openness.CLOSED, compare=False)
    widened: bool = False

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """What it is."""
        return Kind.ARRAY if self.array else Kind.PLAIN


@lru_cache(maxsize=limits.SHARED)
def opened_plain(array: bool, openness: int, widened: bool) -> Plain:
    """The same value for all Python values of which no more is known."""
    return Plain(array, openness, widened)


@dataclass(frozen=True)
class Eager(Value):
    """A TensorFlow tensor that is not symbolic."""

    kinds = Kind.EAGER


@dataclass(frozen=True)
class VariableValue(Value):
    """A ``tf.Variable``; ``tracked`` where it is a weight of a layer."""

    tracked: bool = False

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """What it is."""
        return Kind.VARIABLE | Kind.TRACKED * self.tracked


OF_OPTIONS = "options"
"""The dtype of a layer that is given the ``**options`` of the function around it.

Whoever calls that without a dtype gets one of the policy.
"""


@dataclass(frozen=True)
class Symbolic(Value):
    """A KerasTensor.

    ``dtype`` is a dtype name, ``policy`` for the compute dtype of a layer, ``OF_OPTIONS``, or
    ``unknown``.
    ``structured`` says that it may be a list or dict of KerasTensors (the result of a layer that
    is not known), ``certain`` that it is surely symbolic. ``scalings`` are the operators
    ``tensor * number`` that it comes from without a layer in between: Keras 3.15 takes the result
    of such a product for a sparse tensor, and a layer that is given one does not build.
    """

    dtype: str = "policy"
    certain: bool = True
    structured: bool = False
    scalings: frozenset[ast.AST] = frozenset()

    @cached_property
    def kinds(self) -> int:  # type: ignore[override]
        """What it is."""
        return Kind.SYMBOLIC if self.certain else Kind.UNCERTAIN

    def part(self) -> Symbolic:
        """An item of a list or dict of KerasTensors; where that is not certain, it may be one."""
        return Symbolic(self.dtype, self.certain, structured=not self.certain)


@lru_cache(maxsize=limits.SHARED)
def keras_tensor(dtype: str, certain: bool, structured: bool = False) -> Symbolic:
    """The same value for all KerasTensors of which no more is known: that is soon compared."""
    return Symbolic(dtype, certain, structured)


@dataclass(frozen=True)
class Parameter(Value):
    """An argument of a function that nobody calls in sight, or an item of it."""

    function: ast.AST
    name: str
    is_item: bool = False
    kinds = Kind.PARAMETER
    is_ground = False
    open = Openness.UNBOUNDED


@dataclass(frozen=True)
class Opaque(Value):
    """Nothing is known."""

    open: int = field(default=Openness.CLOSED, compare=False)


@dataclass(frozen=True)
class External(Value):
    """A module, class, function or constant of a package that is not analysed."""

    dotted: str
    open: int = field(default=Openness.CLOSED, compare=False)

    @property
    def kinds(self) -> int:  # type: ignore[override]
        """A dtype of TensorFlow looks like a function, and can be saved by name."""
        return Kind.CALLABLE | Kind.DTYPE if self.dotted in DTYPES else Kind.CALLABLE


@dataclass(frozen=True)
class ExternalObject(Value):
    """An instance of an external class, or what an external function returned."""

    dotted: str
    open: int = field(default=Openness.CLOSED, compare=False)


@dataclass(frozen=True)
class RecordClass(Value):
    """A class of named tuples with these fields."""

    fields: tuple[str, ...]
    defaults: tuple[Value, ...] = ()
    kinds = Kind.CALLABLE
    is_ground = False


@dataclass(frozen=True)
class LayerValue(Value):
    """A Keras layer or model object; ``structured`` as in :class:`Symbolic`.

    ``gives`` is what it makes of KerasTensors where several are known to come out; it holds nothing
    of the heap.
    """

    dotted: str
    dtype: str = "policy"
    structured: bool = False
    is_model: bool = False
    gives: Value | None = None
    kinds = Kind.LAYER


@lru_cache(maxsize=limits.SHARED)
def keras_layer(dotted: str, dtype: str, structured: bool) -> LayerValue:
    """The same value for all layers of a class of which no more is known."""
    return LayerValue(dotted, dtype, structured)


@dataclass(frozen=True)
class BoundMethod(Value):
    """A method of a value that is not an instance of an analysed class."""

    owner: Value
    name: str
    open: int = field(default=Openness.CLOSED, compare=False)
    kinds = Kind.CALLABLE
    is_ground = False

    @cached_property
    def nesting(self) -> int:  # type: ignore[override]
        """How many attributes of attributes it is."""
        return 1 + self.owner.nesting


@dataclass(frozen=True)
class CompiledFunction(Value):
    """What ``tf.function`` makes of a function: it runs on tensors that are not symbolic."""

    function: Value
    kinds = Kind.CALLABLE
    is_ground = False


@dataclass(frozen=True)
class Partial(Value):
    """``functools.partial``."""

    function: Value
    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]
    open: int = field(default=Openness.CLOSED, compare=False)
    kinds = Kind.CALLABLE
    is_ground = False


@dataclass(frozen=True)
class Unpacked(Value):
    """An unknown number of positional arguments (``*items``); ``item`` is each of them."""

    item: Value
    is_ground = False


NONE = Known(None)
PLAIN = Plain()
EAGER = Eager()
OPAQUE = Opaque()
ARRAY = Plain(array=True)
VARIABLE = VariableValue()
WEIGHT = VariableValue(tracked=True)
