"""Results that Keras 3.15 takes for sparse tensors although they are none.

It takes the product of a tensor and a number for one. Functions of ``keras.ops`` take such a
tensor, and some pass the mark on; a layer whose code applies ops of TensorFlow to it does not
build.
"""

from __future__ import annotations

import ast

from transforms.generate.ops_choice import OpsForm
from transforms.generate.ops_operands import OpsContext
from transforms.knowledge.keras_ops import PASS_MARKS_OF_ALL, PASS_MARKS_ON
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression


def looks_sparse(context: OpsContext, site: RawExpression, form: OpsForm) -> bool:
    """Whether Keras takes the result of ``site``, written as ``form``, for a sparse tensor."""

    def is_marked(node: ast.AST) -> bool:
        if node in form.calls:
            return _of_call(node)
        if isinstance(node, ast.BinOp) and node in site.operands.ops:
            return _of_operator(type(node.op), [node.left, node.right])
        if isinstance(node, ast.AugAssign):
            return _of_operator(type(node.op), [node.target, node.value])
        if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
            return is_marked(node.operand)
        return node in site.operands.symbolic and bool(fact_of(context.analysis, node).scalings)

    def _of_call(node: ast.AST) -> bool:
        call = form.calls[node]
        function = call.row.functions[0]
        given: list[ast.expr] = []
        for each in call.given:
            parts = each.node.elts if isinstance(each.node, (ast.List, ast.Tuple)) else []
            given += parts or [each.node]
        tensors = [one for one in given if context.is_symbolic(site, one)]
        marks = list(map(is_marked, tensors))
        if function == "multiply":
            return any(marks) or len(tensors) < len(given)
        if function in PASS_MARKS_OF_ALL:
            return all(marks)
        return function in PASS_MARKS_ON and marks[0]

    def _of_operator(kind: type[ast.operator], sides: list[ast.expr]) -> bool:
        marks = [is_marked(side) for side in sides]
        if kind is ast.Mult:
            return any(marks) or not all(context.is_symbolic(site, side) for side in sides)
        if kind in (ast.Add, ast.Sub, ast.MatMult):
            return all(marks)
        return kind is ast.Div and marks[0]

    return is_marked(site.root)
