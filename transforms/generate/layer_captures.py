"""Binding values: what a new layer is given when it is made, and what stays a global name."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import partial

from transforms.generate.body_builder import BodyBuilder, Captured, Form
from transforms.generate.changed_later import changed_name, changes_after
from transforms.generate.effects import is_repeatable
from transforms.generate.ingredients import ingredients, operand_of_size
from transforms.generate.op_arguments import OPERAND_NAMES, layer_argument
from transforms.generate.terms import short_name
from transforms.interpret.value_kinds import Kind, may_be_symbolic
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.constants import constant_parts
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.accesses import (
    accessed_name,
    is_access,
    is_literal,
    leaves_of,
    root_of,
    tensor_of_shape,
)
from transforms.syntax.handlers import may_raise
from transforms.syntax.limits import SHORTEST_MEANINGFUL_NAME
from transforms.syntax.liveness import Names, names_read
from transforms.syntax.naming import parameter_name
from transforms.syntax.nodes import children, walk
from transforms.syntax.records import Refusal

FALLBACK_VALUE = "value"


def add_plain(builder: BodyBuilder, part: ast.expr, local: Names) -> None:
    """Bind what the plain value ``part`` is made of, but for names ``local`` to the layer."""
    for node in walk(part):
        root = root_of(node.func) if isinstance(node, ast.Call) else None
        # What a tensor is asked for, the layer asks it too.
        is_asked = root is not None and fact_of(builder.analysis, root).kinds == Kind.SYMBOLIC
        if root is not None and not is_asked and root.id not in builder.names.imported:
            source = builder.text.text_of(root)
            builder.refusal = builder.refusal or refusals.unsupported_syntax(f"`{source}`")
    for leaf in leaves_of(part, parts_of=partial(constant_parts, paths=builder.names.paths)):
        is_local = is_access(leaf) and accessed_name(leaf) in local
        if not is_local and tensor_of_shape(leaf) is None:
            _add_ingredient(builder, leaf, local)


def add_captured(builder: BodyBuilder, expression: RawExpression, local: Names) -> None:
    """Bind the values of ``expression`` and resolve the functions that it calls.

    Values made of names that are ``local`` to the layer are computed there.
    """
    hints = _hints(builder, expression)
    tensor_places = _tensor_places(builder, expression)
    dropped = set(walk(builder.dropped)) if builder.dropped is not None else set()
    for part in expression.operands.captured:
        if part in dropped:
            continue
        if names_read(part) & local:
            add_plain(builder, part, local)
            continue
        kinds = fact_of(builder.analysis, part).kinds
        refusal = _captured_refusal(builder, part, kinds)
        if kinds & Kind.PARAMETER and part in tensor_places:
            refusal = refusal or refusals.uncertain_tensor(builder.text.text_of(part))
        if refusal is not None:
            builder.refusal = builder.refusal or refusal
        elif isinstance(part, ast.Name) and _is_module_constant(builder, part, kinds):
            if kinds & Kind.OPAQUE:
                _refuse_changed(builder, part)
        elif part in builder.given:
            builder.forms[part] = _form(kinds)
        elif part in builder.blank:
            builder.replacements[part] = ""
        elif not (expression.place.handled and may_raise(part)) and (
            (leaves := ingredients(builder, part, part in tensor_places, local)) is not None
        ):
            for leaf in leaves:
                _add_ingredient(builder, leaf, local)
        else:
            _capture(builder, part, hints.get(part, FALLBACK_VALUE), _form(kinds))
    for function in expression.operands.functions:
        _add_function(builder, expression, function)
    for reference in expression.operands.references:
        _add_reference(builder, expression, reference, hints.get(reference, FALLBACK_VALUE))


def add_given(builder: BodyBuilder) -> None:
    """Bind the arguments that the layer is to be given, in their order, each under its own name."""
    for node, hint in builder.given.items():
        form: Form | None = "plain" if is_literal(node) else builder.forms.get(node)
        if form is None:
            # It is a constant of the module, and read there.
            continue
        _refuse_changed(builder, node)
        name = parameter_name(hint, hint, frozenset(builder.taken))
        builder.taken.add(name)
        source = builder.outside(node)
        builder.captured[f"{source} as {name}"] = Captured(
            name=name, source=source, form=form, is_copied=_is_changed_list(builder, node)
        )
        builder.replacements[node] = builder.prefix + name
        builder.uses[name] = [node]


def _add_ingredient(builder: BodyBuilder, leaf: ast.expr, local: Names) -> None:
    if leaf in builder.given:
        builder.forms[leaf] = "plain"
        return
    operand = operand_of_size(builder, leaf, local)
    if operand is not None:
        builder.replacements[operand] = builder.parameters[operand.id]
    elif accessed_name(leaf) not in builder.names.imported:
        _capture(builder, leaf, FALLBACK_VALUE, "plain")


def _form(kinds: int) -> Form:
    """How a value is saved; a tensor stays one, since tensors cannot slice NumPy arrays."""
    if kinds == Kind.EAGER:
        return "tensor"
    return "array" if kinds & (Kind.EAGER | Kind.ARRAY | Kind.OPAQUE) else "plain"


def _captured_refusal(builder: BodyBuilder, part: ast.expr, kinds: int) -> Refusal | None:
    """Why a layer cannot be given the value of ``part``, or None."""
    source = builder.text.text_of(part)
    if kinds & Kind.VARIABLE:
        if isinstance(part, ast.Name) and part.id in builder.names.constants:
            return None
        return refusals.local_variable(source)
    if kinds & Kind.LAYER:
        return refusals.unsupported_syntax(f"the layer `{source}`")
    is_function = kinds & Kind.CALLABLE and not kinds & Kind.DTYPE
    if is_function or isinstance(part, ast.Lambda):
        if isinstance(part, ast.Name) and part.id in builder.names.functions:
            return None
        return refusals.unresolved_function(source)
    if isinstance(part, (ast.ListComp, ast.GeneratorExp)) and may_be_symbolic(kinds):
        return refusals.unsupported_syntax("a comprehension")
    return None


def _is_module_constant(builder: BodyBuilder, part: ast.Name, kinds: int) -> bool:
    """Whether the layer reads the name at module level, since JSON could not hold its value."""
    if part.id in builder.names.functions and kinds & Kind.CALLABLE:
        return True
    heavy = Kind.VARIABLE | Kind.EAGER | Kind.ARRAY | Kind.OPAQUE
    return part.id in builder.names.constants and bool(kinds & heavy)


def _capture(builder: BodyBuilder, part: ast.expr, hint: str, form: Form) -> None:
    """Bind the value of ``part``; ``hint`` is the parameter that it is given for."""
    _refuse_changed(builder, part)
    source = builder.outside(part)
    if isinstance(part, ast.Tuple) and not source.startswith("("):
        # An index is a tuple without brackets of its own.
        source = f"({source})"
    key = source
    while key in builder.captured and not is_repeatable(builder.names.effects, part):
        key = f"({key})"
    captured = builder.captured.get(key)
    if captured is None:
        is_short = len(source) < SHORTEST_MEANINGFUL_NAME
        text = hint if is_short and hint != FALLBACK_VALUE else source
        # An attribute of ``self`` does not hide the name that it holds.
        own = {other.name for other in builder.captured.values()}
        hidden = builder.taken - ({source} - own) if builder.prefix else builder.taken
        name = parameter_name(text, hint, frozenset(hidden))
        builder.taken.add(name)
        captured = builder.captured[key] = Captured(
            name=name,
            source=source,
            form=form,
            # What is saved as a list has its dtype beside it.
            default=builder.defaults.get(source) if form == "plain" else None,
            is_copied=_is_changed_list(builder, part),
        )
    builder.replacements[part] = builder.prefix + captured.name
    builder.uses.setdefault(captured.name, []).append(part)


def _is_changed_list(builder: BodyBuilder, part: ast.expr) -> bool:
    if not isinstance(part, (ast.Name, ast.Attribute)):
        return False
    lines = builder.names.lists.get(changed_name(part), ())
    if any(part.lineno in one for one in lines):
        return True
    return any(one.copyable for one in changes_after(builder.names.changes, part))


def _refuse_changed(builder: BodyBuilder, part: ast.expr) -> None:
    """Refuse what is changed in place when the layer has it, unless it surely is a list."""
    changes = changes_after(builder.names.changes, part)
    if any(not one.copyable for one in changes):
        source = builder.text.text_of(part)
        builder.refusal = builder.refusal or refusals.changed_later(source)


def _add_function(builder: BodyBuilder, expression: RawExpression, function: ast.expr) -> None:
    """Write out the op that ``function``, which is no name, stands for; it must be one."""
    keys = _keys_of_function(builder, expression, function)
    if fact_of(builder.analysis, function).open:
        _capture_activation(builder, function, keys)
    elif len(keys) == 1:
        _refer(builder, function, keys[0])
    else:
        source = builder.text.text_of(function)
        builder.refusal = builder.refusal or refusals.unresolved_function(source, keys)


def _keys_of_function(
    builder: BodyBuilder, expression: RawExpression, function: ast.expr
) -> tuple[str, ...]:
    for op in expression.operands.ops:
        if isinstance(op, ast.Call) and op.func is function:
            return builder.analysis.ops[op].keys
    return ()


def _add_reference(
    builder: BodyBuilder, expression: RawExpression, reference: ast.expr, hint: str
) -> None:
    """Make sure that the layer can look ``reference`` up, or bind its value as an activation."""
    name = accessed_name(reference)
    is_free = name in builder.names.imported or name in builder.names.functions
    is_kept = isinstance(reference, ast.Name) or (
        ast.unparse(reference) not in builder.names.effects.attributes_set
    )
    if name is None or (is_free and is_kept):
        return
    if fact_of(builder.analysis, reference).kinds & Kind.DTYPE:
        _capture(builder, reference, hint, "plain")
        return
    keys = _keys_of_function(builder, expression, reference)
    is_open = bool(fact_of(builder.analysis, reference).open)
    if len(keys) == 1 and not is_open and _is_alias(builder, expression, reference):
        _refer(builder, reference, keys[0])
    else:
        _capture_activation(builder, reference, keys)


def _is_alias(builder: BodyBuilder, expression: RawExpression, reference: ast.expr) -> bool:
    """Whether the name is a local alias such as ``nn = tf.nn`` and not a parameter."""
    root = reference
    while isinstance(root, ast.Attribute):
        root = root.value
    kinds = fact_of(builder.analysis, root).kinds
    parameters = {
        argument.arg
        for definition in expression.place.definitions
        if not isinstance(definition, ast.ClassDef)
        for argument in walk(definition.args)
        if isinstance(argument, ast.arg)
    }
    return kinds == Kind.CALLABLE and accessed_name(reference) not in parameters


def _capture_activation(builder: BodyBuilder, function: ast.expr, keys: Sequence[str]) -> None:
    if keys and all(map(tf_catalog.is_saved_by_name, keys)):
        _capture(builder, function, "activation", "activation")
    else:
        source = builder.text.text_of(function)
        builder.refusal = builder.refusal or refusals.unresolved_function(source, keys)


def _refer(builder: BodyBuilder, part: ast.expr, key: str) -> None:
    """Write the op ``key`` as the module would where ``part`` stands."""
    if key.startswith(("operator.", "method.")):
        return
    expression, needed = builder.names.refer(key)
    builder.replacements[part] = expression
    if needed is not None and needed not in builder.imports:
        builder.imports.append(needed)


def _hints(builder: BodyBuilder, expression: RawExpression) -> dict[ast.AST, str]:
    """The parameter of an op that each argument is given for."""
    hints: dict[ast.AST, str] = {}
    for op in expression.operands.ops:
        if isinstance(op, ast.BinOp):
            hints[op.left] = hints[op.right] = OPERAND_NAMES.get(type(op.op), FALLBACK_VALUE)
        if not isinstance(op, ast.Call):
            continue
        keys = builder.analysis.ops[op].keys
        names = tf_catalog.signature(keys[0]) if keys else ()
        given = [(name.lstrip("*"), argument) for name, argument in zip(names, op.args)]
        given += [(word.arg, word.value) for word in op.keywords if word.arg is not None]
        op_word = short_name(keys[0]) if keys else ""
        for name, argument in given:
            hints[argument] = layer_argument(op_word, name)
    return hints


def _tensor_places(builder: BodyBuilder, expression: RawExpression) -> set[ast.AST]:
    """The arguments and operands where an op takes a tensor."""
    places: set[ast.AST] = set()
    for op in expression.operands.ops:
        if not isinstance(op, ast.Call):
            places.update(children(op))
            continue
        keys = builder.analysis.ops[op].keys
        tensors = tf_catalog.tensor_parameters(keys[0]) if keys else frozenset()
        names = tf_catalog.signature(keys[0]) if keys else ()
        places.update(node for name, node in zip(names, op.args) if name in tensors)
        places.update(k.value for k in op.keywords if k.arg in tensors)
    return places
