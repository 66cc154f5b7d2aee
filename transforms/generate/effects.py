"""What evaluating an expression may change, and what it reads that others may change.

A layer is given its values before it is called with its operands: `Concat(axis=f())(g(x))` calls
`f` first, where `tf.concat(g(x), f())` called it last. That is the same unless one of them changes
what the other one reads.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from transforms.generate.touches import CHANGING, CHANGING_FIRST
from transforms.interpret.scopes import Module
from transforms.syntax.accesses import accessed_name, is_dotted_name, is_literal, last_name
from transforms.syntax.liveness import bound_inside
from transforms.syntax.nodes import walk

Tokens = frozenset[str]
NOTHING: Tokens = frozenset()
RANDOM = "random numbers"
_CONSTRUCTORS = frozenset({"__init__", "__post_init__", "__new__"})
_PROPERTIES = frozenset({"property", "cached_property"})
_DRAWING = frozenset({"get_uid", "random", "secrets", "uuid"})
_TAKING = CHANGING | CHANGING_FIRST | {"next", "send", "__next__"}
# Methods of values, and functions of Python, that change nothing.
_READING = frozenset(
    "abs all any as_list astype bool capitalize copy count dict divmod endswith enumerate filter"
    " find float format frozenset get get_shape getattr hasattr id index int isinstance issubclass"
    " item items join keys len list lower map max mean min ndim numpy ones partial pow prod range"
    " repr reshape reversed round set slice sorted split squeeze startswith str strip sum super"
    " title tolist tuple type upper values zip __init__".split()
)
_OWN = frozenset({"self", "cls"})


@dataclass(frozen=True)
class Effect:
    """The names, and the attributes as ``.name``, that are read and that are changed."""

    reads: Tokens = NOTHING
    writes: Tokens = NOTHING

    def meets(self, other: Effect) -> bool:
        """Whether it makes a difference which of the two is first."""
        return not (
            self.writes.isdisjoint(other.reads | other.writes)
            and self.reads.isdisjoint(other.writes)
        )


_NONE = Effect()
_Function = ast.FunctionDef | ast.AsyncFunctionDef


class Effects:
    """The effects of expressions of ``module``, whose functions are looked into."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._known: dict[_Function, Effect] = {}

    def of(self, node: ast.AST) -> Effect:
        """What ``node`` reads and changes when it is evaluated."""
        if is_literal(node):
            return _NONE
        reads: set[str] = set()
        writes: set[str] = set()
        for part in walk(node):
            if isinstance(part, ast.NamedExpr):
                writes.add(part.target.id)
            elif isinstance(part, ast.Name):
                reads.add(part.id)
            elif isinstance(part, ast.Attribute):
                reads.add(f".{part.attr}")
                for function in self._functions.get(part.attr, ()):
                    if _is_property(function):
                        _add(self._inside(function), reads, writes)
            elif isinstance(part, ast.Call):
                _add(self._of_call(part), reads, writes)
        # What changes with everything is no value: modules, and the object itself.
        free = self._modules | _OWN
        return Effect(frozenset(reads - free), frozenset(writes - free))

    def _of_call(self, call: ast.Call) -> Effect:
        name = last_name(call.func)
        path = self._path(call.func)
        if path:
            draws = any(part in _DRAWING for part in path.split("."))
            drawn = frozenset({RANDOM}) if draws and "stateless" not in path else NOTHING
            changed = _tokens(call.args[:1]) if name in CHANGING_FIRST else NOTHING
            return Effect(drawn, drawn | changed)
        own = self._callees(call)
        if own:
            return self._of_functions(own, call)
        if name in _READING:
            return _NONE
        if isinstance(call.func, ast.Name) and name in _TAKING:
            return Effect(writes=_tokens(call.args[:1]))
        owner = _tokens([call.func.value]) if isinstance(call.func, ast.Attribute) else NOTHING
        if name in _TAKING:
            return Effect(writes=owner)
        # What is not in sight may count its calls, and objects of the classes in sight may be it.
        made_by = call.func.func if isinstance(call.func, ast.Call) else None
        objects = [] if made_by is not None and self._path(made_by) else self._called
        effect = self._of_functions(objects, call)
        own_token = NOTHING if isinstance(call.func, ast.Subscript) else _tokens([call.func])
        return Effect(effect.reads, effect.writes | owner | own_token)

    def _of_functions(self, functions: Sequence[_Function], call: ast.Call) -> Effect:
        reads: set[str] = set()
        writes: set[str] = set()
        for function in functions:
            _add(self._inside(function), reads, writes)
            writes |= _tokens(_given_to(function, call, self._is_method(function)))
        return Effect(frozenset(reads), frozenset(writes))

    def _inside(self, function: _Function) -> Effect:
        """What a call of ``function`` reads and changes, but for what it is given."""
        known = self._known.get(function)
        if known is not None:
            return known
        self._known[function] = _NONE
        reads: set[str] = set()
        writes: set[str] = set()
        outer: set[str] = set()
        is_making = function.name in _CONSTRUCTORS
        for node in (part for statement in function.body for part in walk(statement)):
            writes |= {*_stored(node, is_making)}
            if isinstance(node, (ast.Global, ast.Nonlocal)):
                outer |= {*node.names}
        for statement in function.body:
            _add(self.of(statement), reads, writes)
        local = bound_inside([function]) - outer
        effect = Effect(frozenset(reads - local), frozenset(writes - local))
        self._known[function] = effect
        return effect

    def _callees(self, call: ast.Call) -> list[_Function]:
        functions = self._functions.get(last_name(call.func), [])
        if isinstance(call.func, ast.Attribute):
            # That of another class is not one of the classes in sight.
            return [one for one in functions if one.name not in _CONSTRUCTORS]
        plain = [one for one in functions if not self._is_method(one)]
        return [*plain, *self._constructors.get(last_name(call.func), ())]

    def _is_method(self, function: _Function) -> bool:
        return isinstance(self._module.parents.get(function), ast.ClassDef)

    @cached_property
    def attributes_set(self) -> Tokens:
        """The attributes that are given a value somewhere: ``block.scale`` of a function."""
        return frozenset(
            ast.unparse(node)
            for node in self._module.all_of(ast.Attribute)
            if not isinstance(node.ctx, ast.Load) and is_dotted_name(node)
        )

    @cached_property
    def _functions(self) -> dict[str, list[_Function]]:
        found: dict[str, list[_Function]] = {}
        functions: list[_Function] = [*self._module.all_of(ast.FunctionDef)]
        functions += self._module.all_of(ast.AsyncFunctionDef)
        for function in functions:
            found.setdefault(function.name, []).append(function)
        return found

    @cached_property
    def _constructors(self) -> dict[str, list[_Function]]:
        made = [one for name in sorted(_CONSTRUCTORS) for one in self._functions.get(name, ())]
        return {
            cls.name: [one for one in made if self._module.parents.get(one) is cls]
            for cls in self._module.all_of(ast.ClassDef)
        }

    @cached_property
    def _called(self) -> list[_Function]:
        """What runs when an object of a class in sight, which may be a layer, is called."""
        return [one for name in ("__call__", "call") for one in self._functions.get(name, ())]

    @cached_property
    def _modules(self) -> Tokens:
        return frozenset(self._module.imports.names)

    def _path(self, function: ast.expr) -> str:
        """What an imported function is called by whoever makes it, else nothing."""
        if not is_dotted_name(function):
            return ""
        root, dot, rest = ast.unparse(function).partition(".")
        path = self._module.imports.names.get(root, "")
        return f"{path}{dot}{rest}" if path else ""


def out_of_order(
    effects: Effects, before: Sequence[ast.expr], after: Sequence[ast.expr]
) -> tuple[ast.expr, ast.expr] | None:
    """Two that come in the order ``before``, then ``after``, and must come the other way round.

    Only what calls or binds something can change anything.
    """
    acting = {id(one) for one in (*before, *after) if _may_act(one, effects)}
    if not acting:
        return None
    order = [*before, *after]
    for index, first in enumerate(order):
        for second in order[index + 1 :]:
            is_late = _place(second) < _place(first)
            if not is_late or not ({id(first), id(second)} & acting):
                continue
            if effects.of(first).meets(effects.of(second)):
                return first, second
    return None


def is_repeatable(effects: Effects, node: ast.expr) -> bool:
    """Whether evaluating ``node`` once is as good as evaluating it twice."""
    return not _may_act(node, effects)


def _may_act(node: ast.expr, effects: Effects) -> bool:
    if isinstance(node, (ast.Name, ast.Constant)):
        return False
    return bool(effects.of(node).writes)


def _place(node: ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _add(effect: Effect, reads: set[str], writes: set[str]) -> None:
    reads |= effect.reads
    writes |= effect.writes


def _tokens(nodes: Sequence[ast.expr]) -> Tokens:
    """What names and attributes stand for the values of ``nodes``."""
    found: set[str] = set()
    for node in nodes:
        held = node
        while isinstance(held, (ast.Subscript, ast.Starred)):
            held = held.value
        if isinstance(held, ast.Attribute):
            found.add(f".{held.attr}")
        elif isinstance(held, ast.Name):
            found.add(held.id)
    return frozenset(found)


def _stored(node: ast.AST, is_making: bool) -> Iterator[str]:
    """The names and attributes that one node of a function gives values, or changes inside."""
    if isinstance(node, ast.Attribute):
        if not isinstance(node.ctx, ast.Load):
            if not (is_making and accessed_name(node) == "self"):
                yield f".{node.attr}"
        elif node.attr in CHANGING:
            yield from _tokens([node.value])
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        yield from _tokens([node.value])
    elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        yield node.id


def _given_to(function: _Function, call: ast.Call, is_method: bool) -> list[ast.expr]:
    """What ``call`` gives ``function`` for parameters that this changes in place."""
    changed = {name for node in walk(function) for name in _changed_at(node)}
    names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
    if is_method:
        names = names[1:]
    given = [value for name, value in zip(names, call.args) if name in changed]
    return given + [word.value for word in call.keywords if word.arg in changed]


def _changed_at(node: ast.AST) -> Iterator[str]:
    """The name of what is changed in place, or of what holds it."""
    changed: ast.expr | None = None
    if isinstance(node, ast.Attribute):
        is_changed = node.attr in CHANGING or not isinstance(node.ctx, ast.Load)
        changed = node.value if is_changed else None
    elif isinstance(node, ast.Subscript) and not isinstance(node.ctx, ast.Load):
        changed = node.value
    elif isinstance(node, ast.Call) and last_name(node.func) in _TAKING and node.args:
        changed = node.args[0]
    name = accessed_name(changed) if changed is not None else None
    if name is not None:
        yield name


def _is_property(function: _Function) -> bool:
    return any(last_name(one) in _PROPERTIES for one in function.decorator_list)
