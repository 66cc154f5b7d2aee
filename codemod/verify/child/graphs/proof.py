"""Proofs that two models are the same computation, from the keys of their graphs.

One process writes the keys of the original, another one compares.
"""

from __future__ import annotations

import json
import os
from typing import Any, Dict, List, Optional, Sequence

from ..failures import one_line
from ..layers import leaf_layers
from ..numbers.inputs import Sample
from ..numbers.weights import Key
from ..protocol import GraphResult, GraphTier, SampleFields
from .canonical import Canonical, equal_by
from .difference import NUMBER, OP, Difference, Side, differences
from .keys import GraphKeys, NodeEntry, Tables
from .rules import RULES, RULES_OF_GRADIENTS
from .sources import NotUnderstood
from .traces import BY_DEFAULT, FORWARD, GRADIENTS, MASKED, TRAINING, Structure, Trace, trace_model

PROVED: GraphTier = "proved"
BY_RULES: GraphTier = "equal-by-rules"
DIFFERENT: GraphTier = "different"
NOT_COMPARED: GraphTier = "not compared"
WHEN = {
    FORWARD: "",
    TRAINING: ", with training=True",
    BY_DEFAULT: ", without the argument training",
    MASKED: ", where the inputs have masks",
    GRADIENTS: ", in the gradients",
}


def write_graphs(
    tf: Any, model: Any, names: Dict[Key, Key], path: str, sample: SampleFields
) -> None:
    """Trace the original and write its keys, or why there are none.

    A model that needs its sizes when it is traced gets those of ``sample``.
    """
    content: Dict[str, Any]
    try:
        content = _traced(tf, model, names, Sample(**sample))
    except NotUnderstood as error:
        content = {"reason": str(error)}
    except Exception as error:
        # What user code raises in a graph is a reason, the eager comparison goes on.
        content = {"reason": "the original cannot be traced: %s" % one_line(error)}
    with open(path, "w") as file:
        json.dump(content, file)


def _traced(tf: Any, model: Any, names: Dict[Key, Key], fitting: Sample) -> Dict[str, Any]:
    failure: Optional[Exception] = None
    samples: List[Optional[Sample]] = [None, fitting]
    for sample in samples:
        try:
            trace = trace_model(tf, model, names, sample)
        except NotUnderstood:
            raise
        except Exception as error:
            # A model may need its sizes when it is traced; one attempt is made with them.
            failure = failure or error
            continue
        content = as_json(trace)
        content["sample"] = None if sample is None else sample.as_json()
        return content
    assert failure is not None
    raise failure


def as_json(trace: Trace) -> Dict[str, Any]:
    """What another process needs of a trace."""
    tables = {
        "nodes": {key: list(vars(entry).values()) for key, entry in trace.tables.nodes.items()},
        "attributes": trace.tables.attributes,
        "functions": trace.tables.functions,
        "plain": trace.tables.plain,
    }
    return {
        "modes": [mode.as_json() for mode in trace.modes],
        "tables": tables,
        "assumptions": trace.assumptions,
    }


def compare_graphs(
    tf: Any, model: Any, names: Dict[Key, Key], path: str, sources: Sequence[str]
) -> GraphResult:
    """How the graphs of the rewritten ``model`` compare with those in the file ``path``.

    The result has ``tier`` (proved, equal-by-rules, different, not compared), ``rules``,
    ``reason`` and ``assumptions``. A difference names the line where it is in ``sources``.
    """
    with open(path) as file:
        original = json.load(file)
    if "reason" in original:
        return _result(NOT_COMPARED, original["reason"])
    sample = None if original["sample"] is None else Sample(**original["sample"])
    try:
        trace = trace_model(tf, model, names, sample)
    except NotUnderstood as error:
        return _result(NOT_COMPARED, str(error))
    except Exception as error:
        # What user code raises in a graph is a reason, the eager comparison goes on.
        return _result(NOT_COMPARED, "the rewritten model cannot be traced: %s" % one_line(error))
    return compare_traces(original, trace, model, sources)


def compare_traces(
    original: Dict[str, Any], trace: Trace, model: Any, sources: Sequence[str]
) -> GraphResult:
    """The result of ``compare_graphs`` for two traces, the first as ``as_json`` gives it."""
    stored = original["tables"]
    nodes = {key: NodeEntry(*fields) for key, fields in stored["nodes"].items()}
    tables = Tables(nodes, stored["attributes"], stored["functions"], stored["plain"])
    if len(original["modes"]) != len(trace.modes):
        return _result(DIFFERENT, "only one of the models has a gradient of its own")
    rules: List[str] = []
    for before, mode in zip(original["modes"], trace.modes):
        old, new = GraphKeys(*before["keys"]), mode.keys
        if before["structure"] != mode.structure:
            reason = other_structure(before["structure"], mode.structure) + WHEN[mode.name]
            return _result(DIFFERENT, reason, True)
        if old == new:
            continue
        usable = RULES_OF_GRADIENTS if mode.name == GRADIENTS else RULES
        found = equal_by(old, tables, new, trace.tables, usable)
        if found is None:
            left = Side(old, tables, Canonical(tables, usable))
            right = Side(new, trace.tables, Canonical(trace.tables, usable))
            # What training draws without a seed is a constant of its own in each trace.
            kinds = {OP, NUMBER} if mode.name in (FORWARD, BY_DEFAULT, MASKED) else {OP}
            found_differences = differences(left, right)
            decisive = [item for item in found_differences if item.kind in kinds]
            first = next(iter(decisive or found_differences), None)
            reason = _described(first, mode.graph, model, sources) + WHEN[mode.name]
            return _result(DIFFERENT, reason, bool(decisive))
        rules += [rule for rule in found if rule not in rules]
    assumptions = list(dict.fromkeys([*original["assumptions"], *trace.assumptions]))
    result = _result(BY_RULES if rules else PROVED, "")
    result["rules"], result["assumptions"] = rules, assumptions
    return result


def other_structure(before: Structure, after: Structure) -> str:
    """What one of two unequal structures has that the other has not, in words."""
    for name, old in before.items():
        new = after.get(name)
        if new is not None and old != new:
            return "%s is %s, not %s" % (name, new, old)
    gone = [name for name in before if name not in after]
    return "%s is %s" % ((gone[0], "gone") if gone else (_first_new(before, after), "new"))


def _first_new(before: Structure, after: Structure) -> str:
    return next((name for name in after if name not in before), "the structure")


def _result(tier: GraphTier, reason: str, decides: bool = False) -> GraphResult:
    return {"tier": tier, "rules": [], "reason": reason, "assumptions": [], "decides": decides}


def _described(
    difference: Optional[Difference], graph: Any, model: Any, sources: Sequence[str]
) -> str:
    if difference is None:
        return "the graphs differ"
    if not difference.op:
        return difference.text
    layer = layer_of(difference.name, model)
    place = " of layer `%s`" % layer if layer else ""
    place += _line(graph, difference.name, sources)
    return "`%s`%s: %s" % (difference.op, place, difference.text)


def layer_of(name: str, model: Any) -> str:
    """The layer in whose name scope the op ``name`` is: the innermost one, "" if there is none."""
    scope = "/" + name
    found = ""
    innermost = -1
    for layer in leaf_layers(model):
        place = scope.rfind("/%s/" % layer.name)
        if place > innermost:
            found, innermost = str(layer.name), place
    return found


def _line(graph: Any, name: str, sources: Sequence[str]) -> str:
    """The user's innermost line that made the op, in words; "" where there is none."""
    try:
        operation = graph.get_operation_by_name(name)
    except (KeyError, ValueError):
        # The op is inside the body of a function.
        return ""
    frames = [frame for frame in operation.traceback or () if frame[0] in sources]
    if not frames:
        return ""
    file = os.path.basename(frames[-1][0]) if len(sources) > 1 else "source"
    return " (line %d of the rewritten %s)" % (frames[-1][1], file)
