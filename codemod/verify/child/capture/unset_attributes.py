"""Attributes that a method reads and nothing in sight sets: what a base class sets in its ``fit``.

Classes that derive from estimators read sizes of the data so, ``self.X_shape_[1]``, and parts of a
class that are mixed in read what the others set.
"""

from __future__ import annotations

import ast
from typing import Any, Dict, Sequence, Set

from .class_uses import uses_of_attribute
from .parameters import Known, Use

GIVEN = "given_attributes"
"""The name of what sets them: ``given_attributes(Net(), X_shape_=(32, 16, 8)).build()``."""


def unset_attributes(cls: Any, method: Any, methods: Sequence[Any], known: Known) -> Dict[str, Use]:
    """What ``method`` reads of ``self``, and none of ``methods`` nor the class itself sets."""
    found = _attributes(method, ast.Load) - {
        name for one in methods for name in _attributes(one, ast.Store)
    }
    return {
        name: uses_of_attribute(name, [method], known)
        for name in sorted(found)
        if not hasattr(cls, name)
    }


def given_attributes(value: Any, **attributes: Any) -> Any:
    """``value`` with ``attributes``."""
    for name, one in attributes.items():
        setattr(value, name, one)
    return value


def _attributes(method: Any, context: type) -> Set[str]:
    return {
        node.attr
        for node in ast.walk(method)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, context)
        and getattr(node.value, "id", "") == "self"
    }
