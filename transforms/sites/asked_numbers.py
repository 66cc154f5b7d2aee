"""Code in which tensors are numbers, whatever the analysis thinks: then there is no raw op."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.sites.facts import surely_symbolic
from transforms.sites.raw_expressions import RawExpression

OF_NUMBERS = frozenset({"int", "float", "bool", "range", "round", "len", "str"})
"""Functions of Python that a KerasTensor cannot be given, or that say nothing of one."""
TESTED = (ast.If, ast.While, ast.Assert, ast.IfExp)
OF_SHAPES = frozenset({"compute_output_shape", "get_output_shape_for", "get_config", "from_config"})
"""Methods that Keras gives shapes and configurations."""


def is_of_numbers(analysis: Analysis, raw: RawExpression) -> bool:
    """Whether operators alone make ``raw``, of nothing that is surely symbolic, for a number.

    So it is in methods that are given shapes.
    """
    if getattr(raw.place.function, "name", "") in OF_SHAPES:
        return True
    if raw.code != "KC102" or any(map(surely_symbolic(analysis), raw.operands.symbolic)):
        return False
    return any(raw.root in ast.walk(part) for part in _asked(raw.statement))


def nodes_in_methods_of_shapes(module: Module) -> frozenset[ast.AST]:
    """All that stands in methods which Keras gives shapes and configurations."""
    functions: list[ast.AST] = [
        *module.all_of(ast.FunctionDef),
        *module.all_of(ast.AsyncFunctionDef),
    ]
    of_shapes = [one for one in functions if getattr(one, "name", "") in OF_SHAPES]
    return frozenset(node for function in of_shapes for node in ast.walk(function))


def _asked(statement: ast.stmt) -> Iterator[ast.expr]:
    """The parts of a statement that are numbers or truths; not those of statements in it."""
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, TESTED):
            yield node.test
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield from node.args if node.func.id in OF_NUMBERS else []
        waiting += [one for one in ast.iter_child_nodes(node) if not isinstance(one, ast.stmt)]
