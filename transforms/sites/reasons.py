"""Why a raw expression must stay where it is."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator

from transforms.interpret.scopes import Fact, OpFact
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind, Openness
from transforms.knowledge import tf_catalog
from transforms.sites import refusals
from transforms.sites.eager_calls import eager_call
from transforms.sites.facts import fact_of
from transforms.sites.library_ops import is_left_to_library
from transforms.sites.list_definitions import is_plain_dict
from transforms.sites.operands import Operands
from transforms.syntax.accesses import is_dotted_name, last_name
from transforms.syntax.places import Place
from transforms.syntax.records import Refusal
from transforms.syntax.source_text import SourceText


def refusal_of(
    analysis: Analysis, text: SourceText, place: Place, operands: Operands
) -> Refusal | None:
    """Why the ops must stay where they are, or None; ops are asked before their operands."""
    return decisive(_reasons(analysis, text, place, operands))


def decisive(reasons: Iterable[Refusal | None]) -> Refusal | None:
    """The first of ``reasons`` that holds whatever a run shows, else the first."""
    found = [reason for reason in reasons if reason is not None]
    return next((one for one in found if not one.lifted_by_run), found[0] if found else None)


def _reasons(
    analysis: Analysis, text: SourceText, place: Place, operands: Operands
) -> Iterator[Refusal | None]:
    for op in operands.ops:
        fact = analysis.ops[op]
        for key in fact.keys:
            reason = tf_catalog.reason_to_refuse(key)
            if reason is not None:
                yield refusals.unwrappable(reason)
            if key.startswith("method."):
                yield refusals.unwrappable(f"`{key[7:]}` is a method that only Keras 2 has")
        unpacked = [word.value for word in getattr(op, "keywords", ()) if word.arg is None]
        if not all(is_plain_dict(analysis, one, place) for one in unpacked):
            yield refusals.unsupported_syntax("**")
        if "operator.eq" in fact.keys:
            yield refusals.equality()
        if fact.open and isinstance(op, ast.Call) and not _is_given(fact, op):
            yield refusals.open_function(text.text_of(op.func), fact.keys, fact.other)
        if is_left_to_library(analysis, op):
            yield refusals.library_code(fact.keys[0])
        if fact.eager and isinstance(op, ast.Call):
            yield refusals.also_eager(eager_call(analysis, place))
        if fact.other and fact.observed:
            yield refusals.found_at_run_time(text.text_of(op), fact.keys[0])
        elif fact.other and isinstance(op, ast.Call) and _is_applying(op.func):
            yield refusals.unsupported_syntax(f"an op that `{text.text_of(op.func)}` applies")
        elif fact.other and isinstance(op, ast.Call):
            yield refusals.unresolved_function(text.text_of(op.func))
        if not fact.certain:
            # A run tells what the operands are too.
            yield refusals.uncertain_tensor(text.text_of(op))
            return
    alone = len(operands.symbolic) == 1
    for part in operands.symbolic:
        yield operand_refusal(fact_of(analysis, part), text, part, alone)


def _is_given(fact: OpFact, op: ast.Call) -> bool:
    """Whether a layer can be given the function that callers choose, whichever it is."""
    in_sight = fact.open == Openness.CHOSEN and not fact.other
    saved = in_sight and all(map(tf_catalog.is_saved_by_name, fact.keys))
    return saved or is_dotted_name(op.func)


def _is_applying(function: ast.expr) -> bool:
    """Whether ``function`` is given the op and calls it."""
    return last_name(function) in {
        "map",
        "starmap",
        "map_structure",
        "reduce",
        "list",
        "tuple",
        "set",
        "sorted",
        "reversed",
    }


def operand_refusal(fact: Fact, text: SourceText, part: ast.expr, alone: bool) -> Refusal | None:
    """Why ``part`` cannot be an input of a layer, or None.

    An array that is the input ``alone`` becomes the same tensor for a layer as for an op; beside
    another tensor the op gives it the dtype of that.
    """
    source = text.text_of(part)
    if fact.kinds & Kind.UNCERTAIN:
        return refusals.uncertain_tensor(source)
    others = fact.kinds & (Kind.EAGER | Kind.PLAIN | Kind.ARRAY | Kind.VARIABLE)
    tensors = Kind.EAGER | Kind.ARRAY if alone else Kind.EAGER
    return decisive(
        [
            refusals.sometimes_symbolic(source, not others & ~tensors) if others else None,
            refusals.mixed_container(source) if fact.mixed else None,
        ]
    )
