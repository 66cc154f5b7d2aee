"""What lives in the heap: variables, lists, dicts, functions, classes and their instances."""

from __future__ import annotations

import ast
import builtins
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from transforms.interpret.contexts import Context
from transforms.interpret.heap import Delta, Heap, HeapObject
from transforms.interpret.parsed import Parsed
from transforms.interpret.value_kinds import Kind, Openness
from transforms.interpret.values import External, Value

CLASS = "<class>"
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda


@dataclass(eq=False)
class Module(Parsed):
    """A parsed source file with its name space."""

    name: str
    path: Path
    tree: ast.Module
    is_package: bool = False
    star_imports: list[str] = field(default_factory=list)
    steps: int = 0
    scope: Scope = field(init=False)


@dataclass(eq=False)
class Loop:
    """A loop that is run: where its turn began, and how it was left or gone on with."""

    mark: int
    turn: int = 0
    breaks: list[Delta] = field(default_factory=list)
    continues: list[Delta] = field(default_factory=list)


class Scope(HeapObject):
    """The variables of a module, a class body, a comprehension or one call of a function."""

    __slots__ = (
        "function",
        "globals",
        "home",
        "is_class",
        "left",
        "loops",
        "mark",
        "module",
        "nonlocals",
        "owner",
        "parameters",
        "parent",
        "receiver",
        "returned",
        "returned_at",
        "yielded",
    )

    def __init__(
        self,
        heap: Heap,
        module: Module,
        parent: Scope | None = None,
        function: ast.AST | None = None,
        context: Context | None = None,
    ) -> None:
        super().__init__(heap, context)
        self.module = module
        self.parent = parent
        self.function = function
        self.owner: Class | None = None
        self.receiver: Value | None = None
        self.is_class = False
        # Where ``:=`` binds: comprehensions have variables of their own, but not these.
        self.home: Scope = self
        self.globals: set[str] = set()
        self.nonlocals: set[str] = set()
        self.parameters: frozenset[str] = frozenset()
        self.start_run()

    def start_run(self) -> None:
        """Forget how an earlier run of the function was left."""
        self.mark = self.heap.mark
        self.returned: list[Value] = []
        self.returned_at = -1
        self.yielded: list[Value] = []
        self.left: list[Delta] = []
        self.loops: list[Loop] = []

    def lookup(self, name: str) -> Value | None:
        """The value of ``name`` here or in an enclosing scope, or None."""
        scope: Scope | None = self.module.scope if name in self.globals else self
        read = self.heap.read
        while scope is not None:
            if scope is self or not scope.is_class:
                value = read(scope, name)
                if value is not None:
                    return value
            scope = scope.parent
        return None

    def bind(self, name: str, value: Value) -> None:
        """Bind ``name``, in the scope where it is declared global or nonlocal."""
        scope: Scope = self
        if name in self.globals:
            scope = self.module.scope
        elif name in self.nonlocals and self.parent is not None:
            scope = self.parent
            while scope.parent is not None and (
                scope.is_class or self.heap.read(scope, name) is None
            ):
                scope = scope.parent
        self.heap.set(scope, name, value)

    def if_absent(self, key: str) -> Value | None:
        """A name that a module does not bind is the builtin of that name."""
        if self.parent is None and hasattr(builtins, key):
            return External(f"builtins.{key}")
        return None

    @property
    def label(self) -> object:
        """The function whose variables these are."""
        return self.function

    def related(self) -> list[Value]:
        """The scope around it and the class that it belongs to."""
        return [item for item in (self.parent, self.owner, self.receiver) if item is not None]

    def copied(self, context: Context, renamed: Callable[[Value], Value]) -> HeapObject:
        """Variables of the same function, called elsewhere."""
        parent = None if self.parent is None else renamed(self.parent)
        assert parent is None or isinstance(parent, Scope)
        made = Scope(self.heap, self.module, parent, self.function, context)
        made.adopt(self, renamed)
        home = made if self.home is self else renamed(self.home)
        assert isinstance(home, Scope)
        made.home = home
        made.is_class, made.parameters = self.is_class, self.parameters
        made.globals, made.nonlocals = self.globals, self.nonlocals
        return made

    def adopt(self, other: Scope, renamed: Callable[[Value], Value]) -> None:
        """Belong to the class and the object that ``other`` belongs to."""
        owner = None if other.owner is None else renamed(other.owner)
        assert owner is None or isinstance(owner, Class)
        self.owner = owner
        self.receiver = None if other.receiver is None else renamed(other.receiver)


class Class(HeapObject):
    """A class of the analysed sources; ``role`` is what Keras sees in it."""

    __slots__ = ("bases", "node", "role", "scope")
    kinds = Kind.CALLABLE

    def __init__(
        self, heap: Heap, context: Context | None, node: ast.ClassDef, scope: Scope
    ) -> None:
        super().__init__(heap, context)
        self.node = node
        self.scope = scope
        self.bases: tuple[Value, ...] = ()
        self.role = "plain"

    def order(self, seen: tuple[Class, ...] = ()) -> list[Class]:
        """The analysed classes in which an attribute is looked for, in order."""
        order = [self]
        for base in self.bases:
            if isinstance(base, Class) and base not in seen:
                inherited = base.order((*seen, self))
                # A class that several bases share comes after all of them.
                order = [item for item in order if item not in inherited] + inherited
        return order

    def find(self, name: str) -> Value | None:
        """The attribute ``name`` of the class or of its analysed bases."""
        for candidate in self.order():
            value = self.heap.read(candidate.scope, name)
            if value is not None:
                return value
        return None

    @property
    def label(self) -> object:
        """The statement that made it."""
        return self.node

    def related(self) -> list[Value]:
        """Its attributes and its bases."""
        return [self.scope, *self.bases]

    def copied(self, context: Context, renamed: Callable[[Value], Value]) -> HeapObject:
        """The class that the same statement makes elsewhere."""
        scope = renamed(self.scope)
        assert isinstance(scope, Scope)
        made = Class(self.heap, context, self.node, scope)
        made.bases, made.role = tuple(renamed(base) for base in self.bases), self.role
        return made


class Instance(HeapObject):
    """An instance of an analysed class; its cells are its attributes."""

    __slots__ = ("_cls",)

    def __init__(self, heap: Heap, context: Context | None, cls: Class) -> None:
        super().__init__(heap, context)
        self._cls = cls

    @property
    def cls(self) -> Class:
        """Its class; to ask for it is to read it."""
        self.heap.read(self, CLASS)
        return self._cls

    @property
    def label(self) -> object:
        """The statement that made its class."""
        return self._cls.node

    def related(self) -> list[Value]:
        """Its class."""
        return [self._cls]

    def copied(self, context: Context, renamed: Callable[[Value], Value]) -> HeapObject:
        """An instance of the same class."""
        cls = renamed(self._cls)
        assert isinstance(cls, Class)
        return Instance(self.heap, context, cls)

    def if_absent(self, key: str) -> Value | None:
        """The attribute of the class, unless it is bound to instances."""
        found = self.cls.find(key)
        return None if isinstance(found, Function) else found


@dataclass(frozen=True)
class Function(Value):
    """A function of the analysed sources with the scope that it closes over.

    ``binding`` is what it is bound to when it is found in a class: ``instance``, ``class`` or
    ``static``; ``opaque`` says that it runs on tensors that are not symbolic.
    """

    node: FunctionNode
    scope: Scope
    defaults: tuple[Value, ...] = ()
    keyword_defaults: tuple[Value | None, ...] = ()
    owner: Class | None = None
    binding: str = "instance"
    is_property: bool = False
    is_manager: bool = False
    open: int = field(default=Openness.CLOSED, compare=False)
    kinds = Kind.CALLABLE

    @cached_property
    def is_ground(self) -> bool:  # type: ignore[override]
        """Whether it is one of a module alone: no call makes another one of these."""
        return (
            self.scope.parent is None
            and self.owner is None
            and all(default.is_ground for default in self.defaults)
            and all(default is None or default.is_ground for default in self.keyword_defaults)
        )


@dataclass(frozen=True)
class Method(Value):
    """A function bound to an instance or a class."""

    function: Function
    receiver: Value
    kinds = Kind.CALLABLE
    is_ground = False


@dataclass(frozen=True)
class Super(Value):
    """``super()``."""

    cls: Class
    receiver: Value
    is_ground = False


def method_of(cls: Class, name: str) -> Function | None:
    """The function ``name`` of a class of the sources."""
    found = cls.find(name)
    return found if isinstance(found, Function) else None


def bound(value: Value, receiver: Value) -> Value:
    """What is found in a class, as an attribute of ``receiver``."""
    if not isinstance(value, Function) or value.binding == "static":
        return value
    if value.binding == "class" and isinstance(receiver, Instance):
        receiver = receiver.cls
    if value.binding == "instance" and isinstance(receiver, Class):
        return value
    return Method(value, receiver)
