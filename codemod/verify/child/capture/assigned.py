"""Weights that user code gives values: those of initializers follow from seeds, these do not."""

from __future__ import annotations

from typing import Any, Dict

Assigned = Dict[int, Any]
"""Variables by their ``id``, which stay alive so that no other gets it."""


def record_assignments() -> Assigned:
    """The variables that are assigned from now on, as ``set_weights`` and ``adapt`` do too."""
    from tensorflow.python.ops import (  # type: ignore[import-untyped,unused-ignore]
        resource_variable_ops,
    )

    found: Assigned = {}
    base = resource_variable_ops.BaseResourceVariable
    for variable in [base, *base.__subclasses__()]:
        for name in ("assign", "assign_add", "assign_sub"):
            if name in vars(variable):
                _hook(variable, name, found)
    return found


def _hook(variable: Any, name: str, found: Assigned) -> None:
    assign = getattr(variable, name)

    def noting(self: Any, *args: Any, **kwargs: Any) -> Any:
        found[id(self)] = self
        return assign(self, *args, **kwargs)

    setattr(variable, name, noting)
