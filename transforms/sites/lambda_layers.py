"""The ``Lambda`` layers that a module makes of Python lambdas, and what these read."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import keras_names
from transforms.sites.facts import fact_of
from transforms.sites.lambda_imports import imported_as, is_always_there
from transforms.syntax.nodes import walk
from transforms.syntax.places import COMPREHENSIONS
from transforms.syntax.scope_bindings import (
    Bindings,
    bindings_of,
    declared_elsewhere,
    is_bound_again,
)
from transforms.syntax.source_text import SourceText

_SCOPES = (ast.Module, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, *COMPREHENSIONS)
_NOT_SAVED: tuple[tuple[int, str], ...] = (
    (Kind.SYMBOLIC | Kind.UNCERTAIN | Kind.HOLDS_SYMBOLIC, "a symbolic tensor"),
    (Kind.LAYER, "a layer, whose weights no model has"),
    (Kind.VARIABLE, "a variable, which no model has"),
)
_NOT_GIVEN: tuple[tuple[int, str], ...] = (
    (Kind.CALLABLE, "a function"),
    (Kind.EAGER | Kind.ARRAY | Kind.OPAQUE, "no number, text or list"),
)
_LAMBDA = frozenset({"layers.Lambda", "layers.core.Lambda"})
# The compiler gives these to what stands in a class.
_OF_ITS_CLASS = frozenset({"__class__", "super"})
# Keras fills parameters of these names itself.
_FILLED_BY_KERAS = frozenset({"mask", "training"})
_OTHER_FUNCTIONS = frozenset({"output_shape", "mask"})


@dataclass(frozen=True, kw_only=True)
class Capture:
    """What a lambda reads of the functions around it: a name, or attributes of one.

    It is ``late`` where the name may have another value when the lambda runs, and ``plain`` where
    it is certainly a number, a text, a list of them or None. The default of a parameter is one too:
    that of ``parameter``.
    """

    source: str
    parameter: str = ""
    nodes: tuple[ast.expr, ...]
    late: bool
    plain: bool


@dataclass(frozen=True, kw_only=True)
class LambdaLayer:
    """A call of ``Lambda`` with a Python lambda in ``statement``.

    ``late`` are the names that it reads when it runs and that may be bound again after it was
    made, ``imports`` those of functions around it that are imports, with what they stand for.
    ``obstacle`` says what keeps a function of the module from taking the lambda's place, if
    something does.
    """

    call: ast.Call
    function: ast.Lambda
    statement: ast.stmt
    captures: tuple[Capture, ...] = ()
    imports: Mapping[ast.Name, str] = field(default_factory=dict)
    late: tuple[str, ...] = ()
    global_late: tuple[str, ...] = ()
    obstacle: str = ""

    @property
    def is_exact(self) -> bool:
        """Whether a function in its place surely does the same, and can be saved."""
        return not self.obstacle and all(one.plain and not one.late for one in self.captures)


def lambda_layers(analysis: Analysis, module: Module, text: SourceText) -> list[LambdaLayer]:
    """The ``Lambda`` layers of ``module`` that are made of lambdas, in the order of the source."""
    if "Lambda" not in text.text:
        return []
    imported = module.imports.names
    made = {
        node: function
        for node in module.nodes
        if isinstance(node, ast.Call)
        and makes_lambda_layer(imported, node)
        and isinstance(function := function_of(node), ast.Lambda)
    }
    if not made:
        return []
    parents = module.parents
    finder = _Finder(analysis)
    found = [finder.layer(node, made[node], _around(node, parents)) for node in made]
    return sorted(found, key=lambda layer: text.span(layer.call))


def _around(node: ast.AST, parents: Mapping[ast.AST, ast.AST]) -> list[ast.AST]:
    """The nodes from the module down to ``node``."""
    around = [node]
    while around[-1] in parents:
        around.append(parents[around[-1]])
    return around[::-1]


def makes_lambda_layer(imported: Mapping[str, str], node: ast.Call) -> bool:
    """Whether ``node`` makes a ``Lambda`` layer; ``imported`` are the names of the module."""
    function = node.func
    if isinstance(function, ast.Name):
        return keras_names.keras_path(imported.get(function.id, "")) in _LAMBDA
    if not isinstance(function, ast.Attribute) or function.attr != "Lambda":
        return False
    root, dot, rest = ast.unparse(function).partition(".")
    dotted = f"{imported.get(root, root)}{dot}{rest}"
    return keras_names.keras_path(dotted) in _LAMBDA


def function_of(call: ast.Call) -> ast.expr | None:
    """What a ``Lambda`` layer is made of."""
    named = [keyword.value for keyword in call.keywords if keyword.arg == "function"]
    return call.args[0] if call.args else next(iter(named), None)


class _Finder:
    def __init__(self, analysis: Analysis) -> None:
        self._analysis = analysis
        self._bindings: dict[ast.AST, Bindings] = {}
        self._elsewhere: dict[ast.AST, frozenset[str]] = {}
        self._nonlocal: dict[ast.AST, frozenset[str]] = {}

    def layer(self, call: ast.Call, function: ast.Lambda, around: Sequence[ast.AST]) -> LambdaLayer:
        statement = next(node for node in reversed(around) if isinstance(node, ast.stmt))
        obstacle = _obstacle_in_form(call, function)
        inner: dict[str, list[ast.expr]] = {}
        late: dict[str, None] = {}
        global_late: dict[str, None] = {}
        again: dict[str, bool] = {}
        imports: dict[ast.Name, str] = {}
        for name in _free_names(function):
            owner = self._owner(name.id, around)
            if name.id in _OF_ITS_CLASS:
                obstacle = obstacle or f"it reads `{name.id}`, which a method alone has"
                continue
            if owner is None:
                obstacle = obstacle or self._not_saved(name)
                continue
            if isinstance(owner, ast.ClassDef):
                obstacle = obstacle or f"it reads `{name.id}` of a class"
                continue
            path = around[around.index(owner) :]
            bindings = self._names_of(owner)[name.id]
            bound_again = is_bound_again(bindings, path) or name.id in self._lent(owner)
            is_import = imported_as(name.id, [one.node for one in bindings]) is not None
            is_tensor = bool(fact_of(self._analysis, name).kinds & Kind.SYMBOLIC)
            bound_again = bound_again and not is_import and not is_tensor
            if isinstance(owner, ast.Module):
                # A function of the module reads the name when it runs, as the lambda does.
                obstacle = obstacle or self._not_saved(name)
                in_function = any(isinstance(node, _SCOPES) for node in path[1:])
                if bound_again and not in_function:
                    late[name.id] = global_late[name.id] = None
                continue
            nodes = [binding.node for binding in bindings]
            external = imported_as(name.id, nodes)
            if external is not None:
                imports[name] = external
                if not is_always_there(external, around[0]):
                    obstacle = obstacle or f"`{name.id}` is imported in a function"
            elif any(isinstance(node, (ast.FunctionDef, ast.ClassDef)) for node in nodes):
                obstacle = obstacle or f"`{name.id}` is defined in a function"
            else:
                part = _with_attributes(name, function)
                inner.setdefault(ast.unparse(part), []).append(part)
                again[ast.unparse(part)] = bound_again
                if bound_again:
                    late[name.id] = None
        captures = (
            *(self._capture(source, parts, again[source]) for source, parts in inner.items()),
            *(
                replace(self._capture(ast.unparse(value), [value], False), parameter=name)
                for name, value in defaults_to_give(function)
            ),
        )
        for capture in captures:
            obstacle = obstacle or self._not_given(capture, function)
        if captures:
            obstacle = obstacle or _obstacle_to_arguments(call, captures)
        return LambdaLayer(
            call=call,
            function=function,
            statement=statement,
            captures=captures,
            imports=imports,
            late=tuple(late),
            global_late=tuple(global_late),
            obstacle=obstacle,
        )

    def _capture(self, source: str, parts: Sequence[ast.expr], bound_again: bool) -> Capture:
        kinds = 0
        for part in parts:
            kinds |= fact_of(self._analysis, part).kinds
        is_known = bool(kinds) and not kinds & ~(Kind.PLAIN | Kind.NONE)
        return Capture(
            source=source,
            nodes=tuple(parts),
            late=bound_again or any(isinstance(part, ast.Attribute) for part in parts),
            plain=is_known or all(map(_is_literal, parts)),
        )

    def _names_of(self, scope: ast.AST) -> Bindings:
        if scope not in self._bindings:
            self._bindings[scope] = bindings_of(scope)
        return self._bindings[scope]

    def _lent(self, scope: ast.AST) -> frozenset[str]:
        """The names of a function that functions inside it bind too, whenever these run."""
        if isinstance(scope, ast.Module):
            return frozenset()
        if scope not in self._nonlocal:
            self._nonlocal[scope] = frozenset(
                name
                for node in walk(scope)
                if isinstance(node, ast.Nonlocal)
                for name in node.names
            )
        return self._nonlocal[scope]

    def _owner(self, name: str, around: Sequence[ast.AST]) -> ast.AST | None:
        """The scope around a lambda that binds ``name``; a class where that is the nearest one."""
        inner = True
        for node in reversed(around[:-1]):
            visible = isinstance(node, _SCOPES) or (inner and isinstance(node, ast.ClassDef))
            inner = inner and not isinstance(node, _SCOPES)
            if not visible:
                continue
            if node not in self._elsewhere:
                self._elsewhere[node] = declared_elsewhere(node)
            if name in self._elsewhere[node]:
                continue
            if name in self._names_of(node):
                return node
        return None

    def _not_saved(self, node: ast.AST) -> str:
        kinds = fact_of(self._analysis, node).kinds
        words = next((words for kind, words in _NOT_SAVED if kinds & kind), None)
        return "" if words is None else f"`{ast.unparse(node)}` is {words}"

    def _not_given(self, capture: Capture, function: ast.Lambda) -> str:
        called = {node.func for node in walk(function) if isinstance(node, ast.Call)}
        if capture.parameter in _FILLED_BY_KERAS:
            return f"Keras itself gives it `{capture.parameter}`"
        for node in capture.nodes:
            if node in called:
                return f"`{capture.source}` is a function"
            kinds = fact_of(self._analysis, node).kinds
            words = next((words for kind, words in _NOT_GIVEN if kinds & kind), None)
            problem = self._not_saved(node) or (words and f"`{capture.source}` is {words}")
            if problem:
                return problem
        return ""


def defaults_to_give(function: ast.Lambda) -> list[tuple[str, ast.expr]]:
    """The parameters with defaults and these, where one of them is more than a literal.

    They are values of the time at which the lambda was made, and no function of the module has
    them.
    """
    arguments = function.args
    named = [*arguments.posonlyargs, *arguments.args]
    found = list(zip([one.arg for one in named[::-1]], arguments.defaults[::-1]))[::-1]
    return [] if all(_is_literal(value) for _, value in found) else found


def _is_literal(node: ast.expr) -> bool:
    try:
        ast.literal_eval(node)
    except ValueError:
        return False
    return True


def _free_names(function: ast.Lambda) -> Iterator[ast.Name]:
    """The reads of names that the body does not bind itself, in the order of the source."""
    bound = {node.arg for node in walk(function) if isinstance(node, ast.arg)}
    bound |= {
        node.id
        for node in walk(function.body)
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load)
    }
    names = [node for node in walk(function.body) if isinstance(node, ast.Name)]
    for node in sorted(names, key=lambda name: (name.lineno, name.col_offset)):
        if node.id not in bound:
            yield node


def _with_attributes(name: ast.Name, function: ast.Lambda) -> ast.expr:
    """The longest chain of attributes that begins with ``name``."""
    owners = {node.value: node for node in walk(function) if isinstance(node, ast.Attribute)}
    part: ast.expr = name
    while part in owners:
        part = owners[part]
    return part


def _obstacle_in_form(call: ast.Call, function: ast.Lambda) -> str:
    arguments = function.args
    if arguments.vararg or arguments.kwarg or arguments.kwonlyargs or not arguments.args:
        return "its parameters are no plain list"
    if any(isinstance(part, ast.NamedExpr | ast.Await | ast.Yield) for part in walk(function.body)):
        return "it binds a name, or waits"
    for keyword in call.keywords:
        is_function = isinstance(keyword.value, ast.Lambda)
        if keyword.arg in _OTHER_FUNCTIONS and is_function:
            return f"its `{keyword.arg}` is a lambda too"
    if any(isinstance(argument, ast.Lambda) for argument in call.args[1:]):
        return "it is given another lambda"
    return ""


def _obstacle_to_arguments(call: ast.Call, captures: Sequence[Capture]) -> str:
    given = [keyword for keyword in call.keywords if keyword.arg == "arguments"]
    unpacks = any(keyword.arg is None for keyword in call.keywords)
    keys = [
        getattr(key, "value", None)
        for keyword in given
        if isinstance(keyword.value, ast.Dict)
        for key in keyword.value.keys
    ]
    literal = all(isinstance(keyword.value, ast.Dict) for keyword in given)
    literal = literal and all(isinstance(key, str) for key in keys)
    if any(capture.parameter in keys for capture in captures):
        return "its `arguments` give what has a default"
    if unpacks or not literal or len(call.args) > len(("function", "output_shape", "mask")):
        return "its arguments are not in sight"
    return ""
