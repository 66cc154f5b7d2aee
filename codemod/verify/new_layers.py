"""What new layers do with what they are given: a value that nobody tried has to arrive too."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from codemod.verify.parameters_read import IMPLIED, Function, parameters_of, parsed

CONSTRUCTOR = "__init__"
CONFIG = "get_config"
# What says something of a layer beside what it computes.
DESCRIBING = frozenset([CONFIG, CONSTRUCTOR, "from_config", "__repr__", "__str__"])
DESCRIBING |= {"compute_output_shape", "compute_output_spec", "compute_mask"}


def lost_argument(before: bytes, after: bytes) -> str | None:
    """How the first class of ``after`` that is new loses an argument of its constructor, in words.

    It does where it is kept nowhere, where what it is kept in is read by no method that computes,
    and where the configuration holds something else by its name. Classes without ``call`` are not
    looked at, nor what constructors do with arguments beside keeping them.
    """
    try:
        old, new = (dict(_classes(parsed(source))) for source in (before, after))
    except (SyntaxError, ValueError, RecursionError):
        # What Python cannot read fails when it is run.
        return None
    for name, cls in new.items():
        methods = {one.name: one for one in cls.body if isinstance(one, Function)}
        if name in old or CONSTRUCTOR not in methods or "call" not in methods:
            continue
        found = _lost(methods)
        if found is not None:
            return f"`{name}` {found}"
    return None


def _classes(tree: ast.AST) -> Iterator[tuple[str, ast.ClassDef]]:
    yield from ((one.name, one) for one in ast.walk(tree) if isinstance(one, ast.ClassDef))


def _lost(methods: dict[str, Function]) -> str | None:
    constructor = methods[CONSTRUCTOR]
    given = constructor.args
    rest = {one.arg for one in (given.vararg, given.kwarg) if one is not None}
    kept = {name: _kept_in(constructor, name) for name in parameters_of(constructor) - rest}
    for name in sorted(kept):
        attributes = kept[name]
        if attributes is None:
            continue
        if not attributes:
            return f"does nothing with its argument `{name}`"
        read = frozenset().union(
            *(_read(method) for other, method in methods.items() if other not in DESCRIBING),
            _read(constructor),
        )
        if not attributes & read:
            return f"keeps its argument `{name}`, and no method that computes reads it"
    if CONFIG in methods:
        others = {one: name for name, some in kept.items() for one in some or ()}
        for name, value in _entries(methods[CONFIG]):
            attributes = kept.get(name)
            if not attributes or attributes & _read(value):
                continue
            wrong = _read(value) & others.keys()
            if wrong or not any(isinstance(one, ast.Name) for one in ast.walk(value)):
                return f"has {ast.unparse(value)} in its configuration for the argument `{name}`"
    return None


def _kept_in(constructor: Function, name: str) -> frozenset[str] | None:
    """The attributes that are set from a parameter; ``None`` where more is done with it."""
    found: set[str] = set()
    for statement in constructor.body:
        if not any(isinstance(one, ast.Name) and one.id == name for one in ast.walk(statement)):
            continue
        targets = statement.targets if isinstance(statement, ast.Assign) else []
        if isinstance(statement, ast.AnnAssign):
            targets = [statement.target]
        own = [_attribute(target) for target in targets]
        if not all(own) and not _is_of_a_class(targets):
            return None
        if not targets:
            return None
        found |= {one for one in own if one}
    return frozenset(found)


def _is_of_a_class(targets: list[ast.expr]) -> bool:
    """Whether attributes are set, of another object than ``self``: one for all layers."""
    return all(isinstance(target, ast.Attribute) for target in targets)


def _attribute(node: ast.AST) -> str:
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return node.attr if node.value.id in IMPLIED - {"cls"} else ""
    return ""


def _read(node: ast.AST) -> frozenset[str]:
    """The attributes of ``self`` that are read."""
    return frozenset(
        _attribute(one)
        for one in ast.walk(node)
        if isinstance(one, ast.Attribute) and isinstance(one.ctx, ast.Load)
    ) - {""}


def _entries(method: Function) -> Iterator[tuple[str, ast.expr]]:
    """The names and values of a configuration."""
    for node in ast.walk(method):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values):
                if isinstance(key, ast.Constant) and isinstance(key.value, str):
                    yield key.value, value
        elif isinstance(node, ast.Call):
            yield from ((one.arg, one.value) for one in node.keywords if one.arg is not None)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Subscript):
            key = node.targets[0].slice
            if isinstance(key, ast.Constant) and isinstance(key.value, str):
                yield key.value, node.value
