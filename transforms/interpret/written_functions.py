"""Which functions the text itself names: only these may be written down in a layer.

The analysis follows the calls in sight. What it finds in an attribute, a dict, a global variable or
the result of a call may be what these calls put there, and others may put something else there.
So the text is asked as well, whatever was found.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from transforms.interpret.scopes import Fact, Module, OpFact
from transforms.interpret.value_kinds import Openness, may_be_symbolic
from transforms.knowledge.keras_names import is_input_preprocessing
from transforms.syntax.accesses import accessed_name
from transforms.syntax.nodes import children
from transforms.syntax.places import COMPREHENSIONS, LOOPS
from transforms.syntax.scope_bindings import Bindings, bindings_of, declared_elsewhere

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_SCOPES = (ast.Module, *_FUNCTIONS, *COMPREHENSIONS)
_DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
_CHANGING = frozenset({"update", "setdefault", "pop", "append", "insert", "extend", "clear"})


def open_others(
    modules: Iterable[Module],
    with_ops: Collection[Path],
    ops: dict[ast.AST, OpFact],
    facts: dict[ast.AST, Fact],
) -> None:
    """Open the functions of ``ops`` that no text names: callers may choose them.

    Only modules whose paths are ``with_ops`` have ops, but others may set what these read.
    """
    if not with_ops:
        return
    every = list(modules)
    own = {module.name.partition(".")[0] for module in every}
    set_from_outside = frozenset(name for module in every for name in _set_from_outside(module))
    for module in every:
        if module.path not in with_ops:
            continue
        libraries = frozenset(
            name
            for name, dotted in module.imports.names.items()
            if dotted.partition(".")[0] not in own
        )
        text = _Text(module, facts, set_from_outside, libraries)
        for call in module.all_of(ast.Call):
            fact = ops.get(call)
            if fact is None or not fact.keys or fact.open:
                continue
            if accessed_name(call.func) in libraries:
                continue
            if fact.library and not any(map(is_input_preprocessing, fact.keys)):
                # A loss is made anew of what is literal, or refused.
                continue
            if not text.names_it(call.func):
                fact.open = Openness.CHOSEN
                function = facts.setdefault(call.func, Fact())
                function.open = max(function.open, Openness.CHOSEN)


def _set_from_outside(module: Module) -> Iterator[str]:
    """The attributes that the module sets of others than ``self``."""
    for node in module.all_of(ast.Attribute):
        if isinstance(node.ctx, ast.Store) and accessed_name(node.value) not in {"self", "cls"}:
            yield node.attr


@dataclass(eq=False)
class _Text:
    """The text of one module; ``outside`` are attributes that code sets of others than itself.

    ``libraries`` are the names of what is imported from elsewhere.
    """

    module: Module
    facts: dict[ast.AST, Fact]
    outside: frozenset[str]
    libraries: frozenset[str]
    _bindings: dict[ast.AST, Bindings] = field(default_factory=dict)
    _asked: dict[ast.AST, bool] = field(default_factory=dict)

    def names_it(self, node: ast.AST) -> bool:
        """Whether ``node`` is always what the text says, whoever calls the code around it."""
        if node not in self._asked:
            # A name that is bound to itself says nothing against it.
            self._asked[node] = True
            self._asked[node] = self._is_written(node)
        return self._asked[node]

    def _is_written(self, node: ast.AST) -> bool:
        if isinstance(node, (ast.Constant, ast.Lambda)):
            return True
        if isinstance(node, ast.Name):
            return self._is_written_name(node)
        if isinstance(node, ast.Attribute):
            return self._is_written_attribute(node)
        if isinstance(node, (*COMPREHENSIONS, ast.Await, ast.Yield, ast.YieldFrom)):
            return False
        return all(map(self.names_it, children(node)))

    def _is_written_name(self, node: ast.Name) -> bool:
        if node.id in self.libraries:
            return True
        scope = self._owner(node)
        if scope is None:
            return True
        if node.id in self._changed or (isinstance(scope, ast.Module) and node.id in self.outside):
            # A function may bind it again, or another module.
            return False
        bindings = self._names_of(scope)[node.id]
        return all(self._is_written_binding(binding.node) for binding in bindings)

    def _is_written_binding(self, node: ast.AST) -> bool:
        if isinstance(node, _DEFINITIONS):
            return True
        if not isinstance(node, ast.Name):
            return False
        if isinstance(node.ctx, ast.Del):
            return True
        values = list(self._values_of(node, self.module.parents[node]))
        return bool(values) and all(map(self.names_it, values))

    def _values_of(self, target: ast.AST, parent: ast.AST) -> Iterator[ast.AST]:
        """The expressions whose values ``target`` may get; none where that is not plain."""
        if isinstance(parent, (ast.Assign, ast.AnnAssign, ast.NamedExpr)):
            if parent.value is not None:
                yield parent.value
        elif isinstance(parent, (*LOOPS, ast.comprehension)):
            yield from self._elements(getattr(parent, "iter", None))
        elif isinstance(parent, (ast.Tuple, ast.List)):
            index = next(n for n, part in enumerate(parent.elts) if part is target)
            for whole in self._values_of(parent, self.module.parents[parent]):
                parts = getattr(whole, "elts", ())
                if len(parts) != len(parent.elts):
                    return
                yield parts[index]

    def _elements(self, node: ast.AST | None) -> Iterator[ast.AST]:
        """What a loop over ``node`` gives, where that is a display."""
        if isinstance(node, (ast.Tuple, ast.List, ast.Set)):
            yield from node.elts
        elif isinstance(node, ast.Dict):
            yield from (key for key in node.keys if key is not None)
        elif isinstance(node, ast.Name) and self.names_it(node):
            scope = self._owner(node)
            for binding in self._names_of(scope).get(node.id, ()) if scope is not None else ():
                if isinstance(self.module.parents.get(binding.node), ast.Assign):
                    for value in self._values_of(binding.node, self.module.parents[binding.node]):
                        yield from self._elements(value)

    def _is_written_attribute(self, node: ast.Attribute) -> bool:
        is_tensor = may_be_symbolic(self.facts.get(node.value, Fact()).kinds)
        if is_tensor or accessed_name(node) in self.libraries:
            return True
        if node.attr in self.outside or node.attr in self._in_classes:
            return False
        is_own = isinstance(node.value, ast.Name) and node.value.id == "self"
        stores = self._stores.get(node.attr, ())
        if is_own:
            return bool(stores) and all(map(self._is_stored, stores))
        return all(map(self._is_stored, stores)) and self.names_it(node.value)

    def _is_stored(self, target: ast.Attribute) -> bool:
        values = list(self._values_of(target, self.module.parents[target]))
        return bool(values) and all(map(self.names_it, values))

    def _owner(self, node: ast.Name) -> ast.AST | None:
        """The scope that binds the name which is read at ``node``."""
        at: ast.AST | None = self.module.parents.get(node)
        is_inner = True
        while at is not None:
            is_visible = isinstance(at, _SCOPES) or (is_inner and isinstance(at, ast.ClassDef))
            if is_visible and node.id in self._names_of(at):
                is_declared = isinstance(at, _FUNCTIONS) and node.id in declared_elsewhere(at)
                if not is_declared:
                    return at
            is_inner = is_inner and not isinstance(at, _SCOPES)
            at = self.module.parents.get(at)
        return None

    def _names_of(self, scope: ast.AST) -> Bindings:
        if scope not in self._bindings:
            self._bindings[scope] = bindings_of(scope)
        return self._bindings[scope]

    @cached_property
    def _changed(self) -> frozenset[str]:
        """The names that functions bind for scopes around them, or whose contents they change."""
        found: set[str] = set()
        found.update(name for node in self.module.all_of(ast.Global) for name in node.names)
        found.update(name for node in self.module.all_of(ast.Nonlocal) for name in node.names)
        for item in self.module.all_of(ast.Subscript):
            if not isinstance(item.ctx, ast.Load) and isinstance(item.value, ast.Name):
                found.add(item.value.id)
        for method in self.module.all_of(ast.Attribute):
            if method.attr in _CHANGING and isinstance(method.value, ast.Name):
                found.add(method.value.id)
        return frozenset(found)

    @cached_property
    def _stores(self) -> dict[str, list[ast.Attribute]]:
        """Where attributes are set, by their names."""
        found: dict[str, list[ast.Attribute]] = {}
        for node in self.module.all_of(ast.Attribute):
            if isinstance(node.ctx, ast.Store):
                found.setdefault(node.attr, []).append(node)
        return found

    @cached_property
    def _in_classes(self) -> frozenset[str]:
        """The attributes that bodies of classes give a value: subclasses may give another."""
        return frozenset(
            target.id
            for node in self.module.all_of(ast.ClassDef)
            for statement in node.body
            if isinstance(statement, (ast.Assign, ast.AnnAssign))
            for target in getattr(statement, "targets", [getattr(statement, "target", None)])
            if isinstance(target, ast.Name)
        )
