"""What a new layer is called and what is said of it: after its helper, its variable, or its ops."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from transforms.generate.op_names import REARRANGE, ops_name
from transforms.interpret.symbolic import Analysis
from transforms.knowledge import keras_names
from transforms.knowledge.idiom import Idiom
from transforms.knowledge.op_words import OP_WORDS
from transforms.sites.added_losses import AddedLosses
from transforms.sites.raw_expressions import is_operator
from transforms.sites.run_statements import RunStatement
from transforms.sites.units import Unit
from transforms.syntax.accesses import accessed_name
from transforms.syntax.helper_bodies import without_preparation
from transforms.syntax.limits import LONGEST_NAME, OPS_IN_A_NAME
from transforms.syntax.liveness import NO_NAMES, names_may_bind
from transforms.syntax.naming import (
    camel_case,
    helper_name,
    layer_name_for,
    op_name,
    snake_case,
)
from transforms.syntax.places import Definition, own_statements
from transforms.syntax.source_text import SourceText

# Ops that prepare what others work on: they name a layer only where it holds nothing else.
PREPARING = frozenset(
    "tf.shape tf.rank tf.size tf.cast tf.convert_to_tensor tf.constant tf.identity tf.range"
    " tf.zeros tf.ones tf.zeros_like tf.ones_like K.shape K.int_shape K.cast K.constant".split()
)
ELEMENTWISE = frozenset("sigmoid tanh relu exp square sqrt abs sign add multiply".split())
# Of fewer ops, or a smaller part of the statements, the ops themselves say more.
OPS_OF_A_RESULT, PARTS_OF_A_RESULT = 10, 4
# The operand and the result: of more one does not see which names the layer.
OPERANDS_IN_A_NAME = 2
CHOSEN = "chosen_activation"
SLICE = "operator.getitem"
SHAPES = frozenset({"int_shape", "shape"})


def layer_base(analysis: Analysis, unit: Unit, idiom: Idiom | None) -> str:
    """What the layer is named after: its helper, its variable, its idiom, or its ops."""
    if isinstance(unit, AddedLosses):
        return class_base(analysis, unit, idiom)
    ops = [idiom.name] if idiom is not None else _naming_ops(unit)
    variable = layer_name_for(_new_variable(unit), ops)
    if idiom is None and variable == layer_name_for(None, ops):
        variable = ops_base(analysis, unit)
    name = _helper_base(analysis, unit, idiom) or _result_base(unit, idiom) or variable
    return _own_name(snake_case(name) if idiom is not None and name == idiom.name else name)


def class_base(analysis: Analysis, unit: Unit, idiom: Idiom | None) -> str:
    """What the class is named after, as its automatic layer name.

    A class of one op is named after the op alone, so that several places can share it.
    """
    if isinstance(unit, AddedLosses):
        return _own_name(snake_case(unit.name))
    helper = _helper_base(analysis, unit, idiom)
    if helper is not None or idiom is not None:
        return _own_name(helper or snake_case(idiom.name if idiom else ""))
    result = _result_base(unit, idiom)
    if result is not None:
        return _own_name(result)
    ops = _naming_ops(unit)
    variable = layer_name_for(_new_variable(unit), ops)
    if len(ops) > 1 and variable != layer_name_for(None, ops):
        return _own_name(variable)
    return ops_base(analysis, unit)


def ops_base(analysis: Analysis, unit: Unit) -> str:
    """The name that the ops alone give, or what comes out of them."""
    ops = _naming_ops(unit)
    if ops == [CHOSEN]:
        return CHOSEN
    results = list(unit.outputs)
    if _are_parts(unit, results):
        (operand, *others) = {*_operand_names(unit)} or {None}
        name = layer_name_for(None if others else operand, ["op"])
        return _own_name(f"split_{name.lower()}" if name != "op" else f"split_to_{results[0]}")
    if len(results) > 1 and all(_is_result(name, results) for name in results):
        *first, last = results
        name = f"{'_'.join(first)}_and_{last}".lower()
        if len(name) <= LONGEST_NAME:
            return _own_name(name)
    telling = [key for key in ops if key != SLICE or _takes_slices(unit)]
    return _own_name(ops_name(analysis, unit) or _two_of(telling or ops))


def _is_result(name: str, results: list[str]) -> bool:
    """Whether ``name`` says what it holds; a value does beside its key."""
    return layer_name_for(name, ["op"]) != "op" or (name == "value" and "key" in results)


def _two_of(ops: list[str]) -> str:
    """The first two ops, which have no words."""
    first, *others = dict.fromkeys(map(op_name, ops)) or ["op"]
    return f"{first}_and_{others[0]}" if others else first


def _are_parts(unit: Unit, results: list[str]) -> bool:
    """Whether what the layer gives are the parts of one tensor, in their order."""
    if not unit.statements or len(results) < 2:
        return False
    last = unit.statements[-1]
    node = last.node
    if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
        return False
    names = [getattr(one, "id", None) for one in getattr(node.targets[0], "elts", ())]
    outermost = [key for raw in last.expressions for key in raw.keys][:1]
    return names == results and outermost in (["tf.split"], ["tf.unstack"])


def other_bases(analysis: Analysis, unit: Unit, taken: str) -> Iterator[str]:
    """What the class may be named after where ``taken`` is the name of another one."""
    own = ops_base(analysis, unit)
    if own != taken:
        yield own
    if own == REARRANGE:
        functions = [op_name(key) for key in unit.layer_ops if not is_operator(key)]
        if functions[:1] != functions[-1:]:
            yield f"{functions[0]}_and_{functions[-1]}"
    if _keeps_axes(unit):
        yield f"{own}_with_axes_kept"
    stem = own
    for suffix in ("_tensor", "_tensors", "_input", "_activation", "_op"):
        stem = stem.removesuffix(suffix)
    words = [*_operand_names(unit), *([_new_variable(unit)] if not unit.outputs[1:] else [])]
    for word in words if len(words) <= OPERANDS_IN_A_NAME else []:
        name = layer_name_for(word, ["op"])
        if name != "op" and name.lower() not in stem:
            yield _own_name(f"{stem}_{name.lower()}")
    if len(unit.layer_ops) == 1:
        yield f"elementwise_{stem}" if stem in ELEMENTWISE else f"{stem}_tensors"


def _keeps_axes(unit: Unit) -> bool:
    root = unit.expressions[0].root
    return isinstance(root, ast.Call) and any(
        word.arg == "keepdims" and isinstance(word.value, ast.Constant) and word.value.value is True
        for word in root.keywords
    )


def class_name_of(base: str, idiom: Idiom | None) -> str:
    """The name of a class with the automatic layer name ``base``."""
    is_idiom = idiom is not None and snake_case(idiom.name) == base
    return idiom.name if idiom is not None and is_idiom else camel_case(base).replace("Qkv", "QKV")


def helper_of(unit: Unit) -> Definition | None:
    """The function that does nothing but what ``unit`` does.

    Its docstring, ``return name``, what it does before the first op and a branch that does nothing
    do not count.
    """
    expression = unit.expressions[0]
    function = expression.place.function
    if not isinstance(function, ast.FunctionDef) or expression.loops:
        return None
    held = [statement.node for statement in unit.statements if not statement.borrowed]
    if not held:
        statement = expression.statement
        if not isinstance(statement, (ast.Assign, ast.Return)):
            return None
        if statement.value is not expression.root:
            return None
        held = [statement]
    body = own_statements(function)
    if body[: len(held)] != held:
        operands = frozenset(filter(None, _operand_names(unit)))
        body = without_preparation(body, operands)
    if body[: len(held)] != held:
        return None
    rest = body[len(held) :]
    return function if _returns(rest, held, unit) else None


def result_of(unit: Unit) -> Definition | None:
    """The function whose result ``unit`` computes by many ops.

    So it is where a helper calls others first: what it does then is what it is for.
    """
    function = unit.expressions[0].place.function
    if not isinstance(function, ast.FunctionDef) or unit.expressions[0].loops:
        return None
    held = [statement.node for statement in unit.statements if not statement.borrowed]
    body = own_statements(function)
    if not held or held[-1] not in body:
        return None
    is_most = len(unit.layer_ops) >= OPS_OF_A_RESULT and PARTS_OF_A_RESULT * len(held) > len(body)
    is_last = _returns(body[body.index(held[-1]) + 1 :], held, unit)
    return function if is_most and is_last else None


def _result_base(unit: Unit, idiom: Idiom | None) -> str | None:
    function = result_of(unit) if idiom is None else None
    return None if function is None else helper_name(function.name)


def _returns(rest: list[ast.stmt], held: list[ast.stmt], unit: Unit) -> bool:
    """Whether what stands behind ``held`` only returns the result of ``unit``."""
    if isinstance(held[-1], ast.Return):
        # What is left stands behind the branch that returns.
        return all(isinstance(getattr(one, "value", None), ast.Name) for one in rest)
    if not rest:
        return False
    outputs = list(unit.outputs or [unit.assigned_name])
    match rest:
        case [ast.Return(value=ast.Name(id=name))]:
            return outputs == [name]
        case [ast.Return(value=ast.Tuple(elts=elements))]:
            return outputs == [getattr(element, "id", None) for element in elements]
    return False


def defaults_of(unit: Unit, text: SourceText) -> dict[str, str]:
    """The literals that the helper's parameters have where they are not given."""
    helper = helper_of(unit)
    if helper is None:
        return {}
    bound = NO_NAMES.union(*map(names_may_bind, helper.body))
    arguments = [*helper.args.posonlyargs, *helper.args.args]
    given = [
        *zip(arguments[len(arguments) - len(helper.args.defaults) :], helper.args.defaults),
        *zip(helper.args.kwonlyargs, helper.args.kw_defaults),
    ]
    return {
        argument.arg: text.text_of(default)
        for argument, default in given
        if argument.arg not in bound
        and default is not None
        and _is_literal(default)
        and "\n" not in text.text_of(default)
    }


def _is_literal(node: ast.expr) -> bool:
    """Whether it is a constant, a signed number, or a tuple of these, which nobody can change."""
    if isinstance(node, ast.Tuple):
        return all(map(_is_literal, node.elts))
    if isinstance(node, ast.UnaryOp):
        return isinstance(node.operand, ast.Constant)
    return isinstance(node, ast.Constant)


def _helper_base(analysis: Analysis, unit: Unit, idiom: Idiom | None) -> str | None:
    helper = helper_of(unit)
    name = None if helper is None else helper_name(helper.name)
    is_participle = name is not None and name.endswith("ed") and "_" not in name
    has_name = len(unit.layer_ops) == 1 and ops_name(analysis, unit) is not None
    if is_participle and (idiom is not None or has_name):
        # It says that something was done, and not with what.
        return None
    return name


def _new_variable(unit: Unit) -> str | None:
    """The variable that alone is assigned, unless it held one of the operands before."""
    name = unit.assigned_name
    if len(unit.outputs) > 1 or name in _operand_names(unit):
        return None
    return name


def _operand_names(unit: Unit) -> set[str | None]:
    """The names of what the layer is given, apart from what its own statements bind."""
    own: set[str] = set()
    names: set[str | None] = set()
    for statement in unit.statements or (unit,):
        for expression in statement.expressions:
            names |= {accessed_name(part) for part in expression.operands.symbolic} - own
        if isinstance(statement, RunStatement):
            own |= statement.defines
    return names


def _naming_ops(unit: Unit) -> list[str]:
    """The functions among the ops of ``unit``; operators too where these are few."""
    if len(unit.layer_ops) > sum(len(each.operands.ops) for each in unit.expressions) == 1:
        # The layer is given one of them.
        return [CHOSEN]
    functions = [key for key in unit.layer_ops if not is_operator(key)]
    telling = [key for key in functions if key not in PREPARING] or functions
    operators = [key for key in unit.layer_ops if is_operator(key) and key not in telling]
    words = {op_name(key) for key in telling}
    return telling if len(words) >= OPS_IN_A_NAME else [*telling, *operators]


def _takes_slices(unit: Unit) -> bool:
    """Whether ``unit`` takes a part of anything but a shape."""
    parts = [
        op for raw in unit.expressions for op in raw.operands.ops if isinstance(op, ast.Subscript)
    ]
    return not parts or not all(
        isinstance(part.value, ast.Call) and getattr(part.value.func, "attr", "") in SHAPES
        for part in parts
    )


def _own_name(name: str) -> str:
    """``name``, or another one where Keras gives that name to layers and operators itself."""
    if name.lower() not in keras_names.AUTOMATIC_NAMES:
        return name
    words = OP_WORDS.get(name.lower())
    return snake_case(words.alone) if words is not None and words.alone else f"{name}_op"
