"""Recurrent layers that are given states: Keras 3 does not give them the mask of their input.

Seen with Keras 3.15.1: a layer that is called on one tensor gets its mask, and one that is called
with ``initial_state`` as well gets none, so that padding counts. Keras 2 gave both the mask.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.knowledge.keras_names import RECURRENT, is_layer_class, last_part
from transforms.knowledge.stock_layers import PASSING_MASKS
from transforms.port.breaks import SILENT, Break, Source, found
from transforms.port.calls import argument
from transforms.port.scopes import dotted_name

_DEPTH = 12
_PASSING = PASSING_MASKS | {"TimeDistributed"}


def find_lost_masks(source: Source) -> Iterator[Break]:
    """The calls of recurrent layers of ``source`` that surely lose a mask."""
    if "initial_state" not in source.text.text:
        return
    for node in source.all_of(ast.Call):
        state = argument(node, "initial_state")
        is_none = isinstance(state, ast.Constant) and state.value is None
        if state is None or is_none or not node.args or argument(node, "mask") is not None:
            continue
        made = _made(source, node.func)
        if made is None or not _is_recurrent(source, made):
            continue
        if _is_masked(source, node.args[0], 0):
            message = (
                "Keras 3 gives a layer with `initial_state` no mask, so that padding counts: give"
                " mask=embedding.compute_mask(tokens) too"
            )
            yield found(source, SILENT, node, message)


def _made(source: Source, node: ast.AST) -> ast.Call | None:
    """The call that makes a layer: itself, or the only one that is bound to the name."""
    if isinstance(node, ast.Call):
        return node
    bound = _bound(source, node)
    return bound if isinstance(bound, ast.Call) else None


def _bound(source: Source, node: ast.AST) -> ast.AST | None:
    scope = source.scoped.of_node.get(node)
    name = node.id if isinstance(node, ast.Name) else ""
    bound = scope.lookup(name) if scope is not None and name else None
    values = [] if bound is None else [one.node if one.how == "value" else None for one in bound[1]]
    return values[0] if len(values) == 1 else None


def _layer_name(source: Source, made: ast.Call) -> str:
    dotted = dotted_name(source.scoped, made.func) or ""
    return last_part(dotted) if is_layer_class(dotted) else ""


def _is_recurrent(source: Source, made: ast.Call) -> bool:
    name = _layer_name(source, made)
    return name in RECURRENT or name == "Bidirectional"


def _is_masked(source: Source, node: ast.AST, depth: int) -> bool:
    """Whether the tensor surely has a mask: it leads back to an embedding that makes one."""
    if depth > _DEPTH:
        return False
    if isinstance(node, ast.Name):
        bound = _bound(source, node)
        return bound is not None and _is_masked(source, bound, depth + 1)
    made = _made(source, node.func) if isinstance(node, ast.Call) else None
    if made is None or not isinstance(node, ast.Call) or not node.args:
        return False
    name = _layer_name(source, made)
    zero = argument(made, "mask_zero")
    if name == "Masking" or (isinstance(zero, ast.Constant) and zero.value is True):
        return True
    sequences = argument(made, "return_sequences")
    passes = name in _PASSING or (
        name in RECURRENT and isinstance(sequences, ast.Constant) and sequences.value is True
    )
    return passes and _is_masked(source, node.args[0], depth + 1)
