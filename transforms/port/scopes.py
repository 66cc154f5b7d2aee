"""What names are bound to, scope by scope, for code that no interpretation has run.

Everything counts wherever it stands in a scope: a name means something only where all that is
bound to it means the same.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from transforms.knowledge.keras_modules import is_in_module
from transforms.knowledge.keras_names import keras_path
from transforms.syntax.nodes import walk_to

ScopeNode = ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda | ast.ClassDef
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef
How = Literal["value", "item", "part", "external", "definition", "parameter", "unknown"]


class Binding(NamedTuple):
    """One thing that is bound to a name.

    ``how`` is ``value`` (that of ``node``), ``item`` (one of those of ``node``), ``part`` (the one
    at ``place`` of the tuple that ``node`` gives), ``external`` (``dotted``), ``definition`` (a
    function or class), ``parameter`` or ``unknown``.
    """

    how: How
    node: ast.AST | None = None
    dotted: str = ""
    place: int = 0


@dataclass(eq=False)
class NameScope:
    """The bindings of a module, function or class."""

    node: ScopeNode
    parent: NameScope | None
    bindings: dict[str, list[Binding]] = field(default_factory=dict)
    declared_global: set[str] = field(default_factory=set)

    def bind(self, name: str, binding: Binding) -> None:
        """Add a binding of ``name``."""
        self.bindings.setdefault(name, []).append(binding)

    def lookup(self, name: str) -> tuple[NameScope, list[Binding]] | None:
        """The scope that binds ``name``, as code in this scope sees it, with the bindings."""
        scope: NameScope | None = self
        inner = True
        while scope is not None:
            # The names of a class are not seen by its methods.
            visible = inner or not isinstance(scope.node, ast.ClassDef)
            if visible and name in scope.bindings and name not in scope.declared_global:
                return scope, scope.bindings[name]
            inner = False
            scope = scope.parent
        return None


@dataclass(frozen=True)
class Scoped:
    """A module's scopes, and the scope in which each expression stands.

    ``stars`` are the modules of which everything is imported, those imported later first.
    """

    module: NameScope
    of_definition: Mapping[ast.AST, NameScope]
    of_node: Mapping[ast.AST, NameScope]
    stars: tuple[str, ...] = ()
    dotted: dict[ast.AST, str | None] = field(default_factory=dict)
    dotted_names: dict[tuple[NameScope, str], str | None] = field(default_factory=dict)


_DEFINITIONS = frozenset({ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef})
_BINDING = frozenset(
    {ast.Assign, ast.AnnAssign, ast.NamedExpr, ast.AugAssign, ast.For, ast.AsyncFor}
    | {ast.comprehension, ast.withitem, ast.ExceptHandler, ast.FunctionDef, ast.AsyncFunctionDef}
    | {ast.ClassDef, ast.Import, ast.ImportFrom}
)
# Whose stars bind no name that Keras has too, but for functions such as `sum`.
_NO_KERAS = frozenset(
    "collections functools glob itertools math matplotlib numpy os pathlib pylab random sys time"
    " tkinter tqdm typing".split()
)
_SCOPING = _DEFINITIONS | _BINDING | {ast.Global, ast.Nonlocal}


def scopes_of(tree: ast.Module) -> Scoped:
    """The scopes of ``tree``."""
    of_definition: dict[ast.AST, NameScope] = {}
    of_node: dict[ast.AST, NameScope] = {}
    module = of_definition[tree] = NameScope(tree, None)
    pending: list[tuple[NameScope, Sequence[ast.AST]]] = [(module, tree.body)]
    for scope, roots in pending:
        nodes = walk_to(roots, _DEFINITIONS)
        of_node.update(dict.fromkeys(nodes, scope))
        for node in [node for node in nodes if type(node) in _SCOPING]:
            if type(node) in _BINDING:
                for name, binding in _bindings(node):
                    scope.bind(name, binding)
            elif isinstance(node, (ast.Global, ast.Nonlocal)):
                scope.declared_global.update(node.names)
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ClassDef)):
                inner = of_definition[node] = _inner_scope(scope, node)
                body = [node.body] if isinstance(node, ast.Lambda) else node.body
                pending += [(scope, _around(node)), (inner, body)]
    return Scoped(module, of_definition, of_node, _stars(tree))


def _stars(tree: ast.Module) -> tuple[str, ...]:
    """The modules of Keras that are imported with a star, back to one that may bind anything."""
    found: list[str] = []
    nodes = [node for node in tree.body if isinstance(node, ast.ImportFrom)]
    for node in reversed(nodes):
        if node.names[0].name != "*":
            continue
        module = "" if node.level else node.module or ""
        if keras_path(module) is not None:
            found.append(module)
        elif module.partition(".")[0] not in _NO_KERAS:
            break
    return tuple(found)


def _inner_scope(scope: NameScope, node: FunctionNode | ast.Lambda | ast.ClassDef) -> NameScope:
    inner = NameScope(node, scope)
    for argument in () if isinstance(node, ast.ClassDef) else _parameters(node.args):
        inner.bind(argument.arg, Binding("parameter", argument))
    return inner


def _around(node: FunctionNode | ast.Lambda | ast.ClassDef) -> list[ast.AST]:
    """The parts of a definition that stand in the scope around it."""
    if isinstance(node, ast.ClassDef):
        return [*node.decorator_list, *node.bases, *(item.value for item in node.keywords)]
    defaults = [item for item in node.args.kw_defaults if item is not None]
    decorators = [] if isinstance(node, ast.Lambda) else node.decorator_list
    return [*node.args.defaults, *defaults, *decorators]


def _parameters(arguments: ast.arguments) -> Iterator[ast.arg]:
    yield from (*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs)
    yield from (item for item in (arguments.vararg, arguments.kwarg) if item is not None)


def _bindings(node: ast.AST) -> Iterator[tuple[str, Binding]]:
    if isinstance(node, ast.Assign):
        for target in node.targets:
            yield from _targets(target, Binding("value", node.value))
    elif isinstance(node, ast.AnnAssign | ast.NamedExpr):
        if node.value is not None:
            yield from _targets(node.target, Binding("value", node.value))
    elif isinstance(node, ast.AugAssign):
        yield from _targets(node.target, Binding("unknown"))
    elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        match node.target, node.iter:
            case (
                ast.Tuple(elts=[count, item]),
                ast.Call(func=ast.Name(id="enumerate"), args=[given, *_]),
            ):
                yield from _targets(count, Binding("unknown"))
                yield from _targets(item, Binding("item", given))
            case _:
                yield from _targets(node.target, Binding("item", node.iter))
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from _targets(node.optional_vars, Binding("unknown"))
    elif isinstance(node, ast.ExceptHandler) and node.name:
        yield node.name, Binding("unknown")
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield node.name, Binding("definition", node)
    elif isinstance(node, ast.Import):
        for alias in node.names:
            top = alias.name.partition(".")[0]
            name, dotted = (alias.asname, alias.name) if alias.asname else (top, top)
            yield name, Binding("external", node, dotted)
    elif isinstance(node, ast.ImportFrom):
        for alias in node.names:
            known = bool(node.module) and not node.level
            binding = Binding("external", node, f"{node.module}.{alias.name}")
            yield alias.asname or alias.name, binding if known else Binding("unknown")


def _targets(target: ast.expr, binding: Binding) -> Iterator[tuple[str, Binding]]:
    if isinstance(target, ast.Name):
        yield target.id, binding
    elif isinstance(target, ast.Tuple | ast.List):
        values: list[ast.expr] = getattr(binding.node, "elts", [])
        pairs = binding.how == "value" and len(values) == len(target.elts)
        is_call = binding.how == "value" and isinstance(binding.node, ast.Call)
        plain = not any(isinstance(part, ast.Starred) for part in target.elts)
        for index, part in enumerate(target.elts):
            inner = Binding("unknown")
            if pairs:
                inner = Binding("value", values[index])
            elif is_call and plain:
                inner = Binding("part", binding.node, place=index)
            yield from _targets(part, inner)
    elif isinstance(target, ast.Starred):
        yield from _targets(target.value, Binding("unknown"))


def dotted_name(scoped: Scoped, node: ast.AST) -> str | None:
    """The external name that ``node``, a name or attributes of one, stands for; else None."""
    if node not in scoped.dotted:
        scoped.dotted[node] = _dotted_name(scoped, node)
    return scoped.dotted[node]


def _dotted_name(scoped: Scoped, node: ast.AST) -> str | None:
    attributes: list[str] = []
    inner = node
    while isinstance(inner, ast.Attribute):
        attributes.append(inner.attr)
        inner = inner.value
    if not isinstance(inner, ast.Name):
        return None
    scope = scoped.of_node.get(inner)
    name = None if scope is None else _dotted_in(scoped, scope, inner.id)
    return None if name is None else ".".join([name, *reversed(attributes)])


def _dotted_in(scoped: Scoped, scope: NameScope, name: str) -> str | None:
    """The external name that ``name`` stands for in ``scope``."""
    key = (scope, name)
    if key not in scoped.dotted_names:
        found = scope.lookup(name)
        # `import a.b` and `import a.c` bind the same name.
        names = {_external(scoped, binding) for binding in found[1]} if found is not None else set()
        if found is None:
            stars = [star for star in scoped.stars if is_in_module(star, name)]
            names = {f"{star}.{name}" for star in stars[:1]}
        scoped.dotted_names[key] = names.pop() if len(names) == 1 else None
    return scoped.dotted_names[key]


def _external(scoped: Scoped, binding: Binding) -> str | None:
    if binding.how == "external":
        return binding.dotted
    if binding.how == "value" and isinstance(binding.node, ast.Attribute):
        # `layers = tf.keras.layers`, not `layers = layers.x`.
        return dotted_name(scoped, binding.node) if _no_circle(scoped, binding.node) else None
    return None


def _no_circle(scoped: Scoped, node: ast.Attribute) -> bool:
    """Whether the name at the start of an alias is bound by imports alone."""
    inner: ast.AST = node
    while isinstance(inner, ast.Attribute):
        inner = inner.value
    if not isinstance(inner, ast.Name):
        return False
    scope = scoped.of_node.get(inner)
    found = scope.lookup(inner.id) if scope is not None else None
    return found is not None and all(binding.how == "external" for binding in found[1])
