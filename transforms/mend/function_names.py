"""Names for the functions that take the place of lambdas."""

from __future__ import annotations

import ast
import builtins
import keyword
import re
from collections.abc import Collection, Iterator

from transforms.interpret.scopes import Module
from transforms.sites.lambda_layers import LambdaLayer
from transforms.syntax.naming import helper_name, layer_name_for, parameter_name, snake_case
from transforms.syntax.nodes import walk

_OPERATORS = {
    ast.Add: "operator.add",
    ast.Sub: "operator.sub",
    ast.Mult: "operator.mul",
    ast.Div: "operator.truediv",
    ast.FloorDiv: "operator.floordiv",
    ast.MatMult: "operator.matmul",
    ast.Pow: "operator.pow",
    ast.USub: "operator.neg",
}
_TAKEN_PART = "take"


def names_in(module: Module) -> set[str]:
    """Every word of ``module`` that a new function must not be called."""
    words = {getattr(node, "id", None) for node in module.nodes}
    words |= {getattr(node, "arg", None) for node in module.nodes}
    for node in module.nodes:
        words |= {getattr(node, "name", None), getattr(node, "asname", None)}
    if module.star_imports or any(
        isinstance(node, ast.ImportFrom) and node.names[0].name == "*" for node in module.nodes
    ):
        words |= {getattr(node, "attr", None) for node in module.nodes}
    return {word for word in words if isinstance(word, str)} | {*dir(builtins)}


def function_name(layer: LambdaLayer, builder: str | None, taken: Collection[str]) -> str:
    """The name of the function for ``layer``, which ``builder`` makes: after what it computes."""
    candidates = [_identifier(name) for name in _candidates(layer)]
    free = [name for name in candidates if name and name not in taken]
    if free:
        return free[0]
    base = next(filter(None, reversed(candidates)), _TAKEN_PART)
    around = helper_name(builder) if builder else None
    return parameter_name(f"{around}_{base}" if around else base, base, taken)


def _candidates(layer: LambdaLayer) -> Iterator[str]:
    for word in layer.call.keywords:
        name = word.value.value if isinstance(word.value, ast.Constant) else None
        if word.arg == "name" and isinstance(name, str):
            yield snake_case(name.replace("-", "_").replace("/", "_"))
    ops = list(_ops(layer.function)) or [_TAKEN_PART]
    if (variable := _assigned(layer)) is not None:
        yield layer_name_for(variable, ops)
    yield layer_name_for(None, ops)


def _identifier(name: str) -> str:
    found = re.sub(r"\W", "_", name).strip("_") if name[:1].isalpha() else ""
    return f"{found}_{_TAKEN_PART}" if keyword.iskeyword(found) else found


def _assigned(layer: LambdaLayer) -> str | None:
    """The variable that is given the layer, or what it makes of its inputs."""
    statement = layer.statement
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return None
    value = statement.value
    is_given = value is layer.call or getattr(value, "func", None) is layer.call
    target = statement.targets[0]
    return target.id if is_given and isinstance(target, ast.Name) else None


def _ops(function: ast.Lambda) -> Iterator[str]:
    """What the body applies, in the order of the source, calls before operators."""
    nodes = [node for node in walk(function.body) if isinstance(node, ast.expr)]
    calls = [node.func for node in nodes if isinstance(node, ast.Call)]
    named = [node for node in calls if isinstance(node, (ast.Attribute, ast.Name))]
    if named:
        yield from (ast.unparse(node).rpartition(".")[2] for node in reversed(named))
        return
    operators = [type(getattr(node, "op", node)) for node in reversed(nodes)]
    yield from (_OPERATORS[operator] for operator in operators if operator in _OPERATORS)
