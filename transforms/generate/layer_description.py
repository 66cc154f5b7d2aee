"""What is said of a new layer in its docstring."""

from __future__ import annotations

import ast
import re

from transforms.generate.body_builder import LayerBody
from transforms.generate.layer_naming import helper_of, result_of
from transforms.generate.one_expression import as_one_expression
from transforms.generate.phrase_parts import lower
from transforms.generate.phrases import NOT_TOLD_WHOLE, phrase
from transforms.generate.rearranging import rearranged
from transforms.knowledge.idiom import Idiom
from transforms.sites.added_losses import AddedLosses
from transforms.sites.units import Unit
from transforms.syntax.limits import OPS_IN_A_DESCRIPTION
from transforms.syntax.naming import op_name


def description(unit: Unit, body: LayerBody, idiom: Idiom | None, line_length: int) -> str:
    """The docstring of a class: the helper's, that of the idiom, else what it computes.

    It says what is true of every place that shares the class, so it names no place.
    """
    if isinstance(unit, AddedLosses):
        return _added(unit)
    helper = helper_of(unit)
    told = ast.get_docstring(helper) if helper is not None else None
    if told and _fits(first := told.strip().splitlines()[0], line_length):
        return first
    if idiom is not None:
        return _of_idiom(idiom, unit, body)
    spoken = phrase(body.functions, body.parameters, body.lines, body.result)
    moved = rearranged(body.functions, body.parameters, body.lines, body.result)
    if spoken is not None and spoken.startswith(NOT_TOLD_WHOLE) and moved is not None:
        spoken = moved
    if spoken is not None and _is_plain(spoken):
        return spoken
    if not body.lines:
        computed = _in_docstring(body.result)
        if _fits(text := f"Computes `{computed}`.", line_length):
            return text
    elif len(unit.outputs) < 2:
        whole = as_one_expression(body.lines, body.result)
        if whole is not None and _fits(text := f"Computes `{_in_docstring(whole)}`.", line_length):
            return text
    if moved is not None and _is_plain(moved):
        return moved
    if helper is not None:
        return f"`{helper.name}` as a layer."
    result = _in_docstring(body.result)
    bound = {name for statement in unit.statements for name in statement.defines}
    is_told = not unit.outputs and bound.isdisjoint(body.parameters)
    if is_told and _fits(text := f"Computes `{result}` from {_inputs(body)}.", line_length):
        return text
    if unit.outputs and list(unit.outputs) != list(body.parameters):
        outputs = _listed([f"`{name}`" for name in unit.outputs])
        if {*unit.outputs} & {*body.parameters}:
            # What it is given has the name of what it gives.
            return f"Computes {outputs}."
        for inputs in (_inputs(body), f"{len(body.parameters)} tensors"):
            if _fits(text := f"Computes {outputs} from {inputs}.", line_length):
                return text
    function = result_of(unit)
    if function is not None:
        return f"What `{function.name}` computes at last."
    return f"Applies {_listed(_described_ops(unit))}."


def _of_idiom(idiom: Idiom, unit: Unit, body: LayerBody) -> str:
    """What the idiom says, and what leaves the layer beside it, in its order."""
    given = {captured.name for captured in body.captured}
    says = next((told for name, told in idiom.given.items() if name in given), idiom.says)
    if unit.outputs[1:] and not _are_made_together(unit):
        others = _listed([f"`{name}`" for name in unit.outputs[:-1]])
        return f"Gives {others}, and {lower(says)}"
    last = unit.statements[-1].node if unit.statements else None
    if isinstance(last, ast.Return) and isinstance(last.value, ast.Tuple):
        rest = last.value.elts[1:]
        if all(isinstance(item, ast.Name) for item in rest):
            others = _listed([f"`{ast.unparse(item)}`" for item in rest])
            return f"{says.removesuffix('.')}, and {others}."
    return says


def _are_made_together(unit: Unit) -> bool:
    """Whether the results are the parts of one value."""
    return unit.statements[-1].defines.issuperset(unit.outputs)


def _in_docstring(result: str) -> str:
    """The source of a result on one line, with quotes that a docstring can hold."""
    line = " ".join(result.replace("self.", "").split())
    return line if "'" in line else line.replace('"', "'")


def _inputs(body: LayerBody) -> str:
    return _listed([f"`{name}`" for name in body.parameters])


def _described_ops(unit: Unit) -> list[str]:
    """The ops in the order of the source, operators and slices in words."""
    words = [
        op_name(key).replace("_", " ") if key.startswith("operator.") else key
        for key in unit.layer_ops
    ]
    different = list(dict.fromkeys(words))
    more = len(different) - OPS_IN_A_DESCRIPTION
    if more > 1:
        return [*different[:OPS_IN_A_DESCRIPTION], f"{more} more ops"]
    return different


def _listed(words: list[str]) -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    return " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))


def _fits(docstring: str, line_length: int) -> bool:
    """Whether it can stand in one line between quotes as it is."""
    return _is_plain(docstring) and len(docstring) <= line_length - len('    """"""')


def _is_plain(docstring: str) -> bool:
    """Whether it can stand between quotes as it is."""
    return docstring.isprintable() and not re.search(r'["\\]', docstring)


def _added(unit: AddedLosses) -> str:
    losses = [one for one in unit.additions if one.metric is None]
    metrics = [f"`{one.metric}`" for one in unit.additions if one.metric is not None]
    named = [f"`{one.value.id}`" for one in losses if isinstance(one.value, ast.Name)]
    if len(losses) == 1:
        named = named or [f"`{unit.name}`"]
    parts = []
    if losses:
        told = f" {_listed(named)}" if len(named) == len(losses) else ""
        parts.append(f"the {'loss' if len(losses) == 1 else 'losses'}{told}")
    if metrics:
        parts.append(f"the {'metric' if len(metrics) == 1 else 'metrics'} {_listed(metrics)}")
    return f"Adds {' and '.join(parts)} and passes `{unit.outputs[0]}` on."
