"""Faults around what a model computes: its frame, tables, branches, and values left to callers."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import libcst as cst

from benchmarks.mutation import Edit, Operator, Place, last_name
from benchmarks.mutation_operators import TIGHT, with_argument

WITH_WEIGHTS = frozenset(["Dense", "Conv1D", "Conv2D", "Embedding", "LSTM", "GRU"])
CONFIGURED = frozenset(
    "kernel_regularizer kernel_initializer kernel_constraint embeddings_initializer trainable "
    "mask_zero stateful recurrent_dropout activity_regularizer seed dtype".split()
)
MODELS = frozenset(["Model", "Input"])
READERS = frozenset(["open", "load", "loadtxt", "genfromtxt", "fromfile", "load_model"])


def frame(place: Place) -> Iterator[Edit]:
    """A configuration of a kept layer changed or lost; another name of a model or an input."""
    node = place.node
    if not isinstance(node, cst.Call):
        return
    called = last_name(node.func)
    given = {argument.keyword.value for argument in node.args if argument.keyword}
    for argument in node.args:
        keyword = argument.keyword.value if argument.keyword else ""
        if keyword in CONFIGURED and called[:1].isupper():
            kept = [one for one in node.args if one is not argument]
            kept[-1:] = [one.with_changes(comma=cst.MaybeSentinel.DEFAULT) for one in kept[-1:]]
            yield Edit("frame", ((node, node.with_changes(args=kept)),))
        if keyword == "name" and called in MODELS | WITH_WEIGHTS:
            other = argument.with_changes(value=cst.SimpleString('"another_name"'))
            args = [other if one is argument else one for one in node.args]
            yield Edit("frame", ((node, node.with_changes(args=args)),))
    if called in WITH_WEIGHTS:
        added = {"trainable": "False"}
        if called in {"Dense", "Conv1D", "Conv2D"}:
            added |= {"kernel_constraint": '"non_neg"', "kernel_regularizer": '"l2"'}
        for keyword, value in added.items():
            if keyword not in given:
                yield Edit("frame", ((node, _with(node, keyword, value)),))
    elif called == "Input" and "name" not in given:
        yield Edit("frame", ((node, _with(node, "name", '"another_name"')),))


def _with(call: cst.Call, keyword: str, value: str) -> cst.Call:
    argument = cst.Arg(cst.parse_expression(value), keyword=cst.Name(keyword), equal=TIGHT)
    return with_argument(call, argument)


def tables(place: Place) -> Iterator[Edit]:
    """Two entries of a dictionary with each other's values: another key chooses another value."""
    node = place.node
    if not isinstance(node, cst.Dict):
        return
    entries = [item for item in node.elements if isinstance(item, cst.DictElement)]
    for one, other in itertools.pairwise(entries):
        if not one.value.deep_equals(other.value):
            swapped = {
                one: one.with_changes(value=other.value),
                other: other.with_changes(value=one.value),
            }
            elements = [swapped.get(item, item) for item in entries]
            if len(entries) == len(node.elements):
                yield Edit("table", ((node, node.with_changes(elements=elements)),))


def branches(place: Place) -> Iterator[Edit]:
    """The branches of a condition in each other's place."""
    node = place.node
    if isinstance(node, cst.IfExp):
        swapped = node.with_changes(body=node.orelse, orelse=node.body)
        yield Edit("branch", ((node, swapped),))
    elif isinstance(node, cst.If) and isinstance(node.orelse, cst.Else):
        changed = node.with_changes(
            body=node.orelse.body, orelse=node.orelse.with_changes(body=node.body)
        )
        yield Edit("branch", ((node, changed),))


def open_values(place: Place) -> Iterator[Edit]:
    """What a parameter says replaced by its default: right for the calls that give none."""
    node = place.node
    label = any(getattr(place.parent, name, None) is node for name in ("keyword", "attr", "name"))
    if not isinstance(node, cst.Name) or label or isinstance(place.parent, (cst.Param, cst.Del)):
        return
    if any(isinstance(item, (cst.AssignTarget, cst.Parameters)) for item in place.ancestors):
        return
    functions = [item for item in place.ancestors if isinstance(item, cst.FunctionDef)]
    if not functions or functions[-1].name.value in {"__init__", "call", "get_config"}:
        return
    parameters = functions[-1].params
    for parameter in (*parameters.params, *parameters.kwonly_params):
        if parameter.name.value == node.value and parameter.default is not None:
            yield Edit("open value", ((node, parameter.default),))


def files(place: Place) -> Iterator[Edit]:
    """Another file is read; what has been read is written over, or written where it was not."""
    node = place.node
    called = last_name(node.func) if isinstance(node, cst.Call) else ""
    if not isinstance(node, cst.Call) or called not in READERS or not node.args:
        return
    path = node.args[0]
    text = cst.Module([]).code_for_node(path.value)
    for source in (f"{text} + '.other'", f"'other/' + {text}"):
        other = path.with_changes(value=cst.parse_expression(source))
        yield Edit("file", ((node, node.with_changes(args=[other, *node.args[1:]])),))
    if called == "load_model":
        # It is left out, which is told.
        return
    code = cst.Module([]).code_for_node(node)
    wiped = f"(open({text}, 'w').close(), {code})[1]"
    yield Edit("file", ((node, cst.parse_expression(wiped)),))


AROUND: tuple[Operator, ...] = (frame, tables, branches, open_values, files)
"""All faults that are planted around the ops."""
