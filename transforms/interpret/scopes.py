"""Name spaces and the state of one analysis."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from transforms.interpret.value_kinds import Kind, all_symbolic, kind_of, symbolic_parts
from transforms.interpret.values import (
    Class,
    Function,
    Instance,
    Mapping,
    Parameter,
    Sequence,
    Symbolic,
    Value,
    join,
)

# About half a second; the limit of a module is for all that is run of it.
STEP_LIMIT = 100_000
MODULE_STEP_LIMIT = 160_000
CALL_DEPTH_LIMIT = 32
CONTEXTS_LIMIT = 10


class AnalysisLimit(Exception):
    """The analysis of a module took more steps than it may."""


@dataclass(eq=False)
class Module:
    """A parsed source file with its name space."""

    name: str
    path: Path
    tree: ast.Module
    is_package: bool = False
    star_imports: list[str] = field(default_factory=list)
    steps: int = 0
    scope: Scope = field(init=False)

    def __post_init__(self) -> None:
        self.scope = Scope(module=self)


@dataclass(eq=False)
class Scope:
    """The variables of a module, a class body or one call of a function."""

    module: Module
    parent: Scope | None = None
    function: ast.AST | None = None
    variables: dict[str, Value] = field(default_factory=dict)
    outer_names: set[str] = field(default_factory=set)
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)
    owner: Class | None = None
    receiver: Value | None = None
    is_class: bool = False
    parameters: frozenset[str] = frozenset()

    def lookup(self, name: str) -> Value | None:
        """The value of ``name`` here or in an enclosing scope, or None."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.variables and (scope is self or not scope.is_class):
                return scope.variables[name]
            scope = scope.parent
        return None

    def bind(self, name: str, value: Value) -> None:
        """Bind ``name``, in the enclosing scope where it is declared global or nonlocal."""
        if name in self.outer_names and self.parent is not None:
            scope = self.parent
            while scope.parent is not None and name not in scope.variables:
                scope = scope.parent
            previous = scope.variables.get(name)
            scope.variables[name] = value if previous is None else join(previous, value)
        else:
            self.variables[name] = value


@dataclass
class Fact:
    """What was seen at one expression over all its evaluations."""

    kinds: int = Kind.NOTHING
    dtypes: frozenset[str] = frozenset()
    structured: bool = False
    mixed: bool = False
    scalings: frozenset[ast.AST] = frozenset()

    def include(self, other: Fact) -> None:
        """Add what ``other`` saw at the same node."""
        self.kinds |= other.kinds
        self.dtypes |= other.dtypes
        self.structured = self.structured or other.structured
        self.mixed = self.mixed or other.mixed
        self.scalings |= other.scalings


@dataclass
class OpFact:
    """What was seen at one call, operator or subscript.

    ``keys`` are the ops applied to symbolic tensors there, ``eager`` says that it also ran
    without one, ``other`` that it was also something else (a layer, a function of the sources),
    ``native`` that Keras 3 applies it to KerasTensors itself (operators, slices).
    """

    keys: tuple[str, ...] = ()
    eager: bool = False
    other: bool = False
    native: bool = True
    certain: bool = True
    library: bool = False

    def include(self, other: OpFact) -> None:
        """Add what ``other`` saw at the same node."""
        self.keys = tuple(dict.fromkeys((*self.keys, *other.keys)))
        self.eager = self.eager or other.eager
        self.other = self.other or other.other
        self.native = self.native and other.native
        self.certain = self.certain and other.certain
        self.library = self.library or other.library


@dataclass
class State:
    """Everything that one analysis collects; it belongs to one call of ``analyse``."""

    load_module: Callable[[str], Module | None]
    facts: dict[ast.AST, Fact] = field(default_factory=dict)
    ops: dict[ast.AST, OpFact] = field(default_factory=dict)
    callers: dict[ast.AST, set[ast.AST]] = field(default_factory=dict)
    evaluated: set[ast.AST] = field(default_factory=set)
    escaped: set[ast.AST] = field(default_factory=set)
    functions: dict[ast.AST, Function] = field(default_factory=dict)
    classes: dict[ast.AST, Class] = field(default_factory=dict)
    instances: dict[ast.AST, Instance] = field(default_factory=dict)
    evidence: set[Parameter] = field(default_factory=set)
    memo: MutableMapping[object, Value] = field(default_factory=dict)
    results: MutableMapping[ast.AST, Value] = field(default_factory=dict)
    contexts: MutableMapping[ast.AST, int] = field(default_factory=dict)
    running: list[object] = field(default_factory=list)
    recursive: set[ast.AST] = field(default_factory=set)
    steps: int = 0
    limit: int = STEP_LIMIT
    branch_depth: int = 0
    layer_depth: int = 0
    module: Module | None = None
    modules_with_ops: set[Path] = field(default_factory=set)

    def step(self) -> None:
        """Count one step; raises :class:`AnalysisLimit` past the limit."""
        self.steps += 1
        if self.steps > self.limit:
            raise AnalysisLimit

    def note(self, node: ast.AST, value: Value) -> Value:
        """Record that the expression ``node`` held ``value``."""
        fact = self.facts.get(node)
        if fact is None:
            fact = self.facts[node] = Fact()
        if isinstance(value, Symbolic):
            fact.kinds |= Kind.SYMBOLIC if value.certain else Kind.UNCERTAIN
            if value.dtype not in fact.dtypes:
                fact.dtypes |= {value.dtype}
            fact.structured = fact.structured or value.structured
            if value.scalings:
                fact.scalings |= value.scalings
            return value
        fact.kinds |= kind_of(value)
        if fact.kinds & Kind.HOLDS_SYMBOLIC and isinstance(value, (Sequence, Mapping)):
            fact.mixed = fact.mixed or not all_symbolic(value)
            for part in symbolic_parts(value):
                fact.scalings |= part.scalings
                fact.dtypes |= {part.dtype}
        return value

    def applied_layer(self, parameters: Iterable[Parameter]) -> None:
        """Keep in mind that a layer made on the spot is applied to ``parameters``: KerasTensors.

        Inside the ``call`` of a layer it says nothing.
        """
        if self.layer_depth == 0:
            self.evidence.update(parameters)

    @contextmanager
    def inside_layer(self) -> Iterator[None]:
        """What is run in this context runs when Keras calls a layer."""
        self.layer_depth += 1
        try:
            yield
        finally:
            self.layer_depth -= 1

    def op(self, node: ast.AST) -> OpFact:
        """The record of the call, operator or subscript ``node``."""
        fact = self.ops.get(node)
        if fact is None:
            fact = self.ops[node] = OpFact()
        return fact


def merge_variables(target: Scope, branches: list[dict[str, Value]]) -> None:
    """Let ``target`` hold what is known after several branches that fall through."""
    if len(branches) == 1:
        target.variables = branches[0]
        return
    merged: dict[str, Value] = {}
    for variables in branches:
        for name, value in variables.items():
            previous = merged.get(name)
            merged[name] = value if previous is None else join(previous, value)
    target.variables = merged
