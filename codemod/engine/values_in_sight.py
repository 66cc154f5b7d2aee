"""Values of parameters that the source shows: what it compares them with, the keys of tables."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from codemod.verify.verdicts import OTHERWISE
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis

Function = ast.FunctionDef | ast.AsyncFunctionDef
STRING_METHODS = frozenset({"lower", "upper", "strip", "casefold", "replace"})
NAMED_FUNCTIONS = ("relu", "tanh")
"""Two functions that every table of names has: what is written must not depend on which."""


@dataclass(frozen=True, kw_only=True)
class Owner:
    """Where a function stands: its module, and the class that it is a method of."""

    module: Module
    owner: ast.ClassDef | None


@dataclass(kw_only=True)
class Sight:
    """Looks for the values of parameters, through calls and attributes of objects."""

    owners: Mapping[ast.AST, Owner]
    callees: Mapping[ast.AST, Sequence[Function]]
    _known: dict[tuple[ast.AST, str], dict[str, None]] = field(default_factory=dict)

    def values(self, function: Function, parameter: str) -> tuple[str, ...]:
        """The values of ``parameter`` in sight, as source, each once."""
        return tuple(self._values(function, parameter))

    def other_number(self, function: Function, parameter: str) -> str | None:
        """Another number than ``parameter`` is given, or has where it is not given."""
        numbers = map(other_number, self.usual(function, parameter))
        return next((one for one in numbers if one is not None), None)

    def usual(self, function: Function, parameter: str) -> list[ast.expr]:
        """What calls in sight give for ``parameter``, and its default."""
        given = [value for name, value in self._given(function) if name == parameter]
        default = defaults_of(function).get(parameter)
        return given if default is None else [*given, default]

    def _given(self, function: Function) -> Iterator[tuple[str, ast.expr]]:
        for call, callees in self.callees.items():
            if function in callees and isinstance(call, ast.Call):
                yield from _bound(call, function, self.owners[function])

    def _values(self, function: Function, parameter: str) -> dict[str, None]:
        key = (function, parameter)
        if key not in self._known:
            # A function that calls itself shows nothing more.
            self._known[key] = {}
            found = dict.fromkeys(self._search(function, parameter))
            if OTHERWISE in found:
                # At the end, since it may be a value that the code refuses.
                found.pop(OTHERWISE)
                found[OTHERWISE] = None
            default = defaults_of(function).get(parameter)
            if isinstance(default, ast.Constant) and (found or isinstance(default.value, bool)):
                found.setdefault(ast.unparse(default))
            self._known[key] = found
        return self._known[key]

    def _search(self, function: Function, parameter: str) -> Iterator[str]:
        place = self.owners[function]
        names = _aliases(function, parameter)
        attributes = attributes_set_to(function, names) if place.owner is not None else set()
        default = defaults_of(function).get(parameter)
        is_flag = isinstance(default, ast.Constant) and isinstance(default.value, bool)
        bodies: list[ast.AST] = [function]
        if attributes and place.owner is not None:
            bodies = [place.owner]
        for body in bodies:
            for node in ast.walk(body):
                chosen = _Chosen(names=names, attributes=attributes)
                if body is not function and not _is_inside(function, node):
                    chosen = _Chosen(names=set(), attributes=attributes)
                yield from _shown(node, chosen, [function, place.module.tree], is_flag)
                if isinstance(node, ast.Call):
                    yield from self._given_on(node, chosen)

    def _given_on(self, call: ast.Call, chosen: _Chosen) -> Iterator[str]:
        for callee in self.callees.get(call, ()):
            if callee in self.owners:
                for name, value in _bound(call, callee, self.owners[callee]):
                    if chosen.holds(value):
                        yield from self._values(callee, name)


@dataclass(frozen=True, kw_only=True)
class _Chosen:
    """The names and attributes of ``self`` that hold a parameter's value."""

    names: set[str]
    attributes: set[str]

    def holds(self, node: ast.AST) -> bool:
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            return node.func.attr in STRING_METHODS and self.holds(node.func.value)
        if isinstance(node, ast.BoolOp):
            return any(self.holds(value) for value in node.values)
        if isinstance(node, ast.Attribute):
            is_self = isinstance(node.value, ast.Name) and node.value.id == "self"
            return is_self and node.attr in self.attributes
        return isinstance(node, ast.Name) and node.id in self.names


def _is_inside(function: Function, node: ast.AST) -> bool:
    first, last = function.lineno, function.end_lineno or function.lineno
    return first <= getattr(node, "lineno", 0) <= last


def _aliases(function: Function, parameter: str) -> set[str]:
    """The parameter, and the names that are given its value."""
    names = {parameter}
    for node in ast.walk(function):
        if isinstance(node, ast.Assign) and _Chosen(names=names, attributes=set()).holds(
            node.value
        ):
            names |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return names


def attributes_set_to(function: Function, names: set[str]) -> set[str]:
    """The attributes that a method sets to what one of ``names`` stands for."""
    chosen = _Chosen(names=names, attributes=set())
    return {
        target.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Assign) and chosen.holds(node.value)
        for target in node.targets
        if isinstance(target, ast.Attribute)
    }


def _shown(
    node: ast.AST, chosen: _Chosen, scopes: Sequence[ast.AST], is_flag: bool
) -> Iterator[str]:
    """The values that one node shows of what is ``chosen``."""
    if isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        if any(chosen.holds(side) for side in sides):
            for side, operator in zip(node.comparators, node.ops):
                yield from _compared(side, operator, scopes)
            yield from _compared(node.left, node.ops[0], scopes)
    elif isinstance(node, ast.Subscript) and chosen.holds(node.slice):
        yield from _keys(node.value, scopes)
    elif isinstance(node, ast.Call):
        yield from _looked_up(node, chosen, scopes)
    elif isinstance(node, (ast.If, ast.IfExp)) and is_flag:
        test = node.test.operand if isinstance(node.test, ast.UnaryOp) else node.test
        if chosen.holds(test):
            yield from ("True", "False")
    elif isinstance(node, ast.Match) and chosen.holds(node.subject):
        for case in node.cases:
            for pattern in ast.walk(case.pattern):
                if isinstance(pattern, ast.MatchValue) and isinstance(pattern.value, ast.Constant):
                    yield ast.unparse(pattern.value)


def _compared(side: ast.expr, operator: ast.cmpop, scopes: Sequence[ast.AST]) -> Iterator[str]:
    if isinstance(side, ast.Constant):
        yield ast.unparse(side)
        if isinstance(side.value, int) and not isinstance(side.value, bool):
            yield str(side.value + 1)
        elif isinstance(side.value, str):
            yield OTHERWISE
    elif isinstance(operator, (ast.In, ast.NotIn)):
        yield from _keys(side, scopes)


def _looked_up(node: ast.Call, chosen: _Chosen, scopes: Sequence[ast.AST]) -> Iterator[str]:
    function, arguments = node.func, node.args
    if isinstance(function, ast.Attribute) and function.attr == "get" and arguments:
        if chosen.holds(arguments[0]):
            yield from _keys(function.value, scopes)
            if ast.unparse(function.value).endswith("activations"):
                yield from map(repr, NAMED_FUNCTIONS)
    elif ast.unparse(function) == "getattr" and any(map(chosen.holds, arguments[1:2])):
        yield from map(repr, NAMED_FUNCTIONS)


def _keys(table: ast.expr, scopes: Sequence[ast.AST]) -> Iterator[str]:
    """The constants that are the keys of a dictionary, or the items of a list."""
    if isinstance(table, ast.Name):
        for scope in scopes:
            made = [
                node.value
                for node in ast.walk(scope)
                if isinstance(node, ast.Assign)
                and any(isinstance(one, ast.Name) and one.id == table.id for one in node.targets)
            ]
            if made:
                for value in made:
                    if not isinstance(value, ast.Name):
                        yield from _keys(value, scopes)
                return
    elif isinstance(table, ast.Dict):
        yield from (ast.unparse(key) for key in table.keys if isinstance(key, ast.Constant))
    elif isinstance(table, (ast.List, ast.Tuple, ast.Set)):
        yield from (ast.unparse(item) for item in table.elts if isinstance(item, ast.Constant))
    elif isinstance(table, ast.Call) and ast.unparse(table.func) == "dict":
        yield from (repr(keyword.arg) for keyword in table.keywords if keyword.arg)


def parameters_of(function: Function, place: Owner) -> list[str]:
    """The parameters that a call can give by name, without ``self``."""
    arguments = [*function.args.args, *function.args.kwonlyargs]
    names = [argument.arg for argument in arguments]
    return names[1:] if place.owner is not None and function.args.args else names


def defaults_of(function: Function) -> dict[str, ast.expr]:
    """The default of each parameter that has one."""
    given = function.args
    ordered = [*given.posonlyargs, *given.args]
    found = dict(zip((one.arg for one in reversed(ordered)), reversed(given.defaults)))
    for argument, default in zip(given.kwonlyargs, given.kw_defaults):
        if default is not None:
            found[argument.arg] = default
    return found


def other_number(default: ast.expr) -> str | None:
    """Another number than ``default``, or another tuple of numbers, that is as likely to be right.

    Sizes that must divide each other still do where one of them is doubled, and a fraction stays
    one where it is halved.
    """
    try:
        value = ast.literal_eval(default)
    except ValueError:
        return None
    if isinstance(value, (tuple, list)) and value:
        first = _other_number(value[0])
        return None if first is None else repr(type(value)([first, *value[1:]]))
    number = _other_number(value)
    return None if number is None else repr(number)


def _other_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    if isinstance(value, int):
        return value * 2 or 1
    return value / 2 or 0.25


def _bound(call: ast.Call, callee: Function, place: Owner) -> Iterator[tuple[str, ast.expr]]:
    """The parameters of ``callee`` with what ``call`` gives for them."""
    positional = [argument.arg for argument in callee.args.args]
    if place.owner is not None:
        positional = positional[1:]
    for name, value in zip(positional, call.args):
        if isinstance(value, ast.Starred):
            break
        yield name, value
    for keyword in call.keywords:
        if keyword.arg is not None:
            yield keyword.arg, keyword.value


def sight_of(analysis: Analysis) -> Sight:
    """What the modules of ``analysis`` show."""
    owners: dict[ast.AST, Owner] = {}
    for module in analysis.modules.values():
        for statement in module.tree.body:
            for node in ast.walk(statement):
                if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                    owners.setdefault(node, Owner(module=module, owner=None))
                elif isinstance(node, ast.ClassDef):
                    methods = [one for one in node.body if isinstance(one, Function)]
                    owners.update({one: Owner(module=module, owner=node) for one in methods})
    callees: dict[ast.AST, list[Function]] = {}
    for function, calls in analysis.callers.items():
        if isinstance(function, Function):
            for call in calls:
                callees.setdefault(call, []).append(function)
    return Sight(owners=owners, callees=callees)


def with_argument(
    call: ast.Call, callee: Function, place: Owner, name: str, value: str
) -> ast.Call | None:
    """``call`` with another value for the parameter ``name``; None where it has that value."""
    present = {**defaults_of(callee), **dict(_bound(call, callee, place))}.get(name)
    if present is not None and ast.unparse(present) == value:
        return None
    given = ast.parse(value, mode="eval").body
    positional = [argument.arg for argument in callee.args.args]
    if place.owner is not None:
        positional = positional[1:]
    arguments = list(call.args)
    keywords = [keyword for keyword in call.keywords if keyword.arg != name]
    index = positional.index(name) if name in positional else len(arguments)
    if index < len(arguments) and not any(isinstance(one, ast.Starred) for one in arguments):
        arguments[index] = given
    else:
        keywords.append(ast.keyword(arg=name, value=given))
    return ast.Call(func=call.func, args=arguments, keywords=keywords)


def reaching(analysis: Analysis, sight: Sight, holders: Iterable[ast.AST]) -> set[ast.AST]:
    """The functions that run one of ``holders``, themselves or through calls."""
    found: set[ast.AST] = set()
    pending = list(holders)
    while pending:
        function = pending.pop()
        if function in found:
            continue
        found.add(function)
        place = sight.owners.get(function)
        if place is not None and place.owner is not None:
            # What its constructor is given may choose in every method.
            pending += [one for one in place.owner.body if getattr(one, "name", "") == "__init__"]
        for call in analysis.callers.get(function, ()):
            around, _ = analysis.places.get(call, (None, True))
            if around is not None and around.function is not None:
                pending.append(around.function)
    return found
