"""Abstract values: what the analysis knows of a Python value while a model is built."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    from transforms.interpret.scopes import Scope

ALTERNATIVES_LIMIT = 8


@dataclass(frozen=True)
class Known:
    """A literal whose value is known."""

    value: object

    def __hash__(self) -> int:
        return hash((type(self.value), self.value))

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Known)
            and type(self.value) is type(other.value)
            and self.value == other.value
        )


@dataclass(frozen=True)
class Plain:
    """A Python value that is no tensor; ``array`` where it may be a NumPy array."""

    array: bool = False


@dataclass(frozen=True)
class Eager:
    """A TensorFlow tensor that is not symbolic."""


@dataclass(frozen=True)
class VariableValue:
    """A ``tf.Variable``."""


@dataclass(frozen=True)
class Symbolic:
    """A KerasTensor.

    ``dtype`` is a dtype name, ``policy`` for the compute dtype of a layer, or ``unknown``.
    ``structured`` says that it may be a list or dict of KerasTensors (the result of a layer that
    is not known), ``certain`` that it is surely symbolic. ``scalings`` are the operators
    ``tensor * number`` that it comes from without a layer in between: Keras 3.15 takes the result
    of such a product for a sparse tensor, and a layer that is given one does not build.
    """

    dtype: str = "policy"
    certain: bool = True
    structured: bool = False
    scalings: frozenset[ast.AST] = frozenset()

    def part(self) -> Symbolic:
        """An item of a list or dict of KerasTensors; where that is not certain, it may be one."""
        return Symbolic(self.dtype, self.certain, structured=not self.certain)


@dataclass(frozen=True)
class Parameter:
    """An argument of a function that nobody calls in sight, or an item of it."""

    function: ast.AST
    name: str
    is_item: bool = False


@dataclass(frozen=True)
class Opaque:
    """Nothing is known."""


@dataclass(frozen=True)
class External:
    """A module, class, function or constant of a package that is not analysed."""

    dotted: str


@dataclass(frozen=True)
class ExternalObject:
    """An instance of an external class, or what an external function returned."""

    dotted: str


@dataclass(frozen=True)
class LayerValue:
    """A Keras layer or model object; ``structured`` as in :class:`Symbolic`."""

    dotted: str
    dtype: str = "policy"
    structured: bool = False
    is_model: bool = False


@dataclass(frozen=True)
class BoundMethod:
    """A method of a value that is not an instance of an analysed class."""

    owner: Value
    name: str


@dataclass(frozen=True)
class Partial:
    """``functools.partial``."""

    function: Value
    positional: tuple[Value, ...]
    keywords: tuple[tuple[str, Value], ...]


@dataclass(frozen=True, eq=False)
class Function:
    """A function of the analysed sources with the scope that it closes over."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    scope: Scope
    defaults: tuple[Value, ...] = ()
    keyword_defaults: tuple[Value | None, ...] = ()
    owner: Class | None = None
    opaque: bool = False
    static: bool = False
    is_property: bool = False


@dataclass(frozen=True)
class Method:
    """A function bound to an instance or a class."""

    function: Function
    receiver: Value


@dataclass(eq=False)
class Class:
    """A class of the analysed sources; ``role`` is what Keras sees in it."""

    node: ast.ClassDef
    scope: Scope
    bases: tuple[Value, ...]
    role: str


@dataclass(eq=False)
class Instance:
    """An instance of an analysed class."""

    cls: Class
    attributes: dict[str, Value] = field(default_factory=dict)
    version: int = 0


@dataclass(frozen=True)
class Super:
    """``super()``."""

    cls: Class
    receiver: Value


@dataclass(eq=False)
class Sequence:
    """A list, tuple, set, generator or namedtuple; ``items`` is None when its length is unknown."""

    items: list[Value] | None
    rest: Value | None = None
    kind: str = "list"
    fields: tuple[str, ...] = ()

    def element(self) -> Value:
        values = list(self.items or ())
        if self.rest is not None:
            values.append(self.rest)
        return join_all(values) if values else Opaque()


@dataclass(eq=False)
class Mapping:
    """A dict; ``rest`` holds the values under keys that are not known."""

    entries: dict[object, Value]
    rest: Value | None = None

    def element(self) -> Value:
        values = list(self.entries.values())
        if self.rest is not None:
            values.append(self.rest)
        return join_all(values) if values else Opaque()


def mapping_of(entries: dict[str, Value]) -> Mapping:
    """The dict with ``entries``, as ``**keywords`` makes it."""
    mapping = Mapping({})
    for name, value in entries.items():
        mapping.entries[name] = value
    return mapping


@dataclass(frozen=True)
class Unpacked:
    """An unknown number of positional arguments (``*items``); ``item`` is each of them."""

    item: Value


@dataclass(frozen=True)
class OneOf:
    """One of several values, depending on the path taken; the order is that of the source."""

    alternatives: tuple[Value, ...]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneOf) and set(self.alternatives) == set(other.alternatives)

    def __hash__(self) -> int:
        return hash(frozenset(self.alternatives))


Value = Union[  # noqa: UP007 - the names are not all defined where it is first used
    Known,
    Plain,
    Eager,
    VariableValue,
    Symbolic,
    Parameter,
    Opaque,
    External,
    ExternalObject,
    LayerValue,
    BoundMethod,
    Partial,
    Function,
    Method,
    Class,
    Instance,
    Super,
    Sequence,
    Mapping,
    Unpacked,
    OneOf,
]


def alternatives(value: Value) -> Iterator[Value]:
    """The values that ``value`` may be."""
    if isinstance(value, OneOf):
        yield from value.alternatives
    else:
        yield value


def not_none(value: Value) -> Value:
    """``value`` where code has used it in a way that ``None`` would not survive."""
    if isinstance(value, OneOf):
        kept = [item for item in value.alternatives if item != Known(None)]
        return join_all(kept) if kept else value
    return value


def join(left: Value, right: Value) -> Value:
    """What is known of a value that is either ``left`` or ``right``."""
    if left is right or left == right:
        return left
    merged = list(dict.fromkeys((*alternatives(left), *alternatives(right))))
    if len(merged) > ALTERNATIVES_LIMIT:
        known = (
            Plain() if isinstance(value, Known) and value.value is not None else value
            for value in merged
        )
        merged = list(dict.fromkeys(known))
    if len(merged) > ALTERNATIVES_LIMIT:
        symbolic = [value for value in merged if isinstance(value, Symbolic)]
        merged = [Opaque(), *symbolic[:ALTERNATIVES_LIMIT]]
    return merged[0] if len(merged) == 1 else OneOf(tuple(merged))


def join_all(values: Iterable[Value]) -> Value:
    """The join of one or more values."""
    result: Value | None = None
    for value in values:
        result = value if result is None else join(result, value)
    return Opaque() if result is None else result
