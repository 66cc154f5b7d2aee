"""Making instances of classes of the analysed sources."""

from __future__ import annotations

import ast

from transforms.interpret import attributes, calls
from transforms.interpret.scopes import State
from transforms.interpret.values import (
    Class,
    External,
    Function,
    Instance,
    Opaque,
    Sequence,
    Value,
)

Keywords = dict[str, Value]


def instantiate(
    state: State, node: ast.Call | None, cls: Class, positional: list[Value], keywords: Keywords
) -> Value:
    """Call a class: its ``__init__``, or the fields of a dataclass or ``NamedTuple``."""
    names = field_names(cls)
    if any(isinstance(b, External) and b.dotted == "typing.NamedTuple" for b in cls.bases):
        values = {**dict(zip(names, positional)), **keywords}
        items = [values.get(name, cls.scope.variables.get(name, Opaque())) for name in names]
        return Sequence(items, kind="namedtuple", fields=tuple(names))
    instance = Instance(cls)
    state.instances[cls.node] = instance
    initializer = attributes.class_attribute(cls, "__init__")
    if isinstance(initializer, Function):
        calls.call_function(state, node, initializer, [instance, *positional], keywords)
        return instance
    instance.attributes.update(zip(names, positional))
    instance.attributes.update(keywords)
    for name in names:
        default = cls.scope.variables.get(name)
        if name not in instance.attributes and default is not None:
            instance.attributes[name] = default
    return instance


def field_names(cls: Class) -> list[str]:
    """The annotated names in the body of ``cls``, those of its bases first."""
    names: list[str] = []
    for candidate in reversed(attributes.method_resolution_order(cls)):
        for statement in candidate.node.body:
            if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                names.append(statement.target.id)
    return names
