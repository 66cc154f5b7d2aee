"""How a class uses what it is made with, in all its methods: through attributes of ``self``."""

from __future__ import annotations

import ast
import copy
from typing import Any, Dict, Iterator, Sequence, Tuple

from .parameters import Known, Use, uses_of


def uses_of_attributes(init: Any, methods: Sequence[Any], known: Known) -> Dict[str, Use]:
    """What ``methods`` do with parameters that ``init`` keeps as attributes."""
    found: Dict[str, Use] = {}
    for attribute, parameter in _kept(init):
        found.setdefault(parameter, Use()).add(uses_of_attribute(attribute, methods, known))
    return found


def uses_of_attribute(attribute: str, methods: Sequence[Any], known: Known) -> Use:
    """What ``methods`` do with an attribute of ``self``."""
    found = Use()
    for method in methods:
        replacing = _Named(attribute)
        own = replacing.visit(copy.deepcopy(method))
        if replacing.is_found:
            found.add(uses_of([replacing.name], own, known)[replacing.name])
    return found


def _kept(init: Any) -> Iterator[Tuple[str, str]]:
    """Attributes of ``self`` that are set from parameters: ``self.width = width``."""
    names = {item.arg for item in ast.walk(init.args) if isinstance(item, ast.arg)}
    for node in ast.walk(init):
        target: Any = node.targets[0] if isinstance(node, ast.Assign) else None
        value: Any = getattr(node, "value", None)
        if _is_own(target) and isinstance(value, ast.Name) and value.id in names:
            yield str(target.attr), value.id


def _is_own(node: Any) -> bool:
    return isinstance(node, ast.Attribute) and getattr(node.value, "id", "") == "self"


class _Named(ast.NodeTransformer):
    """Puts a name in the place of an attribute of ``self`` that is read."""

    def __init__(self, attribute: str) -> None:
        self.name = "self." + attribute
        self.is_found = False
        self._attribute = attribute

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        is_read = isinstance(node.ctx, ast.Load)
        if is_read and _is_own(node) and node.attr == self._attribute:
            self.is_found = True
            return ast.copy_location(ast.Name(self.name, ast.Load()), node)
        return self.generic_visit(node)
