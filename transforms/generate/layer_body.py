"""What goes into a layer: its parameters, the values it binds, and the text of its ops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from transforms.generate.body_builder import DROPPED, BodyBuilder, Captured, LayerBody, ModuleNames
from transforms.generate.effects import out_of_order
from transforms.generate.layer_captures import add_captured, add_given, add_plain
from transforms.generate.layer_naming import defaults_of, helper_of
from transforms.generate.layer_text import body_text
from transforms.generate.op_arguments import items_of
from transforms.generate.terms import short_name
from transforms.interpret import structures
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.added_losses import AddedLosses
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression, Unpacking
from transforms.sites.run_statements import RunStatement
from transforms.sites.runs import Run
from transforms.sites.units import Unit
from transforms.syntax.accesses import accessed_name, is_access
from transforms.syntax.naming import parameter_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText

FALLBACK_PARAMETER = "tensor"
# Parameters of ops that say what they are, not only that they are tensors.
TELLING_PARAMETERS = frozenset(
    "boxes condition features ids images indices labels logits params scores segment_ids".split()
)
# Ops that join tensors, and the parameters for these.
JOINED = {
    "tf.concat": "values",
    "tf.stack": "values",
    "tf.add_n": "inputs",
    "K.concatenate": "tensors",
    "K.stack": "x",
}
# Keras fills arguments of these names of ``call`` itself where they are not given.
FILLED_BY_KERAS = frozenset({"mask", "training"})


def body_of(
    analysis: Analysis,
    text: SourceText,
    names: ModuleNames,
    unit: Unit,
    outside: Callable[[ast.expr], str],
    in_class: bool,
    given: Mapping[ast.expr, str] | None = None,
    blank: frozenset[ast.expr] = frozenset(),
    dropped: ast.keyword | None = None,
    called: Mapping[ast.expr, str] | None = None,
    is_guessed: bool = False,
) -> LayerBody | Refusal:
    """The body of a layer for ``unit``.

    ``outside`` gives the source of an operand as it will stand outside, after its own rewrite.
    ``in_class`` says that bound values are attributes of ``self``. The layer is
    ``given`` arguments of ops under the names that stand there; in the place of those in ``blank``
    stands nothing, and the argument ``dropped`` is left out. Operands are ``called`` so inside.
    Where ``is_guessed``, verification tells whether their order may be that of the reader.
    """
    builder = BodyBuilder(
        analysis=analysis,
        text=text,
        names=names,
        prefix="self." if in_class else "",
        outside=partial(_outside_or_item, _items_by_index(unit), outside),
        defaults=defaults_of(unit, text) if in_class else {},
        given=given or {},
        blank=blank,
        dropped=dropped,
        is_guessed=is_guessed,
    )
    builder.taken.update(_bound_names(unit))
    if isinstance(unit, AddedLosses):
        _add_parameter(builder, unit.outputs[0])
    local: dict[object, frozenset[str]] = {}
    for statement in unit.statements or (unit,):
        local[statement] = frozenset(builder.local)
        for expression in statement.expressions:
            local[expression] = frozenset(builder.local)
            own_list = _list_of_operands(builder, unit, expression) if in_class else None
            _add_operands(builder, own_list or expression.operands.symbolic, expression)
        if isinstance(statement, RunStatement):
            if statement.optional is not None:
                _add_optional(builder, statement.optional, unit)
            builder.local |= statement.defines
    if isinstance(unit, AddedLosses):
        for added in unit.additions:
            if isinstance(added.value, ast.Name) and added.value.id not in builder.local:
                _add_parameter(builder, added.value.id)
    if not in_class and len(builder.parameters) > 1:
        _index_operands(builder)
    elif _has_one_without_name(builder, unit, in_class):
        _use_common_name(builder)
    elif in_class and called:
        _rename_operands(builder, called)
    if dropped is not None:
        builder.replacements[dropped] = DROPPED
    for statement in unit.statements:
        for part in statement.plain:
            add_plain(builder, part, local[statement])
    for expression in [*_borrowed(unit), *unit.expressions]:
        add_captured(builder, expression, local[expression])
    add_given(builder)
    builder.replacements.update(dict.fromkeys(blank, ""))
    if builder.refusal is not None:
        return builder.refusal
    in_list = _needs_list(builder, unit) if in_class else len(builder.parameters) > 1
    if in_list and builder.optional:
        # Keras takes no None in a list.
        return refusals.unsupported_assignment()
    lines, result = body_text(builder, unit)
    ordered = _ordered(builder) if in_class else [*builder.parameters.items()]
    captured = _in_order_of_helper(unit, builder.captured.values())
    late = out_of_order(
        builder.names.effects,
        [*_hoisted(unit), *(node for one in captured for node in builder.uses.get(one.name, ()))],
        [node for source, _ in ordered for node in builder.uses.get(source, ())],
    )
    if late is not None:
        return refusals.in_another_order(*map(text.text_of, late))
    return LayerBody(
        parameters=tuple(name for _, name in ordered),
        arguments=tuple(
            f"{name}={source}" if name in builder.optional else source for source, name in ordered
        ),
        optional=frozenset(builder.optional),
        captured=captured,
        lines=tuple(lines),
        result=result,
        imports=tuple(builder.imports),
        in_list=in_list,
        metrics=unit.metrics if isinstance(unit, AddedLosses) else (),
        functions=_functions(builder, unit),
    )


def _in_order_of_helper(unit: Unit, captured: Iterable[Captured]) -> tuple[Captured, ...]:
    """What the layer is given, as the helper that it is takes it."""
    helper = helper_of(unit)
    own = [] if helper is None else [*helper.args.posonlyargs, *helper.args.args]
    order = {argument.arg: place for place, argument in enumerate(own)}
    return tuple(sorted(captured, key=lambda item: order.get(item.source, len(order))))


def _functions(builder: BodyBuilder, unit: Unit) -> dict[str, str]:
    """The keys of the ops by the text of what is called, where each is always the same op."""
    found: dict[str, set[str]] = {}
    for expression in [*_borrowed(unit), *unit.expressions]:
        for op in expression.operands.ops:
            if isinstance(expression, Unpacking):
                found.setdefault(builder.names.refer("tf.unstack")[0], set()).add("tf.unstack")
            if isinstance(op, ast.Call):
                fact = builder.analysis.ops[op]
                text = builder.replacements.get(op.func, ast.unparse(op.func))
                keys = fact.keys if not fact.open else ()
                found.setdefault(text, set()).update(keys or {""})
    return {text: min(keys) for text, keys in found.items() if len(keys) == 1 and min(keys)}


def _add_parameter(builder: BodyBuilder, name: str) -> None:
    parameter = name
    if not name.isidentifier():
        parameter = parameter_name(name, "output", frozenset(builder.taken))
    builder.parameters[name] = parameter
    builder.taken.add(parameter)


def _add_optional(builder: BodyBuilder, name: ast.Name, unit: Unit) -> None:
    """Make a parameter of an operand that may be None, under a name that Keras does not fill."""
    source = builder.outside(name)
    before = builder.parameters.get(source, name.id)
    is_filled = before in FILLED_BY_KERAS or before.endswith("_mask")
    fallback = f"optional_{before}" if is_filled else before
    is_of_weights = before == "mask" and any(short_name(key) == "softmax" for key in unit.layer_ops)
    if is_of_weights and "attention" not in builder.taken:
        # Keras 3 fills it where an operand is called `attention`.
        fallback = "attention_mask"
    after = before
    if is_filled:
        after = parameter_name(fallback, fallback, frozenset(builder.taken))
    builder.parameters[source] = after
    builder.taken.add(after)
    builder.optional.add(after)
    for part, text in builder.replacements.items():
        if text == before:
            builder.replacements[part] = after
    builder.replacements[name] = after


def _borrowed(unit: Unit) -> list[RawExpression]:
    borrowed = (statement for statement in unit.statements if statement.borrowed)
    return [expression for statement in borrowed for expression in statement.expressions]


def _needs_list(builder: BodyBuilder, unit: Unit) -> bool:
    """Whether ``call`` takes the operands as one list and not one by one.

    One by one they are saved, cloned and masked alike in both generations (docs/generated-code.md)
    where each is one tensor. ``mask`` is filled by Keras only where it is not given, so it may be
    any operand but the first, after which Keras looks for masks.
    """
    names = [name for _, name in _ordered(builder)]
    if names[0] in FILLED_BY_KERAS or "training" in names:
        return True
    structures = any(
        fact_of(builder.analysis, part).kinds & Kind.HOLDS_SYMBOLIC
        for expression in unit.expressions
        for part in expression.operands.symbolic
    )
    return structures and len(names) > 1


def _ordered(builder: BodyBuilder) -> list[tuple[str, str]]:
    """The operands by their sources; what may be None comes last: Keras fills no place with it.

    What Keras may fill stands behind the others where that is tried: it changes the order in which
    Keras finds the layers before, and so that of their weights.
    """
    filled = FILLED_BY_KERAS if builder.is_guessed else frozenset()
    return sorted(
        builder.parameters.items(),
        key=lambda item: (item[1] in builder.optional, item[1] in filled),
    )


def _items_by_index(unit: Unit) -> dict[ast.AST, str]:
    """Items of inlined lists as items: the statement of the list has evaluated them."""
    return {
        item: f"{name.id}[{index}]"
        for expression in unit.expressions
        for name, display in expression.operands.inlined.items()
        if isinstance(name, ast.Name)
        for index, item in enumerate(items_of(display))
        if not is_access(item)
    }


def _hoisted(unit: Unit) -> list[ast.expr]:
    """The values that are computed in front of the layer, and stood inside of it."""
    statements = unit.hoisted if isinstance(unit, Run) else ()
    return [value for statement in statements for value in statement.plain]


def _items_apart(expression: RawExpression) -> set[ast.expr]:
    """The items of inlined lists: they are evaluated where the list stands."""
    return {item for one in expression.operands.inlined.values() for item in items_of(one)}


def _outside_or_item(
    items: Mapping[ast.AST, str], outside: Callable[[ast.expr], str], node: ast.expr
) -> str:
    return items[node] if node in items else outside(node)


def _bound_names(unit: Unit) -> set[str]:
    """The names inside the layer that no parameter may hide."""
    names: set[str] = {"self"}
    for expression in unit.expressions:
        for reference in expression.operands.references:
            names.add(accessed_name(reference) or "")
    for statement in unit.statements:
        names |= statement.defines
    return names


def _list_of_operands(
    builder: BodyBuilder, unit: Unit, expression: RawExpression
) -> tuple[ast.expr] | None:
    """The display that the only op of ``unit`` takes, where it holds all operands.

    So there is one class, like those of Keras, however many tensors are joined.
    """
    op, symbolic = expression.root, expression.operands.symbolic
    if unit.statements or not isinstance(op, ast.Call) or len(expression.operands.ops) > 1:
        return None
    key = next(iter(builder.analysis.ops[op].keys), "")
    given = dict(zip(tf_catalog.signature(key), op.args))
    given |= {word.arg: word.value for word in op.keywords if word.arg is not None}
    display = given.get(JOINED.get(key, ""))
    if not isinstance(display, (ast.List, ast.Tuple)) or len(symbolic) < 2:
        return None
    return (display,) if [*display.elts] == [*symbolic] else None


def _add_operands(
    builder: BodyBuilder, parts: Sequence[ast.expr], expression: RawExpression
) -> None:
    """Make parameters of the operands that the layer's own statements have not bound.

    An access (``x``, ``pair[0]``) that is given twice is one parameter. Any other operand is
    evaluated as often as it stands in the source, so each is a parameter of its own, and
    brackets keep equal sources apart.
    """
    passed = {one.value for one in walk(expression.root) if isinstance(one, ast.Starred)}
    for part in parts:
        name = accessed_name(part) if is_access(part) else None
        if name is not None and name in builder.local:
            continue
        source = builder.outside(part)
        if part in passed and _is_lazy(fact_of(builder.analysis, part).last):
            # Keras takes lists and tuples of tensors, and no views, iterators or generators.
            source = f"[*{source}]"
        if is_access(part) and source in builder.parameters:
            parameter = builder.parameters[source]
            builder.uses.setdefault(source, []).append(part)
        elif isinstance(part, ast.Name):
            parameter = part.id if part.id != "self" else FALLBACK_PARAMETER
            builder.parameters[source] = parameter
            builder.taken.add(parameter)
            builder.uses.setdefault(source, []).append(part)
        else:
            parameter = parameter_name(
                source, _fallback(builder, expression, part), frozenset(builder.taken)
            )
            builder.taken.add(parameter)
            key = source
            while key in builder.parameters:
                key = f"({key})"
            builder.parameters[key] = parameter
            if part not in _items_apart(expression):
                builder.uses.setdefault(key, []).append(part)
        builder.replacements[part] = parameter


def _is_lazy(value: object) -> bool:
    return isinstance(value, structures.Sequence) and value.kind not in {"list", "tuple"}


def _fallback(builder: BodyBuilder, expression: RawExpression, part: ast.expr) -> str:
    """What an operand without a name of its own is called: after the parameter it is given for."""
    for op in expression.operands.ops:
        if not isinstance(op, ast.Call):
            continue
        keys = builder.analysis.ops[op].keys
        given = dict(zip(tf_catalog.signature(keys[0]) if keys else (), op.args))
        given |= {word.arg: word.value for word in op.keywords if word.arg is not None}
        names = [name for name, value in given.items() if value is part]
        if names and names[0] in TELLING_PARAMETERS:
            return names[0]
    is_list = fact_of(builder.analysis, part).kinds & Kind.HOLDS_SYMBOLIC
    return FALLBACK_PARAMETER + "s" * bool(is_list)


def _has_one_without_name(builder: BodyBuilder, unit: Unit, in_class: bool) -> bool:
    """Whether the only operand cannot have its name, or whether that would say nothing.

    Keras fills some arguments of a ``Lambda`` too.
    """
    if len(builder.parameters) != 1 or builder.optional:
        return False
    (name,) = builder.parameters.values()
    return (in_class and not unit.statements) or name in FILLED_BY_KERAS


def _use_common_name(builder: BodyBuilder) -> None:
    """Call the only operand ``x``, so that equal layers have equal classes."""
    if "x" not in builder.taken - set(builder.parameters.values()):
        builder.parameters = dict.fromkeys(builder.parameters, "x")
        builder.replacements = dict.fromkeys(builder.replacements, "x")
        builder.taken.add("x")


def _rename_operands(builder: BodyBuilder, called: Mapping[ast.expr, str]) -> None:
    """Call operands as the idiom does, where nothing else has those names."""
    own = {builder.replacements.get(part): name for part, name in called.items()}
    if not own.keys() <= {*builder.parameters.values()}:
        return
    if builder.taken - {*builder.parameters.values()} & {*own.values()}:
        return
    builder.parameters = {
        source: own.get(name, name) for source, name in builder.parameters.items()
    }
    builder.replacements = {
        part: own.get(text, text) for part, text in builder.replacements.items()
    }
    builder.taken |= {*own.values()}


def _index_operands(builder: BodyBuilder) -> None:
    """Make items of one list of the operands: a ``Lambda`` takes several so."""
    builder.taken.add("tensors")
    order = list(builder.parameters.values())
    for part, parameter in builder.replacements.items():
        builder.replacements[part] = f"tensors[{order.index(parameter)}]"
