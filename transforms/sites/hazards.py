"""Hazards: code that builds and most likely does not mean what it says."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.asked_numbers import nodes_in_methods_of_shapes
from transforms.sites.eager_calls import eager_call, is_also_eager
from transforms.sites.equalities import equality_needs_proof, equality_obstacle
from transforms.sites.facts import fact_of, op_fact_of, surely_symbolic
from transforms.sites.lambda_layers import lambda_layers, makes_lambda_layer
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import walk
from transforms.syntax.records import Hazard, Span
from transforms.syntax.source_text import SourceText

DROPPED_BATCH = "KC201"

CUT_SHORT = "KC207"

MADE_EAGERLY = "KC209"

LATE, EQUALITY, NOT_LOADED = "KC203", "KC204", "KC206"
MENDED = "; `--fix hazards` mends it"
MENDED_IF_SAME = "; `--fix hazards` mends it if the value is the same"
LEFT = "; `--fix hazards` leaves it: "


def find_hazards(
    analysis: Analysis, module: Module, text: SourceText, expressions: list[RawExpression]
) -> list[Hazard]:
    """The hazards of ``module`` in the order of the source."""
    hazards = [
        *_dropped_batches(analysis, text, expressions),
        *_captured_variables(analysis, module, text, expressions),
        *_equalities(analysis, module, text),
        *_frozen_random_numbers(analysis, text, expressions),
        *_lambdas(analysis, module, text),
        *([cut_short()] if module.path in analysis.incomplete else []),
    ]
    return sorted(set(hazards), key=lambda hazard: (hazard.span, hazard.code))


def cut_short() -> Hazard:
    """The hazard of a file that could not be analysed to its end."""
    message = "the analysis was cut short: raw ops may be missing here; split the file"
    return Hazard(CUT_SHORT, Span(1, 0, 1, 0), message)


def failed(line: int, message: str) -> Hazard:
    """The hazard of a file on which the analysis itself failed."""
    return Hazard(CUT_SHORT, Span(line, 0, line, 0), message)


def layers_made_eagerly(
    analysis: Analysis, text: SourceText, expressions: Iterable[RawExpression]
) -> Iterator[Hazard]:
    """Where functions of which ``expressions`` become layers also run on other tensors.

    Each function is told of once, at the first of its layers.
    """
    told: set[ast.AST | None] = set()
    for expression in sorted(expressions, key=lambda one: text.span(one.root)):
        function = expression.place.function
        if function not in told and is_also_eager(analysis, expression):
            told.add(function)
            call = eager_call(analysis, expression.place)
            message = "the layer is also made where this code runs on tensors that are not symbolic"
            span = text.span(expression.root)
            yield Hazard(MADE_EAGERLY, span, f"{message}, from {call}" if call else message)


def _dropped_batches(
    analysis: Analysis, text: SourceText, expressions: list[RawExpression]
) -> Iterator[Hazard]:
    for expression in expressions:
        if _is_added_loss(expression) or _is_in_loss(expression):
            continue
        for op in expression.operands.ops:
            if not isinstance(op, ast.Call) or _measures_shape(analysis, op):
                continue
            # Arguments need not stand at the call: a partial function has some, a helper others.
            if _unpacks(op) or analysis.ops[op].other:
                continue
            keys = analysis.ops[op].keys
            if len(keys) == 1 and tf_catalog.drops_batch(keys[0], _literals(keys[0], op)):
                message = f"{keys[0]} drops or mixes the batch dimension"
                yield Hazard(DROPPED_BATCH, text.span(op), message)


def _unpacks(op: ast.Call) -> bool:
    """Whether some of its arguments are not in sight: an axis may be among them."""
    starred = any(isinstance(argument, ast.Starred) for argument in op.args)
    return starred or any(keyword.arg is None for keyword in op.keywords)


def _is_added_loss(expression: RawExpression) -> bool:
    """Whether the value goes to ``add_loss`` or ``add_metric``, which want a scalar."""
    return any(
        isinstance(node, ast.Attribute) and node.attr in {"add_loss", "add_metric"}
        for node in walk(expression.statement)
    )


def _is_in_loss(expression: RawExpression) -> bool:
    """Whether it stands in a loss, which means over the batch on purpose."""
    return expression.refusal is not None and expression.refusal.code == refusals.IN_LOSS


def _measures_shape(analysis: Analysis, op: ast.Call) -> bool:
    """Whether the op works on the result of ``tf.shape`` and no batch of data."""
    arguments = [*op.args, *(keyword.value for keyword in op.keywords)]
    # ``tf.shape`` gives int32, as little else in a model does.
    dtypes = [fact_of(analysis, argument).dtypes for argument in arguments]
    of_tensors = [seen for seen in dtypes if seen]
    return bool(of_tensors) and all(seen == {"int32"} for seen in of_tensors)


def _literals(key: str, op: ast.Call) -> dict[str, object]:
    """The arguments of ``op`` by parameter name, as Python values where they are literals."""
    values: dict[str, object] = {}
    named = [*zip(tf_catalog.signature(key), op.args), *((k.arg, k.value) for k in op.keywords)]
    for name, node in named:
        if name is None:
            continue
        try:
            values[name] = ast.literal_eval(node)
        except (ValueError, TypeError, SyntaxError):
            values[name] = tf_catalog.UNKNOWN
    return values


def _captured_variables(
    analysis: Analysis, module: Module, text: SourceText, expressions: list[RawExpression]
) -> Iterator[Hazard]:
    made = {
        ast.unparse(target): f" (line {text.span(statement).line})"
        for statement in module.tree.body
        if isinstance(statement, ast.Assign)
        for target in statement.targets
    }
    for expression in expressions:
        for part in expression.operands.captured:
            # A weight of a layer is tracked by that layer.
            kinds = fact_of(analysis, part).kinds
            if kinds & Kind.VARIABLE and not kinds & Kind.TRACKED:
                source = text.text_of(part)
                message = (
                    f"the variable `{source}`{made.get(source, '')} is not tracked by any layer of "
                    f"the model{LEFT}as a weight of a layer it would change the model's weights"
                )
                yield Hazard("KC202", text.span(part), message)


def _equalities(analysis: Analysis, module: Module, text: SourceText) -> Iterator[Hazard]:
    if module.path not in analysis.with_ops:
        return
    symbolic = surely_symbolic(analysis)
    of_shapes = nodes_in_methods_of_shapes(module)
    for node in module.all_of(ast.Compare):
        if "operator.eq" in op_fact_of(analysis, node).keys and node not in of_shapes:
            message = "== on a KerasTensor compares identity in Keras 3; use tf.equal"
            obstacle = equality_obstacle(analysis, node, symbolic)
            mend = MENDED_IF_SAME if equality_needs_proof(node) else MENDED
            mend = f"{LEFT}{obstacle}" if obstacle else mend
            yield Hazard(EQUALITY, text.span(node), message + mend)


def _frozen_random_numbers(
    analysis: Analysis, text: SourceText, expressions: list[RawExpression]
) -> Iterator[Hazard]:
    for expression in expressions:
        for part in expression.operands.captured:
            for node in walk(part):
                if isinstance(node, ast.Call) and _is_random(text.text_of(node.func)):
                    message = "random numbers are drawn once, when the model is built"
                    yield Hazard("KC205", text.span(node), message)


def _is_random(function: str) -> bool:
    """Whether the dotted source names a function of ``np.random``, ``tf.random`` or the like."""
    return ".random." in function or ".random_" in function


def _lambdas(analysis: Analysis, module: Module, text: SourceText) -> Iterator[Hazard]:
    if "Lambda" not in text.text:
        return
    imported = module.imports.names
    for node in module.nodes:
        if isinstance(node, ast.Call) and makes_lambda_layer(imported, node):
            for name in _tensors_from_outside(analysis, node):
                message = (
                    f"the Lambda reads the symbolic tensor `{name}`, which has no value where it "
                    "runs: give the Lambda a list of inputs, and that among them"
                )
                yield Hazard("KC208", text.span(node), message)
    for layer in lambda_layers(analysis, module, text):
        message = "Keras 3 does not load a Lambda layer with a Python lambda"
        mend = f"{LEFT}{layer.obstacle}" if layer.obstacle else MENDED
        if not layer.obstacle and layer.late:
            mend = MENDED_IF_SAME
        yield Hazard(NOT_LOADED, text.span(layer.call), message + mend)
        for name in layer.late:
            message = f"the Lambda reads `{name}` when it runs, not when it is made"
            mend = f"{LEFT}{layer.obstacle}" if layer.obstacle else MENDED_IF_SAME
            yield Hazard(LATE, text.span(layer.function), message + mend)


def _tensors_from_outside(analysis: Analysis, call: ast.Call) -> list[str]:
    """The symbolic tensors that a ``Lambda`` does not get as its inputs."""
    symbolic = surely_symbolic(analysis)
    read: list[ast.AST] = []
    if call.args and isinstance(call.args[0], ast.Lambda):
        free = _free_names(call.args[0])
        body = walk(call.args[0].body)
        read += [node for node in body if isinstance(node, ast.Name) and node.id in free]
    for keyword in call.keywords:
        if keyword.arg == "arguments" and isinstance(keyword.value, ast.Dict):
            read += keyword.value.values
    return sorted({ast.unparse(node) for node in read if symbolic(node)})


def _free_names(function: ast.Lambda) -> frozenset[str]:
    bound = {argument.arg for argument in walk(function.args) if isinstance(argument, ast.arg)}
    return names_read(function.body) - bound
