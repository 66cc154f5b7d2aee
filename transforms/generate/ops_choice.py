"""Whether a raw expression can be written with ``keras.ops``, and with which rows of its table."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from transforms.generate.changed_later import changes_after
from transforms.generate.ops_arguments import ARGUMENTS, Unfit, number
from transforms.generate.ops_operands import OpsContext, problem_of_operand, problem_of_operator
from transforms.generate.ops_slots import (
    Given,
    OpsCall,
    all_slots,
    fits_in_place,
    keeps_order,
)
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import tf_catalog
from transforms.knowledge.keras_ops import Row, rows_of, why_different
from transforms.knowledge.result_rules import structure
from transforms.sites.facts import fact_of, op_fact_of
from transforms.sites.raw_expressions import RawExpression, Unpacking
from transforms.syntax.accesses import is_literal
from transforms.syntax.nodes import children, walk

UNPROVED = "keras.ops gives the same bits, and no rule proves it"
NEEDS_PROOF = "keras.ops gives the same for some shapes alone, which verification tells"


@dataclass(frozen=True, kw_only=True)
class OpsForm:
    """How an expression is written: its calls, and accesses to fields of results by their index."""

    calls: Mapping[ast.AST, OpsCall]
    indices: Mapping[ast.AST, int]

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions of ``keras.ops`` that are used, each once."""
        names = (name for call in self.calls.values() for name in call.row.functions)
        return tuple(dict.fromkeys(names))

    @property
    def names(self) -> frozenset[str]:
        """The names that Keras 3 gives to the ops, apart from numbers."""
        return frozenset(name.rpartition(".")[2] for name in self.functions)


def ops_form(context: OpsContext, expression: RawExpression) -> OpsForm | str:
    """The form of ``expression``, or in a few words why there is none that is the same."""
    operands = expression.operands
    if isinstance(expression, Unpacking):
        return "a tensor is unpacked"
    if operands.inlined or operands.functions:
        return "the function or a list is not named"
    for part in operands.captured:
        for node in walk(part):
            if isinstance(node, ast.expr) and changes_after(context.changes, node):
                return (
                    f"`{ast.unparse(node)}` is changed in place later, and keras.ops takes no copy"
                )
    calls: dict[ast.AST, OpsCall] = {}
    indices: dict[ast.AST, int] = {}
    for op in operands.ops:
        if op_fact_of(context.analysis, op).native and isinstance(op, ast.Call):
            # An activation of Keras takes symbolic tensors itself.
            continue
        if not isinstance(op, ast.Call):
            problem = problem_of_operator(context, expression, op)
            if problem:
                return problem
            continue
        chosen = _chosen(context, expression, op)
        if isinstance(chosen, str):
            return chosen
        calls[op] = chosen
        fields = structure(chosen.row.key).fields
        if fields:
            access = _access(expression, op)
            if access is None:
                return f"the fields of what {chosen.row.key} gives are not in keras.ops"
            if isinstance(access, ast.Attribute):
                if access.attr not in fields:
                    return f"`{access.attr}` is no field in keras.ops"
                indices[access] = fields.index(access.attr)
    if not calls:
        return "an operator, which no function of keras.ops improves"
    return OpsForm(calls=calls, indices=indices)


def _access(expression: RawExpression, op: ast.Call) -> ast.expr | None:
    """What takes a part of the named tuple that ``op`` gives; ``op`` where it is unpacked."""
    statement = expression.statement
    if op is expression.root:
        targets = getattr(statement, "targets", [])
        unpacked = isinstance(statement, ast.Assign) and statement.value is op
        return op if unpacked and isinstance(targets[0], (ast.Tuple, ast.List)) else None
    pending: list[ast.AST] = [expression.root]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.Attribute) and node.value is op:
            return node
        if isinstance(node, ast.Subscript) and node.value is op:
            return node if number(node.slice) is not None else None
        pending.extend(children(node))
    return None


def _chosen(context: OpsContext, expression: RawExpression, op: ast.Call) -> OpsCall | str:
    fact = op_fact_of(context.analysis, op)
    if len(fact.keys) != 1 or fact.open or fact_of(context.analysis, op.func).open:
        return "which function is called is not known"
    key = fact.keys[0]
    given = _given(key, op)
    if isinstance(given, str):
        return given
    problems = []
    for row in rows_of(key):
        found = _problem(context, expression, op, row, given)
        if found is None:
            return OpsCall(row=row, given=given)
        problems.append(found)
    # That a row would do but for the proof says more than why others do not.
    told = [problem for problem in problems if problem in (UNPROVED, NEEDS_PROOF)]
    return next(iter([*told, *problems]), why_different(key))


def _given(key: str, op: ast.Call) -> tuple[Given, ...] | str:
    """The arguments of a call by the parameters that they are given for."""
    names = list(tf_catalog.signature(key))
    found: list[Given] = []
    for argument in op.args:
        if isinstance(argument, ast.Starred) or not names:
            return "its arguments are not known"
        name = names[0] if names[0].startswith("*") else names.pop(0)
        if name.startswith("**"):
            return "its arguments are not known"
        found.append(Given(parameter=name.lstrip("*"), node=argument, keyword=None))
    for keyword in op.keywords:
        if keyword.arg is None:
            return "its arguments are not known"
        found.append(Given(parameter=keyword.arg, node=keyword.value, keyword=keyword))
    return tuple(found)


def _problem(
    context: OpsContext,
    expression: RawExpression,
    op: ast.Call,
    row: Row,
    given: Sequence[Given],
) -> str | None:
    """Why ``row`` does not do for ``op`` with the arguments ``given``, None where it does."""
    by_name: dict[str, list[ast.expr]] = {}
    for argument in given:
        by_name.setdefault(argument.parameter, []).append(argument.node)
    places = tuple(all_slots(row.call))
    holes = {name for place in places for name in place.parameters}
    needed = [name for place in places if place.is_needed for name in place.parameters]
    missing = [name for name in (*needed, *row.required, *row.given) if name not in by_name]
    if missing:
        return f"{row.key} without `{missing[0]}` is another function in keras.ops"
    for name, nodes in by_name.items():
        problem = _problem_of_argument(context, expression, row, name, nodes, name in holes)
        if problem is not None:
            return problem
    for place in places:
        made_of = tuple(node for name in place.parameters for node in by_name.get(name, ()))
        if place.maker and made_of:
            made = ARGUMENTS[place.maker](context.analysis, context.quote, made_of)
            if isinstance(made, Unfit):
                return made.reason
    chosen = OpsCall(row=row, given=tuple(given))
    if not keeps_order(chosen):
        return "its arguments would be evaluated in another order"
    if not fits_in_place(chosen) and "#" in context.text.text_of(op):
        return "a comment stands among the arguments"
    problem = _problem_of_dtypes(context, expression, row, by_name)
    if problem is None and row.same == "bits" and context.must_prove:
        return UNPROVED
    if problem is None and row.same == "proof" and not context.verified:
        return NEEDS_PROOF
    return problem


def _problem_of_argument(
    context: OpsContext,
    expression: RawExpression,
    row: Row,
    name: str,
    nodes: Sequence[ast.expr],
    is_taken: bool,
) -> str | None:
    told = f"{row.key} with `{name}` is not in keras.ops"
    for node in nodes:
        if name in row.required or (name in row.allowed and not is_taken):
            wanted = row.required.get(name, row.allowed.get(name))
            if not is_literal(node) or ast.literal_eval(node) != wanted:
                return told
        elif not is_taken:
            is_default = isinstance(node, ast.Constant) and (
                node.value is None or node.value is False
            )
            if name != "name" and not is_default:
                return told
            if name == "name" and any(isinstance(part, ast.Call) for part in ast.walk(node)):
                return told
        else:
            if name in row.values and not _is_value(context, node):
                return f"`{name}` of {row.key} may be None, which means something else in keras.ops"
            is_tensor = name in tf_catalog.tensor_parameters(row.key)
            takes_list = row.functions[0] in {"concatenate", "stack"}
            problem = problem_of_operand(context, expression, node, is_tensor, takes_list)
            if problem is not None:
                return problem
    return None


def _is_value(context: OpsContext, node: ast.expr) -> bool:
    """Whether ``node`` is surely not None."""
    if isinstance(node, ast.Constant):
        return node.value is not None
    if isinstance(node, (ast.UnaryOp, ast.BinOp, ast.List, ast.Tuple)):
        return True
    return fact_of(context.analysis, node).kinds == Kind.PLAIN


def _problem_of_dtypes(
    context: OpsContext,
    expression: RawExpression,
    row: Row,
    by_name: Mapping[str, Sequence[ast.expr]],
) -> str | None:
    parameters = tf_catalog.dtype_parameters(row.key) or tuple(
        tf_catalog.tensor_parameters(row.key)
    )
    tensors = [node for name in parameters for node in by_name.get(name, ())]
    symbolic = [node for node in tensors if context.is_symbolic(expression, node)]
    allowed = row.dtypes if len(symbolic) == len(tensors) else row.with_numbers
    if allowed is None:
        return None
    found = frozenset[str]().union(*(context.dtypes(node) for node in symbolic))
    if found and found <= allowed:
        return None
    told = ", ".join(sorted(found - allowed)) or "a dtype that is not known"
    return f"{row.key} of {told} is not the same in keras.ops"
