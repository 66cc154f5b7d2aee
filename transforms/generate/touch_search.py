"""What is changed in place where: through other names, in callees, in other functions."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from transforms.generate.touches import LATER, Touch, changed_in, nodes_that_change
from transforms.generate.value_scopes import (
    Given,
    Named,
    Position,
    ValueScope,
    end_of,
    meant_at,
    named_in,
    position_of,
    scopes_of,
)
from transforms.interpret.scopes import Module
from transforms.syntax.accesses import is_dotted_name

CONSTRUCTORS = frozenset({"__init__", "__post_init__", "__new__", "__setstate__"})
MOST_TOUCHES = 4_000


def touches_of(module: Module) -> list[Touch]:
    """All changes in place of what has a name, where it has that."""
    if not any(True for _ in changed_in(nodes_that_change(module))):
        return []
    bases = {
        cls.name: [ast.unparse(base).rpartition(".")[2] for base in cls.bases]
        for cls in module.all_of(ast.ClassDef)
    }
    search = _Search(scopes_of(module), bases)
    for scope in search.scopes:
        for named in changed_in(scope.nodes):
            at = position_of(named.node)
            search.add(scope, named, at=at, place=at)
    search.follow()
    return search.found


@dataclass(frozen=True, kw_only=True)
class _Argument:
    """A name in what a call gives ``function`` for its parameter ``name``."""

    call: ast.Call
    function: ValueScope
    name: str
    named: Named
    is_whole: bool


@dataclass(frozen=True, kw_only=True)
class _Index:
    """What a scope gives to names and attributes, what it gives them of, and its arguments."""

    targets: Mapping[object, Sequence[Given]]
    holders: Mapping[str, Sequence[tuple[Given, Named]]]
    arguments: Mapping[str, Sequence[_Argument]]


def _index_of(scope: ValueScope, calls: Sequence[tuple[ast.Call, ValueScope]]) -> _Index:
    targets: dict[object, list[Given]] = {}
    holders: dict[str, list[tuple[Given, Named]]] = {}
    for given in scope.given:
        target = given.target
        is_attribute = isinstance(target, ast.Attribute) and is_dotted_name(target)
        targets.setdefault(ast.unparse(target) if is_attribute else target, []).append(given)
        for named in named_in(given.value, True):
            holders.setdefault(named.text, []).append((given, named))
    arguments: dict[str, list[_Argument]] = {}
    for call, function in calls:
        for name, value in _arguments_of(call, function):
            for named in named_in(value, True):
                is_whole = not named.inside or named.node is value
                arguments.setdefault(named.text, []).append(
                    _Argument(
                        call=call, function=function, name=name, named=named, is_whole=is_whole
                    )
                )
    return _Index(targets=targets, holders=holders, arguments=arguments)


class _Search:
    """The changes found so far, those not yet followed last."""

    def __init__(self, scopes: Sequence[ValueScope], bases: Mapping[str, Sequence[str]]) -> None:
        self.scopes = scopes
        self.found: list[Touch] = []
        self._known: set[tuple[object, ...]] = set()
        self._bases = bases
        self._functions: dict[str, list[ValueScope]] = {}
        for scope in scopes:
            if scope.name:
                name = scope.owner if scope.name == "__init__" else scope.name
                self._functions.setdefault(name, []).append(scope)
        self._indexes: dict[ValueScope, _Index] = {}
        self._calls: dict[ValueScope, list[tuple[ValueScope, ast.Call]]] = {}
        self._mentions: dict[str, list[tuple[ValueScope, Position]]] = {}
        self._reads: dict[str, set[ValueScope]] = {}
        self._attributes_read: dict[str, list[tuple[ValueScope, ast.Attribute]]] = {}
        for scope in scopes:
            for node in scope.nodes:
                self._note(scope, node)

    def _note(self, scope: ValueScope, node: ast.AST) -> None:
        name = ""
        if isinstance(node, ast.Call):
            for function in self._callees(node):
                self._calls.setdefault(function, []).append((scope, node))
        elif isinstance(node, ast.Name):
            name = node.id
            self._reads.setdefault(name, set()).add(scope)
        elif isinstance(node, ast.Attribute):
            name = node.attr
            self._attributes_read.setdefault(name, []).append((scope, node))
        if name in self._functions:
            self._mentions.setdefault(name, []).append((scope, position_of(node)))

    def _index(self, scope: ValueScope) -> _Index:
        found = self._indexes.get(scope)
        if found is None:
            calls = [one for one in scope.nodes if isinstance(one, ast.Call)]
            known = [(call, function) for call in calls for function in self._callees(call)]
            found = self._indexes[scope] = _index_of(scope, known)
        return found

    def _callees(self, call: ast.Call) -> Iterator[ValueScope]:
        if isinstance(call.func, ast.Name):
            for one in self._functions.get(call.func.id, ()):
                if not one.owner or one.name == "__init__":
                    yield one
        elif isinstance(call.func, ast.Attribute):
            yield from self._functions.get(call.func.attr, ())

    def add(self, scope: ValueScope, named: Named, *, at: Position, place: Position) -> None:
        """Keep a change of what ``named`` stands for in ``scope``, unless it is known."""
        self._keep(scope, named.text, at, place, named.inside, named.key)

    def _keep(
        self,
        scope: ValueScope,
        text: str,
        at: Position,
        place: Position,
        is_nested: bool = False,
        key: str = "",
    ) -> None:
        known = (scope, text, at, place, is_nested, key)
        if known in self._known or len(self.found) >= MOST_TOUCHES:
            return
        self._known.add(known)
        self.found.append(
            Touch(
                scope=scope,
                text=text,
                at=at,
                place=place,
                is_nested=is_nested,
                key=key,
                bindings=scope.bindings.get(text, ()),
            )
        )

    def follow(self) -> None:
        """Find the other names of all that is changed, here and in other functions."""
        for touch in self.found:
            self._other_names(touch)
            self._arguments(touch)
            if "." in touch.text:
                self._attributes(touch)
            elif touch.text in touch.scope.bindings:
                self._inner_functions(touch)
            else:
                self._outer_names(touch)

    def _other_names(self, touch: Touch) -> None:
        scope, index = touch.scope, self._index(touch.scope)
        # What the name was given is changed.
        for key in [*touch.meant, touch.text]:
            for given in index.targets.get(key, ()):
                for named in named_in(given.value, given.items or touch.is_nested):
                    self.add(scope, named, at=position_of(named.node), place=touch.place)
        # What was given the value is changed.
        for given, named in index.holders.get(touch.text, ()):
            if self._is_same(touch, named.node):
                self._given_on(touch, given.target, given.value, given.items, named)

    def _given_on(
        self, touch: Touch, target: ast.expr, value: ast.expr, items: bool, named: Named
    ) -> None:
        is_itself = any(one.node is named.node and not one.inside for one in named_in(value))
        is_part = items or not _holds(value)
        if not is_itself and is_part and not touch.is_nested:
            return
        if touch.key and named.key and touch.key != named.key:
            return
        is_nested = touch.is_nested if is_itself and not items else True
        for one in named_in(target):
            self._keep(
                touch.scope,
                one.text,
                _since(touch.scope, one.node),
                touch.place,
                is_nested or one.inside,
            )

    def _is_same(self, touch: Touch, node: ast.expr) -> bool:
        meant = meant_at(touch.bindings, position_of(node))
        return not meant or not touch.meant or not {*meant}.isdisjoint(touch.meant)

    def _arguments(self, touch: Touch) -> None:
        """Calls that give the value to a function before it is changed, or that changes it."""
        definition = touch.scope.node
        parameters = [one for one in touch.meant if isinstance(one, ast.arg)]
        if isinstance(definition, ast.Module):
            parameters = []
        if parameters and touch.text in _with_lists_as_defaults(touch.scope):
            self._keep(touch.scope, touch.text, position_of(parameters[0]), LATER, touch.is_nested)
        if parameters and touch.place != LATER:
            for scope, call in self._calls.get(touch.scope, ()):
                for name, value in _arguments_of(call, touch.scope):
                    for named in named_in(value, touch.is_nested) if name == touch.text else ():
                        self.add(scope, named, at=position_of(named.node), place=end_of(call))
        for one in self._index(touch.scope).arguments.get(touch.text, ()):
            if self._is_later(touch, one.call, one.named.node):
                self._keep(
                    one.function,
                    one.name,
                    one.function.begin,
                    LATER,
                    touch.is_nested or not one.is_whole,
                )

    def _is_later(self, touch: Touch, call: ast.Call, node: ast.expr) -> bool:
        is_again = any(call.lineno in loop for loop in touch.loops)
        end = end_of(call)
        return (is_again or touch.place > end) and self._is_same(touch, node)

    def _attributes(self, touch: Touch) -> None:
        """The attribute of that name in other functions, which may have run before."""
        if touch.place == LATER or touch.scope.name in CONSTRUCTORS:
            return
        attribute = touch.text.rpartition(".")[2]
        before: dict[ValueScope, bool] = {}
        for other, node in self._attributes_read.get(attribute, ()):
            if other is touch.scope or not other.name or not is_dotted_name(node):
                continue
            if other not in before:
                before[other] = self._may_be_before(other, touch)
            text = ast.unparse(node)
            both_own = text == touch.text and text.startswith("self.")
            if before[other] and not (both_own and not self._is_related(other, touch.scope)):
                self._keep(other, text, LATER, LATER, touch.is_nested, touch.key)

    def _is_related(self, one: ValueScope, other: ValueScope) -> bool:
        """Whether ``self`` may be the same object in two functions."""
        return not {*self._classes_of(one)}.isdisjoint(self._classes_of(other))

    def _classes_of(self, scope: ValueScope) -> Iterator[str]:
        """The class around a function, those that it is derived from, and those of them."""
        while not scope.owner and scope.outer is not None:
            scope = scope.outer
        pending = [scope.owner]
        seen: set[str] = set()
        while pending:
            name = pending.pop()
            if name not in seen:
                seen.add(name)
                pending += self._bases.get(name, ())
        # One class may inherit from both.
        yield from (name for name in self._bases if seen & {name, *self._bases[name]})
        yield from seen

    def _inner_functions(self, touch: Touch) -> None:
        """The functions that read the name from the scope which binds and changes it."""
        for other in self._readers(touch.text):
            if (
                other.is_inside(touch.scope)
                and other.scope_of(touch.text) is touch.scope
                and self._may_be_before(other, touch)
            ):
                self._keep(other, touch.text, LATER, LATER, touch.is_nested, touch.key)

    def _outer_names(self, touch: Touch) -> None:
        """A name of a scope around the function that changes it."""
        owner = touch.scope.scope_of(touch.text)
        if owner is None or touch.place == LATER:
            return
        for scope, place in self._mentions.get(touch.scope.name, ()):
            if scope is not touch.scope and scope.scope_of(touch.text) is owner:
                self._keep(scope, touch.text, place, place, touch.is_nested, touch.key)
        for other in self._readers(touch.text):
            is_owner = other is owner or other is touch.scope
            if not is_owner and other.scope_of(touch.text) is owner:
                self._keep(other, touch.text, LATER, LATER, touch.is_nested, touch.key)

    def _readers(self, name: str) -> list[ValueScope]:
        """The scopes with the name, in their order."""
        found = self._reads.get(name, set())
        return [one for one in self.scopes if one in found]

    def _may_be_before(self, function: ValueScope, touch: Touch) -> bool:
        """Whether ``function`` may have run before a change; code of functions runs at any time."""
        if touch.scope.name and not function.is_inside(touch.scope):
            return True
        if touch.place == LATER:
            return True
        names: set[str] = set()
        pending = [function.name, function.owner]
        while pending:
            name = pending.pop()
            if name and name not in names:
                names.add(name)
                for scope, _ in self._mentions.get(name, ()):
                    pending += [scope.name, scope.owner]
        loops = [*touch.loops]
        return any(
            place < touch.place or any(place[0] in loop for loop in loops)
            for name in names
            for scope, place in self._mentions.get(name, ())
            if scope is touch.scope
        )


def _since(scope: ValueScope, node: ast.expr) -> Position:
    """From where on what is bound at ``node`` has the value."""
    own = scope.bindings.get(getattr(node, "id", ""), ())
    return next((one.since for one in own if one.node is node), end_of(node))


def _holds(value: ast.expr) -> bool:
    """Whether ``value`` is made of what it holds, so that a change of that is one inside of it."""
    return isinstance(value, (ast.List, ast.Tuple, ast.Set, ast.Dict, ast.Call))


def _arguments_of(call: ast.Call, function: ValueScope) -> Iterator[tuple[str, ast.expr]]:
    """The arguments of ``call`` by the names that ``function`` has for them."""
    arguments = getattr(function.node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    told = [getattr(one, "id", "") for one in getattr(function.node, "decorator_list", ())]
    is_bound = function.owner and "staticmethod" not in told
    is_unbound = isinstance(call.func, ast.Attribute) and (
        getattr(call.func.value, "id", "") == function.owner and "classmethod" not in told
    )
    yield from zip(names[1:] if is_bound and not is_unbound else names, call.args)
    yield from ((one.arg, one.value) for one in call.keywords if one.arg is not None)


def _with_lists_as_defaults(function: ValueScope) -> frozenset[str]:
    arguments = getattr(function.node, "args", None)
    if not isinstance(arguments, ast.arguments):
        return frozenset()
    names = [one.arg for one in (*arguments.posonlyargs, *arguments.args)]
    pairs = [*zip(reversed(names), reversed(arguments.defaults))]
    pairs += [
        (one.arg, value) for one, value in zip(arguments.kwonlyargs, arguments.kw_defaults) if value
    ]
    made = (ast.List, ast.Dict, ast.Set, ast.Name, ast.Attribute, ast.Call)
    return frozenset(name for name, value in pairs if isinstance(value, made))
