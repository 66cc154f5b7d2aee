"""What goes into a layer: its parameters, the values it binds, and the text of its ops."""

from __future__ import annotations

import ast
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from transforms import refusals, tf_catalog
from transforms.naming import parameter_name
from transforms.refusals import Refusal
from transforms.runs import Run, accessed_name, is_access
from transforms.scopes import Fact
from transforms.sites import RawExpression
from transforms.source_text import SourceText
from transforms.symbolic import Analysis
from transforms.values import Kind

Form = Literal["plain", "array", "activation"]
FALLBACK_PARAMETER = "tensor"
FALLBACK_VALUE = "value"


@dataclass(frozen=True)
class Captured:
    """A value bound when the layer is made: its name inside, its source outside."""

    name: str
    source: str
    form: Form


@dataclass(frozen=True)
class LayerBody:
    """The inside of a layer and what it is given from outside.

    ``lines`` are the statements of ``call`` without indentation; ``result`` is the expression
    that it returns.
    """

    parameters: tuple[str, ...]
    arguments: tuple[str, ...]
    captured: tuple[Captured, ...]
    lines: tuple[str, ...]
    result: str
    imports: tuple[str, ...] = ()


@dataclass(frozen=True)
class ModuleNames:
    """The names that a generated class can reach at module level.

    ``imported``, ``constants`` and ``functions`` are bound once; ``refer`` gives the way to write
    a key of the catalogue and the import that it needs.
    """

    imported: frozenset[str]
    constants: frozenset[str]
    functions: frozenset[str]
    refer: Callable[[str], tuple[str, str | None]]


@dataclass
class _Builder:
    analysis: Analysis
    text: SourceText
    names: ModuleNames
    prefix: str
    outside: Callable[[ast.expr], str]
    local: set[str] = field(default_factory=set)
    parameters: dict[str, str] = field(default_factory=dict)
    captured: dict[str, Captured] = field(default_factory=dict)
    replacements: dict[ast.AST, str] = field(default_factory=dict)
    taken: set[str] = field(default_factory=set)
    imports: list[str] = field(default_factory=list)
    refusal: Refusal | None = None


def body_of(
    analysis: Analysis,
    text: SourceText,
    names: ModuleNames,
    item: RawExpression | Run,
    outside: Callable[[ast.expr], str],
    in_class: bool,
) -> LayerBody | Refusal:
    """The body of a layer for a raw expression or a run.

    ``outside`` gives the source of an operand as it will stand outside, after its own rewrite.
    ``in_class`` says that bound values are attributes of ``self``.
    """
    expressions = item.expressions if isinstance(item, Run) else (item,)
    builder = _Builder(analysis, text, names, "self." if in_class else "", outside)
    builder.taken.update(_bound_names(item))
    statements = item.statements if isinstance(item, Run) else ()
    for expression in expressions:
        _add_operands(builder, expression)
        owner = next((s for s in statements if expression in s.expressions), None)
        if owner is not None and expression is owner.expressions[-1]:
            builder.local |= owner.defines
    if not in_class and len(builder.parameters) > 1:
        _index_operands(builder)
    elif in_class and isinstance(item, RawExpression) and len(builder.parameters) == 1:
        _use_common_name(builder)
    for expression in expressions:
        _add_captured(builder, expression)
    if builder.refusal is not None:
        return builder.refusal
    lines, result = _text_of(builder, item)
    return LayerBody(
        tuple(builder.parameters.values()),
        tuple(builder.parameters),
        tuple(builder.captured.values()),
        tuple(lines),
        result,
        tuple(builder.imports),
    )


def _bound_names(item: RawExpression | Run) -> set[str]:
    names: set[str] = {"self"}
    expressions = item.expressions if isinstance(item, Run) else (item,)
    for expression in expressions:
        for reference in expression.operands.references:
            names.add(accessed_name(reference) or "")
    if isinstance(item, Run):
        for statement in item.statements:
            names |= statement.defines
    return names


def _add_operands(builder: _Builder, expression: RawExpression) -> None:
    for part in expression.operands.symbolic:
        name = accessed_name(part) if is_access(part) else None
        if name is not None and name in builder.local:
            continue
        source = builder.outside(part)
        if is_access(part) and source in builder.parameters:
            parameter = builder.parameters[source]
        elif isinstance(part, ast.Name):
            parameter = part.id if part.id != "self" else FALLBACK_PARAMETER
            builder.parameters[source] = parameter
            builder.taken.add(parameter)
        else:
            fallback = FALLBACK_PARAMETER
            parameter = parameter_name(source, fallback, frozenset(builder.taken))
            builder.taken.add(parameter)
            key = source
            while key in builder.parameters:
                key = f"({key})"
            builder.parameters[key] = parameter
        builder.replacements[part] = parameter


def _use_common_name(builder: _Builder) -> None:
    """One operand is called ``x``, so that equal layers have equal classes."""
    if "x" not in builder.taken - set(builder.parameters.values()):
        builder.parameters = dict.fromkeys(builder.parameters, "x")
        builder.replacements = dict.fromkeys(builder.replacements, "x")
        builder.taken.add("x")


def _index_operands(builder: _Builder) -> None:
    """A ``Lambda`` takes several operands as one list."""
    builder.taken.add("tensors")
    order = list(builder.parameters.values())
    for part, parameter in builder.replacements.items():
        builder.replacements[part] = f"tensors[{order.index(parameter)}]"


def _add_captured(builder: _Builder, expression: RawExpression) -> None:
    hints = _hints(builder, expression)
    tensor_places = _tensor_places(builder, expression)
    for part in expression.operands.captured:
        kinds = builder.analysis.facts.get(part, Fact()).kinds
        refusal = _captured_refusal(builder, part, kinds)
        if kinds & Kind.PARAMETER and part in tensor_places:
            refusal = refusal or refusals.uncertain_tensor(builder.text.text(part))
        if refusal is not None:
            builder.refusal = builder.refusal or refusal
        elif isinstance(part, ast.Name) and _is_module_constant(builder, part, kinds):
            continue
        else:
            form: Form = "plain"
            if kinds & (Kind.EAGER | Kind.ARRAY | Kind.OPAQUE):
                form = "array"
            _capture(builder, part, hints.get(part, FALLBACK_VALUE), form)
    for function in expression.operands.functions:
        _add_function(builder, expression, function)
    for reference in expression.operands.references:
        _add_reference(builder, expression, reference)


def _captured_refusal(builder: _Builder, part: ast.expr, kinds: Kind) -> Refusal | None:
    source = builder.text.text(part)
    if kinds & Kind.VARIABLE:
        if isinstance(part, ast.Name) and part.id in builder.names.constants:
            return None
        return refusals.local_variable(source)
    if kinds & Kind.LAYER:
        return refusals.unsupported_syntax(f"the layer `{source}`")
    if kinds & Kind.CALLABLE or isinstance(part, ast.Lambda):
        if isinstance(part, ast.Name) and part.id in builder.names.functions:
            return None
        return refusals.unresolved_function(source)
    if isinstance(part, (ast.ListComp, ast.GeneratorExp)) and kinds.may_be_symbolic:
        return refusals.unsupported_syntax("a comprehension")
    return None


def _is_module_constant(builder: _Builder, part: ast.Name, kinds: Kind) -> bool:
    """Values that JSON cannot hold stay what they are: constants of the module."""
    if part.id in builder.names.functions and kinds & Kind.CALLABLE:
        return True
    heavy = Kind.VARIABLE | Kind.EAGER | Kind.ARRAY | Kind.OPAQUE
    return part.id in builder.names.constants and bool(kinds & heavy)


def _capture(builder: _Builder, part: ast.expr, hint: str, form: Form) -> None:
    source = builder.outside(part)
    known = builder.captured.get(source)
    if known is None:
        # A letter says less than the name of the parameter that it is given for.
        text = hint if len(source) == 1 and hint != FALLBACK_VALUE else source
        name = parameter_name(text, hint, frozenset(builder.taken))
        builder.taken.add(name)
        known = builder.captured[source] = Captured(name, source, form)
    builder.replacements[part] = builder.prefix + known.name


def _add_function(builder: _Builder, expression: RawExpression, function: ast.expr) -> None:
    """A called value that is no name: resolved where it is always the same op."""
    keys = _keys_of_function(builder, expression, function)
    if len(keys) == 1:
        _refer(builder, function, keys[0])
    else:
        builder.refusal = builder.refusal or refusals.unresolved_function(
            builder.text.text(function)
        )


def _keys_of_function(
    builder: _Builder, expression: RawExpression, function: ast.expr
) -> tuple[str, ...]:
    for op in expression.operands.ops:
        if isinstance(op, ast.Call) and op.func is function:
            return builder.analysis.ops[op].keys
    return ()


def _add_reference(builder: _Builder, expression: RawExpression, reference: ast.expr) -> None:
    name = accessed_name(reference)
    if name is None or name in builder.names.imported or name in builder.names.functions:
        return
    keys = _keys_of_function(builder, expression, reference)
    if len(keys) == 1 and _is_alias(builder, expression, reference):
        _refer(builder, reference, keys[0])
    else:
        _capture_activation(builder, reference, keys)


def _is_alias(builder: _Builder, expression: RawExpression, reference: ast.expr) -> bool:
    """Whether the name is a local alias such as ``nn = tf.nn`` and not a parameter."""
    root = reference
    while isinstance(root, ast.Attribute):
        root = root.value
    kinds = builder.analysis.facts.get(root, Fact()).kinds
    parameters = {
        argument.arg
        for definition in expression.place.definitions
        if not isinstance(definition, ast.ClassDef)
        for argument in ast.walk(definition.args)
        if isinstance(argument, ast.arg)
    }
    return kinds == Kind.CALLABLE and accessed_name(reference) not in parameters


def _capture_activation(builder: _Builder, function: ast.expr, keys: Sequence[str]) -> None:
    if keys and all(key in tf_catalog.ACTIVATIONS for key in keys):
        _capture(builder, function, "activation", "activation")
    else:
        builder.refusal = builder.refusal or refusals.unresolved_function(
            builder.text.text(function)
        )


def _refer(builder: _Builder, part: ast.expr, key: str) -> None:
    if key.startswith(("operator.", "method.")):
        return
    expression, needed = builder.names.refer(key)
    builder.replacements[part] = expression
    if needed is not None and needed not in builder.imports:
        builder.imports.append(needed)


def _hints(builder: _Builder, expression: RawExpression) -> dict[ast.AST, str]:
    hints: dict[ast.AST, str] = {}
    for op in expression.operands.ops:
        if not isinstance(op, ast.Call):
            continue
        keys = builder.analysis.ops[op].keys
        names = tf_catalog.signature(keys[0]) if keys else ()
        for name, argument in zip(names, op.args):
            hints[argument] = name.lstrip("*")
        for keyword in op.keywords:
            if keyword.arg is not None:
                hints[keyword.value] = keyword.arg
    return hints


def _tensor_places(builder: _Builder, expression: RawExpression) -> set[ast.AST]:
    """The arguments and operands where an op takes a tensor."""
    places: set[ast.AST] = set()
    for op in expression.operands.ops:
        if not isinstance(op, ast.Call):
            places.update(ast.iter_child_nodes(op))
            continue
        keys = builder.analysis.ops[op].keys
        tensors = tf_catalog.tensor_parameters(keys[0]) if keys else frozenset()
        names = tf_catalog.signature(keys[0]) if keys else ()
        places.update(node for name, node in zip(names, op.args) if name in tensors)
        places.update(k.value for k in op.keywords if k.arg in tensors)
    return places


def _text_of(builder: _Builder, item: RawExpression | Run) -> tuple[list[str], str]:
    if isinstance(item, RawExpression):
        if isinstance(item.root, ast.AugAssign):
            return [], _augmented_text(builder, item.root)
        return [], _dedented(builder, item.root)
    lines: list[str] = []
    last_line = 0
    for statement in item.statements:
        node = statement.node
        lines.extend(_comments_between(builder.text, last_line, node.lineno))
        last_line = node.end_lineno or node.lineno
        if isinstance(node, ast.Return) and node.value is not None:
            return lines, _dedented(builder, node.value)
        comment = _trailing_comment(builder.text, node)
        lines.extend((_dedented(builder, node) + comment).split("\n"))
    outputs = ", ".join(item.outputs)
    return lines, outputs


def _augmented_text(builder: _Builder, node: ast.AugAssign) -> str:
    """``x *= y`` as the expression that it assigns."""
    operation = ast.BinOp(ast.Name("left", ast.Load()), node.op, ast.Name("right", ast.Load()))
    _, symbol, _ = ast.unparse(operation).split(" ")
    value = _dedented(builder, node.value)
    simple = isinstance(
        node.value, (ast.Name, ast.Attribute, ast.Constant, ast.Call, ast.Subscript)
    )
    right = value if simple else f"({value})"
    return f"{builder.text.replaced(node.target, builder.replacements)} {symbol} {right}"


def _dedented(builder: _Builder, node: ast.AST) -> str:
    """The text of ``node`` with replacements, its later lines dedented by its own line's indent."""
    source = builder.text.replaced(node, builder.replacements)
    if "\n" not in source:
        return source
    span = builder.text.span(node)
    first = builder.text.lines[span.line - 1]
    indent = first[: len(first) - len(first.lstrip())]
    if any(isinstance(n, ast.Constant) and _is_multiline(n) for n in ast.walk(node)):
        return source
    lines = source.split("\n")
    rest = [line.removeprefix(indent) if line.strip() else "" for line in lines[1:]]
    return "\n".join([lines[0], *rest])


def _is_multiline(node: ast.Constant) -> bool:
    return isinstance(node.value, (str, bytes)) and node.end_lineno != node.lineno


def _comments_between(text: SourceText, after: int, before: int) -> list[str]:
    if not after:
        return []
    lines = [line.strip() for line in text.lines[after : before - 1]]
    return textwrap.dedent("\n".join(lines)).strip("\n").split("\n") if any(lines) else []


def _trailing_comment(text: SourceText, node: ast.stmt) -> str:
    span = text.span(node)
    rest = text.lines[span.end_line - 1][span.end_column :]
    return f"  {rest.strip()}" if rest.strip().startswith("#") else ""
