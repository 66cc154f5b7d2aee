"""Verdicts from what the children found."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import replace
from pathlib import Path

from codemod.verdict import RawOp, Tier, Verdict
from codemod.verify.child.protocol import (
    ANOTHER_MODEL,
    OriginalResult,
    RewrittenResult,
    SideResult,
)
from codemod.verify.child.told import plain
from codemod.verify.layer_graphs import layer_graphs
from codemod.verify.model_verdicts import model_verdict
from codemod.verify.records import Probe
from codemod.verify.under_keras_3 import Under3, claims_of, new_failures
from codemod.verify.what_ran import settled

NOTHING_BUILT = "no functional model was built; name one with --build"
DOES_NOT_RUN = "not compared: the original"
"""How it begins that a model was built and does not run."""
STAND_IN = ": a stand-in was used"
"""How what the child says of a missing package ends."""
OTHERWISE = repr("otherwise")
"""The value of a variant that stands for all that the code does not name."""
ORDER: tuple[Tier, ...] = (
    "proved",
    "equal-by-rules",
    "bitwise",
    "close",
    "unverified",
    "different",
)


def probe_of(result: OriginalResult) -> Probe:
    """What the original does; its models are those that run on made inputs."""
    models = result.get("models", [])
    running = {index for index, model in enumerate(models) if "failure" not in model}
    failure = result.get("failure")
    problems = result.get("failures", [])
    if failure is None and not models and problems:
        # What a stand-in took the place of is seldom why.
        likely = sorted(map(plain, problems), key=lambda text: text.endswith(STAND_IN))
        failure = "no model was built: " + "; ".join(likely[:3])
    if failure is None and models and not running:
        failure = f"the original {models[0]['name']} does not run: {models[0]['failure']}"
    return Probe(
        raw_ops=tuple(raw_ops_of(result, running)),
        models=tuple(str(models[index]["name"]) for index in sorted(running)),
        failure=failure,
        assumptions=_assumptions(result),
        tried=tuple(map(plain, result.get("tried", []))),
        inner=tuple(sorted({Path(path) for path in _inner_files(result, running)})),
    )


def _inner_files(result: SideResult, running: Set[int]) -> Iterator[str]:
    for item in result.get("raw_ops", []):
        inner = item.get("inner", "")
        if inner and not (item["models"] and running.isdisjoint(item["models"])):
            yield inner


def raw_ops_of(result: SideResult, running: Set[int] | None = None) -> list[RawOp]:
    """The raw ops of a result, each place once, with the layer that the first model has of it.

    Those that only other models than ``running`` hold are left out.
    """
    found: dict[tuple[object, ...], RawOp] = {}
    first_model: dict[tuple[object, ...], int] = {}
    for item in result.get("raw_ops", []):
        models = item["models"]
        if running is not None and models and running.isdisjoint(models):
            continue
        op = RawOp(
            path=Path(item["path"]),
            line=item["line"],
            end_line=item["end_line"],
            column=item["column"],
            end_column=item["end_column"],
            op=item["op"],
            layer=item["layer"],
            tensors=tuple(item["tensors"]),
            lists=tuple(item.get("lists", ())),
            in_block=item.get("in_block", False),
            inexact=item.get("inexact", ""),
            is_loose=not models,
        )
        place = (op.path, op.line, op.column, op.end_line, op.end_column)
        if place in found:
            op = replace(
                op,
                inexact=op.inexact or found[place].inexact,
                in_block=op.in_block and found[place].in_block,
                is_loose=op.is_loose and found[place].is_loose,
            )
        if place in first_model and not (models and models[0] <= first_model[place]):
            op = replace(op, layer=found[place].layer)
        elif models:
            first_model[place] = models[0]
        found[place] = op
    return [*found.values()]


def _assumptions(result: OriginalResult) -> tuple[str, ...]:
    # A value that no code names is there to be refused.
    refused = tuple(one + ":" for one in result.get("variants", []) if OTHERWISE in one)
    failures = [
        text if text.endswith(STAND_IN) else f"not run: {text}"
        for failure in result.get("failures", [])
        if not (text := plain(failure)).startswith(refused or " ")
    ]
    models = [
        f"{DOES_NOT_RUN} {model['name']} does not run: {model['failure']}"
        for model in result.get("models", [])
        if "failure" in model
    ]
    return (*result.get("notes", []), *failures, *models)


def unverified(probe: Probe, device: str) -> Verdict:
    """Nothing could be compared."""
    reason = probe.failure or NOTHING_BUILT
    return Verdict(
        verdict="unverified", reason=reason, device=device, models=(), assumptions=probe.assumptions
    )


def keeps_order(rewritten: RewrittenResult) -> bool:
    """Whether all rewritten models were made, with their weights in the order of the originals."""
    return "failure" not in rewritten and all(
        model.get("order_kept", False) for model in rewritten["models"]
    )


def _why_broken(failure: str, original: OriginalResult) -> str:
    """What only the rewritten source does; of a model, also why the original does not make it."""
    if not failure.startswith(ANOTHER_MODEL):
        return f"only the rewritten source fails: {failure}"
    failures = original.get("failures", [])
    because = f" ({plain(failures[0])})" if failures else ""
    return f"{failure}, which the original does not{because}"


def verdict_of(
    original: OriginalResult, rewritten: RewrittenResult, under_3: Under3 | None
) -> Verdict:
    """The claim that the rewritten models equal the originals, model by model."""
    device = str(original.get("device", ""))
    if "failure" in rewritten:
        return Verdict(verdict="unverified", reason=str(rewritten["failure"]), device=device)
    models = []
    for index, before in enumerate(original["models"]):
        claims = claims_of(rewritten, before, under_3, index)
        model = model_verdict(before, rewritten["models"][index])
        build = before.get("variant") or None
        layers = layer_graphs(original, rewritten, index)
        claimed = replace(model, build=build, keras3=claims.keras3, port=claims.port)
        models.append(replace(claimed, layers=layers))
    broken = new_failures(original, rewritten)
    if broken:
        return Verdict(
            verdict="different",
            reason=_why_broken(broken[0], original),
            device=device,
        )
    known = original.get("made_up", ())
    others = [text for text in rewritten.get("made_up", ()) if text not in known]
    if others:
        # Made-up data is the same, whatever it stands for.
        reason = f"only the rewritten source reads this: {others[0]}"
        return Verdict(verdict="different", reason=reason, device=device, models=tuple(models))
    are_all_made = not any("missing" in model for model in rewritten["models"])
    if are_all_made and rewritten.get("given_changed"):
        reason = str(rewritten["given_changed"])
        return Verdict(verdict="different", reason=reason, device=device, models=tuple(models))
    compared = [model for model in models if model.verdict != "unverified"] or models
    worst = max(compared, key=lambda model: ORDER.index(model.verdict))
    reason = f"{worst.name}: {worst.reason}" if worst.reason else ""
    notes = [note for item in rewritten["models"] if (note := item.get("note"))]
    notes += [
        f"{before['name']}: {note}"
        for before, after in zip(original["models"], rewritten["models"])
        for note in after.get("notes", ())
    ]
    notes += [
        assumption
        for model, item in zip(models, rewritten["models"])
        if model.verdict in ("proved", "equal-by-rules")
        for assumption in item["graph"]["assumptions"]
    ]
    return Verdict(
        verdict=worst.verdict,
        reason=reason,
        device=device,
        models=tuple(models),
        assumptions=tuple(dict.fromkeys([*_assumptions(original), *notes])),
        raw_ops_left=tuple(raw_ops_of(rewritten)),
    )


def alone_under_3(
    original: OriginalResult, rewritten: RewrittenResult, why_not_keras2: str
) -> Verdict:
    """The claim of Keras 3 alone, where Keras 2 does not run the original."""
    probe = probe_of(original)
    if probe.failure is not None or not probe.models:
        found = unverified(probe, str(original.get("device", "")))
    else:
        found = verdict_of(original, rewritten, None)
    models = tuple(replace(model, keras3=model.verdict) for model in found.models)
    return replace(found, models=models, generation=3, why_not_keras2=why_not_keras2)


def merged(verdicts: Sequence[Verdict], path: Path | None = None) -> Verdict:
    """One verdict of several runs: the lowest tier, and all models and assumptions.

    A rewritten line, of the file ``path`` where it is given, counts when one of the runs ran it.
    """
    worst = max(verdicts, key=lambda verdict: ORDER.index(verdict.verdict))
    everywhere = set.intersection(*(set(verdict.not_run) for verdict in verdicts))
    return settled(
        replace(
            worst,
            models=tuple(model for verdict in verdicts for model in verdict.models),
            assumptions=tuple(
                dict.fromkeys(text for item in verdicts for text in item.assumptions)
            ),
            raw_ops_left=tuple(dict.fromkeys(op for item in verdicts for op in item.raw_ops_left)),
            hazards=tuple(dict.fromkeys(text for item in verdicts for text in item.hazards)),
            inexact=tuple(dict.fromkeys(op for item in verdicts for op in item.inexact)),
            not_run=tuple(sorted(at for at in everywhere if path is None or at[0] == path)),
        )
    )
