"""Rewrites of fixtures that are wrong since the generator is: what it writes has one fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.mutation import Mutant, first_change
from transforms.generate.body_builder import Captured, LayerBody
from transforms.generate.layer_body import body_of
from transforms.interpret.symbolic import analyse
from transforms.plan.fitting import fitting_plan
from transforms.plan.settings import GRANULARITIES, PlanSettings
from transforms.syntax.records import Refusal, Target
from transforms.syntax.source_text import read_source_text

Fault = Callable[[LayerBody], LayerBody]
CAST = re.compile(r"tf\.cast\(([\w.]+), [\w.]+\)")
AXIS = re.compile(r"axis=(-?\d+)")
NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
KEYWORD = re.compile(r", (?:axis|keepdims|perm|axes)=(?:\w+|\[[^\]]*\])")


def _swapped_inputs(body: LayerBody) -> LayerBody:
    one, other, *rest = (*body.arguments, "", "")
    return body if not other else replace(body, arguments=(other, one, *filter(None, rest)))


def _repeated_input(body: LayerBody) -> LayerBody:
    if len(body.arguments) < 2:
        return body
    return replace(body, arguments=(*body.arguments[:-1], f"({body.arguments[0]})"))


def _wrong_capture(body: LayerBody) -> LayerBody:
    if len(body.captured) < 2:
        return body
    first, second, *rest = body.captured
    wrong = replace(first, source=second.source)
    return replace(body, captured=(wrong, second, *rest))


def _frozen_capture(body: LayerBody) -> LayerBody:
    def frozen(one: Captured) -> Captured:
        return one if one.form == "activation" else replace(one, source="2")

    return replace(body, captured=tuple(map(frozen, body.captured)))


def _lost_dtype(body: LayerBody) -> LayerBody:
    return _text(body, lambda text: CAST.sub(r"\1", text))


def _lost_keyword(body: LayerBody) -> LayerBody:
    return _text(body, lambda text: KEYWORD.sub("", text, count=1))


def _lost_line(body: LayerBody) -> LayerBody:
    return replace(body, lines=body.lines[:-1]) if body.lines else body


def _stopped_gradient(body: LayerBody) -> LayerBody:
    result = body.result if "," in body.result or "\n" in body.result else ""
    return body if result else replace(body, result=f"tf.stop_gradient({body.result})")


def _lost_first_line(body: LayerBody) -> LayerBody:
    return replace(body, lines=body.lines[1:])


def _other_default(body: LayerBody) -> LayerBody:
    def changed(one: Captured) -> Captured:
        is_number = one.default is not None and NUMBER.fullmatch(one.default)
        return replace(one, default=f"{one.default}1") if is_number else one

    return replace(body, captured=tuple(map(changed, body.captured)))


def _exchanged_attributes(body: LayerBody) -> LayerBody:
    if len(body.captured) < 2:
        return body
    first, second = (one.name for one in body.captured[:2])
    other = {first: second, second: first}
    either = re.compile(rf"\bself\.({first}|{second})\b")
    return _text(body, lambda text: either.sub(lambda found: f"self.{other[found[1]]}", text))


def _written_down(body: LayerBody) -> LayerBody:
    return _in_place_of_attribute(body, lambda one: "2")


def _class_attribute(body: LayerBody) -> LayerBody:
    return _in_place_of_attribute(body, lambda one: f"type(self).{one.name}")


def _in_place_of_attribute(body: LayerBody, text_of: Callable[[Captured], str]) -> LayerBody:
    """The first captured value that is read in ``call`` becomes something else there."""
    for one in body.captured:
        own = re.compile(rf"\bself\.{one.name}\b")
        wrong = _text(body, partial(own.sub, text_of(one)))
        if wrong != body:
            return wrong
    return body


def _other_axis(body: LayerBody) -> LayerBody:
    return _text(body, lambda text: AXIS.sub(lambda found: f"axis={int(found[1]) + 1}", text, 1))


def _swapped_results(body: LayerBody) -> LayerBody:
    one, other, *rest = (*body.result.split(", "), "", "")
    is_plain = other and not set(body.result) & set("([{\n")
    return replace(body, result=", ".join((other, one, *filter(None, rest)))) if is_plain else body


def _text(body: LayerBody, change: Callable[[str], str]) -> LayerBody:
    return replace(body, lines=tuple(map(change, body.lines)), result=change(body.result))


FAULTS: dict[str, Fault] = {
    "generator: swapped inputs": _swapped_inputs,
    "generator: repeated input": _repeated_input,
    "generator: wrong capture": _wrong_capture,
    "generator: frozen capture": _frozen_capture,
    "generator: lost dtype": _lost_dtype,
    "generator: lost keyword": _lost_keyword,
    "generator: lost statement": _lost_line,
    "generator: stopped gradient": _stopped_gradient,
    "generator: lost first statement": _lost_first_line,
    "generator: other default": _other_default,
    "generator: exchanged attributes": _exchanged_attributes,
    "generator: written down": _written_down,
    "generator: class attribute": _class_attribute,
    "generator: other axis": _other_axis,
    "generator: swapped results": _swapped_results,
}


def generator_faults(before: Path, target: Target, each: int) -> Iterator[Mutant]:
    """Rewrites of ``before`` in which one layer has one fault, ``each`` of each kind at most."""
    source = before.read_bytes()
    analysis = analyse({before: source}, [before])
    module, text = analysis.modules[before], read_source_text(source)
    settings = PlanSettings(target=target, granularity=GRANULARITIES[1])
    bodies: dict[object, LayerBody] = {}

    def rewritten(fault: Fault | None = None, chosen: object = None) -> bytes:
        def faulty(*arguments: Any, **options: Any) -> LayerBody | Refusal:
            body = body_of(*arguments, **options)
            place = arguments[3].expressions[0].root
            if not isinstance(body, LayerBody):
                return body
            bodies.setdefault(place, body)
            return fault(body) if fault is not None and place is chosen else body

        with patch("transforms.plan.new_layers.body_of", faulty):
            return fitting_plan(analysis, module, source, text, settings).rewritten

    right = rewritten()
    for kind, fault in FAULTS.items():
        found = 0
        for place, body in list(bodies.items()):
            if found == each:
                break
            wrong = right if fault(body) == body else rewritten(fault, place)
            if wrong not in (right, source):
                found += 1
                texts = (one.decode(text.encoding) for one in (right, wrong))
                yield Mutant(kind, *first_change(*texts), wrong)
