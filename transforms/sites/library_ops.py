"""Ops that Keras's own code applies: which of them a layer can hold as they stand."""

from __future__ import annotations

import ast

from transforms.interpret.symbolic import Analysis
from transforms.knowledge import keras_names
from transforms.sites.facts import op_fact_of
from transforms.syntax.accesses import is_dotted_name, is_literal
from transforms.syntax.liveness import names_bound_at


def is_left_to_library(analysis: Analysis, op: ast.AST) -> bool:
    """Whether Keras's own code applies raw ops at ``op`` that no layer can hold."""
    fact = op_fact_of(analysis, op)
    if not fact.library:
        return False
    if len(fact.keys) != 1 or not isinstance(op, ast.Call):
        return True
    if keras_names.is_input_preprocessing(fact.keys[0]):
        return not is_dotted_name(op.func)
    return maker_of(analysis, op) is None


def maker_of(analysis: Analysis, op: ast.Call) -> ast.Call | None:
    """The call that makes the loss which ``op`` applies, where it can be made anew in a layer.

    A loss has no state. What it is made of must be literal, and a name of it is bound only once.
    """
    if not all(map(keras_names.is_loss_class, op_fact_of(analysis, op).keys)):
        return None
    made: ast.expr | None = op.func
    if isinstance(made, ast.Name):
        made = bound_once(analysis, made)
    if not isinstance(made, ast.Call) or not is_dotted_name(made.func):
        return None
    given = [*made.args, *(keyword.value for keyword in made.keywords)]
    is_plain = all(map(is_literal, given)) and all(keyword.arg for keyword in made.keywords)
    return made if is_plain else None


def bound_once(analysis: Analysis, name: ast.Name) -> ast.expr | None:
    """The value of ``name``, where its module binds that name at one place only."""
    nodes = next((one.nodes for one in analysis.modules.values() if name in one.nodes), [])
    if sum(_binds(node, name.id) for node in nodes) != 1:
        return None
    for node in nodes:
        match node:
            case ast.Assign(targets=[ast.Name(id=assigned)], value=value) if assigned == name.id:
                return value
    return None


def _binds(node: ast.AST, name: str) -> bool:
    """Whether ``node`` itself binds ``name``, or lets another scope do so."""
    if isinstance(node, (ast.Global, ast.Nonlocal)):
        return name in node.names
    return name in names_bound_at(node)
