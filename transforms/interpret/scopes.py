"""What the analysis records of each expression, for planning."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field

from transforms.interpret.objects import Module
from transforms.interpret.value_kinds import Kind, Openness

__all__ = ["Fact", "Module", "OpFact"]


@dataclass(init=False)
class Fact:
    """What was seen at one expression over all its evaluations.

    ``open`` says how far callers choose what it is (:class:`Openness`). Each expression has one,
    and most say little: what is not set is that of the class.
    """

    kinds: int = Kind.NOTHING
    dtypes: frozenset[str] = frozenset()
    structured: bool = False
    mixed: bool = False
    scalings: frozenset[ast.AST] = frozenset()
    open: int = Openness.CLOSED
    # The last value: where it comes again there is nothing to add.
    last: object = field(default=None, repr=False, compare=False)

    def include(self, other: Fact) -> None:
        """Add what ``other`` saw at the same node."""
        self.kinds |= other.kinds
        if other.dtypes:
            self.dtypes |= other.dtypes
            self.structured = self.structured or other.structured
            self.scalings |= other.scalings
        self.mixed = self.mixed or other.mixed
        self.open = max(self.open, other.open)


@dataclass
class OpFact:
    """What was seen at one call, operator or subscript.

    ``keys`` are the ops applied to symbolic tensors there, ``eager`` says that it also ran
    without one, ``other`` that it was also something else (a layer, a function of the sources),
    ``native`` that Keras 3 applies it to KerasTensors itself (operators, slices). ``open`` says
    that callers choose which op it is: ``keys`` are the alternatives in sight, and with
    ``Openness.UNBOUNDED`` there may be others. ``observed`` ops were seen in a run alone.
    """

    keys: tuple[str, ...] = ()
    eager: bool = False
    other: bool = False
    native: bool = True
    certain: bool = True
    library: bool = False
    open: int = Openness.CLOSED
    observed: bool = False

    def include(self, other: OpFact) -> None:
        """Add what ``other`` saw at the same node."""
        self.keys = tuple(dict.fromkeys((*self.keys, *other.keys)))
        self.eager = self.eager or other.eager
        self.other = self.other or other.other
        self.native = self.native and other.native
        self.certain = self.certain and other.certain
        self.library = self.library or other.library
        self.open = max(self.open, other.open)
