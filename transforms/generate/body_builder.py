"""What the body of a new layer is built from, while it is built."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from transforms.generate.changed_later import Changes
from transforms.generate.effects import Effects
from transforms.interpret.symbolic import Analysis
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText

# Stands for an argument that is left out until the text is put together.
DROPPED = "\0"
Form = Literal["plain", "array", "tensor", "activation"]


@dataclass(frozen=True, kw_only=True)
class Captured:
    """A value bound when the layer is made: its name inside, its source outside.

    ``form`` says how it is saved: ``plain`` as it is, ``array`` and ``tensor`` as a list with its
    dtype, ``activation`` by its name in Keras. ``default`` is the literal that it has where it is
    not given, if any. ``is_copied`` says that it is a list which is changed in place somewhere.
    """

    name: str
    source: str
    form: Form
    default: str | None = None
    is_copied: bool = field(default=False, compare=False)

    @property
    def given(self) -> str:
        """What a layer is given: what happens to the list later does not happen to the layer."""
        return f"[*{self.source}]" if self.is_copied else self.source


@dataclass(frozen=True, kw_only=True)
class LayerBody:
    """The inside of a layer and what it is given from outside.

    ``parameters`` are the names of the operands inside, ``arguments`` the expressions for them
    outside; ``in_list`` says that a class takes these as one list, and those in ``optional`` may be
    None. ``lines`` are the statements of
    ``call`` without indentation; ``result`` is the expression that it returns. ``metrics`` are
    the names of means that the layer keeps, ``functions`` the keys of the ops by how it calls them.
    """

    parameters: tuple[str, ...]
    arguments: tuple[str, ...]
    captured: tuple[Captured, ...]
    lines: tuple[str, ...]
    result: str
    imports: tuple[str, ...] = ()
    in_list: bool = False
    metrics: tuple[str, ...] = ()
    functions: Mapping[str, str] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ModuleNames:
    """The names at module level that a generated class can rely on.

    They keep one value: ``imported`` names, ``constants``, and ``functions`` with classes.
    ``lists`` are changed in place, by the lines on which their names stand for them, and
    ``changes`` those of all values.
    ``paths`` are what the imported names stand for, ``effects`` what its expressions do.
    ``refer`` takes a key of the catalogue and gives the expression for it in this module and the
    import that the expression needs, if any.
    """

    imported: frozenset[str]
    constants: frozenset[str]
    functions: frozenset[str]
    lists: Mapping[str, Sequence[range]]
    changes: Changes
    effects: Effects
    refer: Callable[[str], tuple[str, str | None]]
    paths: Mapping[str, str] = field(default_factory=dict)

    def without(self, hidden: frozenset[str]) -> ModuleNames:
        """What code can rely on where the names ``hidden`` stand for something of its own."""
        return replace(
            self,
            imported=self.imported - hidden,
            constants=self.constants - hidden,
            functions=self.functions - hidden,
            paths={name: path for name, path in self.paths.items() if name not in hidden},
        )


@dataclass(kw_only=True)
class BodyBuilder:
    """The body of one layer while it is put together.

    ``prefix`` stands before the names of bound values (``self.`` in a class). ``outside`` gives the
    source of an operand as it will stand outside the layer. ``local`` are names that the layer's
    own statements have bound. Parameters in ``optional`` may be None. ``parameters`` and
    ``captured`` are keyed by their source outside. ``replacements`` are the texts that stand inside
    for parts of the source, and ``taken`` the names inside that nothing else may get. ``defaults``
    are the literals that values have where they are not given. ``given`` are arguments to bind
    under the names that stand there, with their ``forms``; in the place of those in ``blank``
    stands nothing, and the argument ``dropped`` is left out. ``uses`` are the places of each bound
    value, by its name, and of each operand, by its source. ``is_guessed`` says that
    verification decides over what is written. The first ``refusal`` counts.
    """

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
    defaults: Mapping[str, str] = field(default_factory=dict)
    given: Mapping[ast.expr, str] = field(default_factory=dict)
    blank: frozenset[ast.expr] = frozenset()
    dropped: ast.keyword | None = None
    is_guessed: bool = False
    optional: set[str] = field(default_factory=set)
    forms: dict[ast.expr, Form] = field(default_factory=dict)
    uses: dict[str, list[ast.expr]] = field(default_factory=dict)
    imports: list[str] = field(default_factory=list)
    refusal: Refusal | None = None
