"""Verdicts from what the children found."""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from pathlib import Path

from codemod.verdict import ModelVerdict, RawOp, Tier, Verdict
from codemod.verify.child.protocol import (
    GraphResult,
    OriginalModel,
    OriginalResult,
    RewrittenModel,
    RewrittenResult,
    SideResult,
    Told,
)
from codemod.verify.child.told import plain, without_lines
from codemod.verify.records import Probe
from codemod.verify.what_ran import settled

NOTHING_BUILT = "no functional model was built; name one with --build"
NOT_MADE = "the rewritten source builds fewer models"
OTHERWISE = repr("otherwise")
"""The value of a variant that stands for all that the code does not name."""
ORDER_CHANGED = "the order of the weights would change, and so old checkpoints would not load"
ORDER: tuple[Tier, ...] = (
    "proved",
    "equal-by-rules",
    "bitwise",
    "close",
    "unverified",
    "different",
)


GRAPH_TIERS: dict[str, Tier] = {"proved": "proved", "equal-by-rules": "equal-by-rules"}
NOT_PROVED = {
    "different": "the samples give the same, the graphs do not",
    "not compared": "the samples give the same, the graphs cannot be compared",
}


def probe_of(result: OriginalResult) -> Probe:
    """What the original does; its models are those that run on made inputs."""
    models = result.get("models", [])
    running = {index for index, model in enumerate(models) if "failure" not in model}
    failure = result.get("failure")
    problems = result.get("failures", [])
    if failure is None and not models and problems:
        failure = "no model was built: " + "; ".join(map(plain, problems[:3]))
    if failure is None and models and not running:
        failure = f"the original {models[0]['name']} does not run: {models[0]['failure']}"
    return Probe(
        raw_ops=tuple(raw_ops_of(result, running)),
        models=tuple(str(models[index]["name"]) for index in sorted(running)),
        failure=failure,
        assumptions=_assumptions(result),
    )


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
        )
        place = (op.path, op.line, op.column, op.end_line, op.end_column)
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
        f"not run: {text}"
        for failure in result.get("failures", [])
        if not (text := plain(failure)).startswith(refused or " ")
    ]
    models = [
        f"not compared: the original {model['name']} does not run: {model['failure']}"
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


def verdict_of(
    original: OriginalResult, rewritten: RewrittenResult, under_3: RewrittenResult | None
) -> Verdict:
    """The claim that the rewritten models equal the originals, model by model."""
    device = str(original.get("device", ""))
    if "failure" in rewritten:
        return Verdict(verdict="unverified", reason=str(rewritten["failure"]), device=device)
    models = []
    for index, before in enumerate(original["models"]):
        ported = _keras3(rewritten, before, under_3, index)
        model = _model_verdict(before, rewritten["models"][index], ported)
        models.append(replace(model, build=before.get("variant") or None))
    broken = new_failures(original, rewritten)
    if broken:
        return Verdict(
            verdict="different",
            reason=f"only the rewritten source fails: {broken[0]}",
            device=device,
        )
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


def new_failures(before: SideResult, after: SideResult) -> list[str]:
    """Statements that fail in ``after`` only; their line numbers do not count, edits move lines."""
    return [plain(failure) for failure in _new_failures(before, after)]


def _new_failures(before: SideResult, after: SideResult) -> list[Told]:
    known = {without_lines(failure) for failure in before.get("failures", [])}
    return [failure for failure in after.get("failures", []) if without_lines(failure) not in known]


def failures_under_3(rewritten: RewrittenResult, under_3: RewrittenResult | None) -> list[str]:
    """What fails under Keras 3 alone although all models are made there."""
    if under_3 is None or "failure" in under_3:
        return []
    if any("missing" in model for model in under_3.get("models", [])):
        return []
    return new_failures(rewritten, under_3)


def _model_verdict(
    before: OriginalModel, after: RewrittenModel, keras3: str | None
) -> ModelVerdict:
    name, line = str(before["name"]), int(before["line"])
    if "missing" in after:
        return ModelVerdict(
            name=name, line=line, verdict="different", reason=str(after["missing"]), keras3=keras3
        )
    if not after["order_kept"] and after.keys().isdisjoint({"difference", "failure"}):
        return ModelVerdict(
            name=name,
            line=line,
            verdict="different",
            reason=ORDER_CHANGED,
            keras3=keras3,
            weight_order_kept=False,
        )
    graph = after.get("graph")
    tier: Tier = "bitwise"
    reason = ""
    if "failure" in before:
        tier, reason = "unverified", str(before["failure"])
    elif "failure" in after:
        tier, reason = "different", f"the rewritten model does not run: {after['failure']}"
    else:
        found = after["difference"]
        tier, reason = found["tier"], found["reason"]
    is_bitwise = tier == "bitwise" if tier != "unverified" else None
    changed = "; ".join(filter(None, (after.get("changed"), after.get("frame_changed"))))
    if changed and tier not in ("different", "unverified"):
        tier, reason = "different", changed
    elif tier == "bitwise" and graph is not None and graph["decides"]:
        # No sample reached it, or it was rounded away: it is another model all the same.
        tier = "different"
        reason = f"{NOT_PROVED['different']}: {graph['reason']}"
    elif tier == "bitwise" and graph is not None and graph["tier"] in GRAPH_TIERS:
        tier = GRAPH_TIERS[graph["tier"]]
    elif tier == "bitwise" and graph is not None:
        reason = f"{NOT_PROVED[graph['tier']]}: {graph['reason']}"
    elif tier in ("close", "different") and graph is not None:
        reason = _with_graph(reason, graph)
    return ModelVerdict(
        name=name,
        line=line,
        verdict=tier,
        reason=reason,
        proved=None if graph is None or graph["tier"] == "not compared" else tier == "proved",
        bitwise=is_bitwise,
        keras3=keras3,
        raw_ops_left=int(after["raw_ops_left"]),
        weight_order_kept=bool(after["order_kept"]),
        graph="" if graph is None else "; ".join(graph["rules"]) or graph["reason"],
    )


def _with_graph(reason: str, graph: GraphResult) -> str:
    """What the graphs say about models that do not give the same."""
    if graph["tier"] == "different":
        return f"{reason}; {graph['reason']}"
    if graph["tier"] == "not compared":
        return reason
    return f"{reason}, although the graphs are {graph['tier']}"


def _keras3(
    rewritten: RewrittenResult,
    before: OriginalModel,
    under_3: RewrittenResult | None,
    index: int,
) -> str | None:
    """What became of one rewritten model under Keras 3."""
    if under_3 is None:
        return None
    if under_3.get("absent"):
        return f"not checked: {under_3['failure']}"
    if "failure" in under_3:
        return f"does not build: {under_3['failure']}"
    made = under_3.get("models", [])
    after: RewrittenModel = made[index] if index < len(made) else {"missing": NOT_MADE}
    if "missing" in after:
        line = rewritten["models"][index].get("line", 0)
        lines = [model.get("line", 0) for model in rewritten["models"]]
        model_before = max((other for other in lines if other < line), default=0)
        reason = _failure_between(model_before, line, _new_failures(rewritten, under_3))
        return f"does not build: {reason or after['missing']}"
    if "failure" in after:
        return f"does not run: {after['failure']}"
    if "failure" in before:
        return "built"
    found = after["difference"]
    if found["tier"] == "close":
        return f"close (up to {found['ulp']} ULP)"
    if found["tier"] == "different":
        return f"different ({found['reason']})"
    return str(found["tier"])


def _failure_between(before: int, line: int, failures: Sequence[Told]) -> str | None:
    """The failure that most likely kept the model at ``line`` from being made.

    It is the first one after the model at the line ``before``: what fails later fails for that.
    """
    lines = {
        index: failure[0] for index, failure in enumerate(failures) if isinstance(failure[0], int)
    }
    near = [index for index, at in lines.items() if before < at <= line]
    earlier = [index for index, at in lines.items() if at <= before]
    found = near[:1] or earlier[-1:] or list(range(len(failures)))[:1]
    return plain(failures[found[0]]) if found else None


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
            not_run=tuple(sorted(at for at in everywhere if path is None or at[0] == path)),
        )
    )
