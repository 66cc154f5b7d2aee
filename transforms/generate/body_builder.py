"""What the body of a new layer is built from, while it is built."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from transforms.interpret.symbolic import Analysis
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText

Form = Literal["plain", "array", "tensor", "activation"]


@dataclass(frozen=True, kw_only=True)
class Captured:
    """A value bound when the layer is made: its name inside, its source outside.

    ``form`` says how it is saved: an ``array`` or ``tensor`` as a list with its dtype.
    """

    name: str
    source: str
    form: Form


@dataclass(frozen=True, kw_only=True)
class LayerBody:
    """The inside of a layer and what it is given from outside.

    ``lines`` are the statements of ``call`` without indentation; ``result`` is the expression
    that it returns.
    """

    parameters: tuple[str, ...]
    arguments: tuple[str, ...]
    captured: tuple[Captured, ...]
    lines: tuple[str, ...]
    result: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class ModuleNames:
    """The names that a generated class can reach at module level.

    ``imported``, ``constants`` and ``functions`` are bound once; ``refer`` gives the way to write
    a key of the catalogue and the import that it needs.
    """

    imported: frozenset[str]
    constants: frozenset[str]
    functions: frozenset[str]
    refer: Callable[[str], tuple[str, str | None]]


@dataclass(kw_only=True)
class BodyBuilder:
    """The parameters, bound values and replaced texts found so far, and the first refusal."""

    analysis: Analysis
    text: SourceText
    names: ModuleNames
    prefix: str
    outside: Callable[[ast.expr], str]
    local: set[str] = field(default_factory=set)
    parameters: dict[str, str] = field(default_factory=dict)
    captured: dict[str, Captured] = field(default_factory=dict)
    replacements: dict[ast.AST, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    imports: list[str] = field(default_factory=list)
    refusal: Refusal | None = None
