"""The words that all reports share: what a site, a hazard and a verdict are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from codemod.limits import MODELS_LISTED, OPS_LISTED
from codemod.reports.outcome import is_failing
from codemod.verdict import Environment, ModelVerdict, Verdict
from transforms.syntax.records import Hazard, Site

OUTCOMES = {
    "rewritten": "rewritten",
    "would-rewrite": "would be rewritten",
    "failed": "not rewritten, the verification failed",
    "refused": "left as it is",
    "unchanged": "unchanged",
}


def one_line(text: str) -> str:
    """Return ``text`` with white space runs made one space and control characters escaped."""
    joined = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", joined)


def number(count_of: int, noun: str) -> str:
    """Return ``1 file``, ``2 files``."""
    return f"{count_of} {noun}" if count_of == 1 else f"{count_of} {noun}s"


def listed(items: Sequence[str], most: int, rest: str = "") -> str:
    """Return the first items, and how many more of ``rest`` there are."""
    shown = ", ".join(items[:most])
    return f"{shown} and {len(items) - most} more {rest}".rstrip() if items[most:] else shown


def ops_of(sites: Iterable[Site]) -> str:
    """Return the ops of sites, functions before operators, each once."""
    names = dict.fromkeys(op for site in sites for op in site.ops)
    functions = [op for op in names if not op.startswith("operator.")]
    operators = [op for op in names if op.startswith("operator.")]
    return listed([*functions, *operators], OPS_LISTED)


def describe_site(site: Site) -> str:
    """Return the code, the ops, and what became or may become of them."""
    return describe_layer([site])


def describe_layer(sites: Sequence[Site]) -> str:
    """Return what became or may become of sites that make one layer, or have one refusal."""
    # Operators beside functions are not what the finding is about.
    first = min(sites, key=lambda site: site.code == "KC102")
    ops = f"{first.code} {ops_of(sites)}"
    if first.status in ("refused", "skipped"):
        verb = "refused" if first.status == "refused" else "skipped from now on"
        return one_line(f"{ops} {verb}: {first.refusal or 'no reason given'}")
    replacement = replacement_of(first)
    if not replacement:
        return one_line(f"{ops} {first.note}" if first.note else ops)
    arrow = "->" if first.status == "rewritten" else "could become"
    note = f" ({first.note})" if first.note else ""
    return one_line(f"{ops} {arrow} {replacement}{note}")


def replacement_of(site: Site) -> str:
    """Return the layer that a site becomes, with its name, or the functions of keras.ops."""
    if site.functions:
        return ", ".join(site.functions)
    kind = "Lambda" if site.target == "lambda" else site.class_name or "a layer"
    if site.layer_name:
        return f'{kind} "{site.layer_name}"'
    return kind if site.target else ""


def describe_hazard(hazard: Hazard) -> str:
    """Return the code and the message of a hazard."""
    return one_line(f"{hazard.code} {hazard.message}")


def describe_verdict(verdict: Verdict) -> str:
    """Return the tier, the device, the models and the reason."""
    text = verdict.verdict + (f" on {verdict.device}" if verdict.device else "")
    failing_first = sorted(verdict.models, key=lambda model: not is_failing(model.verdict))
    models = [
        name if notes == "" else f"{name} ({notes})"
        for name, notes in ((model.name, model_notes(model, verdict)) for model in failing_first)
    ]
    if models:
        text += f": {listed(models, MODELS_LISTED, 'models')}"
    return one_line(f"{text}; {verdict.reason}" if verdict.reason else text)


def model_notes(model: ModelVerdict, verdict: Verdict) -> str:
    """Return what is to be said of one model that the verdict of all does not say."""
    notes: list[str] = []
    if model.verdict != verdict.verdict:
        notes.append(model.verdict)
    told = (model.reason, f"{model.name}: {model.reason}")
    if model.reason and verdict.reason not in told:
        notes.append(model.reason)
    if model.verdict in ("bitwise", "equal-by-rules") and model.graph not in model.reason:
        notes.append(f"{'not proved' if model.verdict == 'bitwise' else 'rules'}: {model.graph}")
    if model.weight_order_kept is False:
        notes.append("weight order changed")
    return ", ".join(notes)


def keras3_state(model: ModelVerdict) -> str:
    """Return what became of a model under Keras 3, without the reason."""
    return claim_state(model.keras3)


def claim_state(claim: str | None) -> str:
    """Return a claim without the reason."""
    return (claim or "not checked").partition(" (")[0].partition(":")[0]


def other_claims(verdict: Verdict) -> str:
    """Return the claims beside the verdict, each by its name; empty without models."""
    if not verdict.models:
        return ""
    if verdict.generation == 3:
        return "; under Keras 3 alone"
    keras3 = _counted([keras3_state(model) for model in verdict.models])
    text = f"; Keras 3: {keras3}"
    ports = [claim_state(model.port) for model in verdict.models]
    return text if {*ports} == {"not checked"} else f"{text}; port: {_counted(ports)}"


def unproved_claims(model: ModelVerdict, verdict: Verdict) -> Iterator[str]:
    """Return what is told of a model under Keras 3: what has no proof, a port that differs."""
    state, claim = keras3_state(model), model.keras3 or ""
    # That a whole Keras is not there is told once, at the end.
    is_known = state == "not checked" and verdict.keras3 is not None and verdict.keras3.problem
    if (
        claim not in ("", state)
        and state not in ("proved", "equal-by-rules", "built")
        and not is_known
    ):
        yield f"under Keras 3: {claim}"
    if claim_state(model.port) == "different":
        yield f"between Keras 2 and Keras 3: {model.port}"


def _counted(states: Sequence[str]) -> str:
    counted = [(state, states.count(state)) for state in dict.fromkeys(states)]
    if len(counted) == 1:
        return counted[0][0]
    return ", ".join(f"{state} ({number(count, 'model')})" for state, count in counted)


def describe_environment(environment: Environment) -> str:
    """Return the versions and the interpreter."""
    versions = f"Keras {environment.keras}, TensorFlow {environment.tensorflow}"
    return f"{versions}, {environment.python}"


def why_not_keras3(environment: Environment) -> str:
    """Return why nothing was checked under Keras 3, and what to do."""
    return one_line(
        f"{environment.python}: {environment.problem}; give --python an interpreter with Keras 3"
    )
