"""The text of the ops inside a new layer, with its comments."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Mapping, Sequence
from typing import TypeGuard

from transforms.generate.body_builder import DROPPED, BodyBuilder
from transforms.sites.added_losses import AddedLosses, Addition
from transforms.sites.raw_expressions import AugmentedAssignment, RawExpression, Unpacking
from transforms.sites.run_statements import RunStatement
from transforms.sites.units import Unit
from transforms.syntax.naming import metric_attribute
from transforms.syntax.nodes import walk
from transforms.syntax.source_text import SourceText


def body_text(builder: BodyBuilder, unit: Unit) -> tuple[list[str], str]:
    """The statements of ``call`` and the expression that it returns."""
    for expression in unit.expressions:
        for name, display in expression.operands.inlined.items():
            if getattr(name, "id", None) not in builder.local:
                builder.replacements[name] = _dedented(builder, display)
    if unit.statements:
        given = unit.additions if isinstance(unit, AddedLosses) else ()
        additions = {addition.node: addition for addition in given}
        return _statements_text(builder, unit.statements, unit.outputs, additions)
    return [], _expression_text(builder, unit.expressions[0])


def _expression_text(builder: BodyBuilder, expression: RawExpression) -> str:
    if isinstance(expression, AugmentedAssignment):
        return _augmented_text(builder, expression.root)
    if isinstance(expression, Unpacking):
        return _unpacked_text(builder, expression.value)
    return _dedented(builder, expression.root)


def _statements_text(
    builder: BodyBuilder,
    statements: Sequence[RunStatement],
    outputs: Sequence[str],
    additions: Mapping[ast.stmt, Addition],
) -> tuple[list[str], str]:
    lines: list[str] = []
    last_line = 0
    for statement in statements:
        node = statement.node
        lines.extend(_comments_between(builder.text, last_line, node.lineno))
        last_line = 0 if statement.borrowed else node.end_lineno or node.lineno
        if isinstance(node, ast.Expr):
            lines.extend(_added(builder, additions[node]).split("\n"))
            continue
        if isinstance(node, ast.Return) and node.value is not None:
            return lines, _dedented(builder, node.value)
        comment = _trailing_comment(builder.text, node)
        if node is statements[-1].node and not comment and _assigns_only(node, outputs):
            return lines, _dedented(builder, node.value)
        lines.extend((_dedented(builder, node) + comment).split("\n"))
    return lines, builder.parameters[outputs[0]] if additions else ", ".join(outputs)


def _added(builder: BodyBuilder, addition: Addition) -> str:
    value = _dedented(builder, addition.value)
    if addition.metric is None:
        return f"self.add_loss({value})"
    # Called, a metric also gives its mean, as that of `add_metric` does: the graphs are the same.
    return f"self.{metric_attribute(addition.metric)}({value})"


def _assigns_only(node: ast.stmt, outputs: Sequence[str]) -> TypeGuard[ast.Assign]:
    """Whether ``node`` gives its value to one name, which is all that the layer returns."""
    if not isinstance(node, ast.Assign) or len(node.targets) > 1:
        return False
    target = node.targets[0]
    return isinstance(target, ast.Name) and list(outputs) == [target.id]


def _unpacked_text(builder: BodyBuilder, value: ast.expr) -> str:
    """The call that takes a tensor apart: in a graph Python cannot iterate over it."""
    unstack, needed = builder.names.refer("tf.unstack")
    if needed is not None:
        builder.imports.append(needed)
    return f"{unstack}({_dedented(builder, value)})"


def _augmented_text(builder: BodyBuilder, node: ast.AugAssign) -> str:
    """``x *= y`` as the expression that it assigns."""
    operation = ast.BinOp(ast.Name("left", ast.Load()), node.op, ast.Name("right", ast.Load()))
    _, symbol, _ = ast.unparse(operation).split(" ")
    value = _dedented(builder, node.value)
    simple = isinstance(
        node.value, (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.Subscript)
    )
    right = value if simple else f"({value})"
    return f"{builder.text.replaced(node.target, builder.replacements)} {symbol} {right}"


def _dedented(builder: BodyBuilder, node: ast.AST) -> str:
    """The text inside the layer for ``node``, its later lines indented less by its own indent.

    Strings over several lines would change, so text with one keeps its indentation.
    """
    source = _without_dropped(builder.text.replaced(node, builder.replacements))
    if "\n" not in source:
        return source
    indent = builder.text.indent_of(builder.text.span(node).line)
    if any(isinstance(n, ast.Constant) and _is_multiline(n) for n in walk(node)):
        return source
    lines = source.split("\n")
    rest = [line.removeprefix(indent) if line.strip() else "" for line in lines[1:]]
    return "\n".join([lines[0], *rest])


def _without_dropped(source: str) -> str:
    """``source`` without the comma before an argument that is left out, or after it."""
    return re.sub(rf",\s*{DROPPED}|{DROPPED}(,\s*)?", "", source)


def _is_multiline(node: ast.Constant) -> bool:
    return isinstance(node.value, (str, bytes)) and node.end_lineno != node.lineno


def _comments_between(text: SourceText, after: int, before: int) -> list[str]:
    """The comments and blank lines between the lines ``after`` and ``before``.

    Statements that stand there go before the layer.
    """
    if not after:
        return []
    between = [line.strip() for line in text.lines[after : before - 1]]
    lines = [line for line in between if not line or line.startswith("#")]
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n") if any(lines) else []


def _trailing_comment(text: SourceText, node: ast.stmt) -> str:
    span = text.span(node)
    rest = text.lines[span.end_line - 1][span.end_column :]
    return f"  {rest.strip()}" if rest.strip().startswith("#") else ""
