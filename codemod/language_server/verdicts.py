"""What a verification says, as a message and as diagnostics."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from codemod.language_server.diagnostics import SOURCE, Located
from codemod.language_server.places import Places
from codemod.reports.outcome import is_failing
from codemod.reports.places import error_words
from codemod.reports.words import OUTCOMES, describe_verdict, model_notes, one_line, other_claims
from codemod.results import FileResult
from codemod.verdict import ModelVerdict, Verdict


def message_of(result: FileResult, name: str) -> types.ShowMessageParams:
    """The message at the end of a verification."""
    is_good = result.error is None and result.status in ("would-rewrite", "unchanged")
    return types.ShowMessageParams(
        type=types.MessageType.Info if is_good else types.MessageType.Warning,
        message=f"{name}: {summary_of(result)}",
    )


def summary_of(result: FileResult) -> str:
    """What a verification has shown, in one line."""
    if result.error is not None:
        where = error_words(result) if result.error_cell else ""
        return f"{where}{one_line(result.error)}"
    if result.verdict is not None:
        claims = describe_verdict(result.verdict) + other_claims(result.verdict)
        return f"{OUTCOMES[result.status]}; {claims}"
    refused = [site for site in result.sites if site.status == "refused"]
    if refused:
        return f"nothing was verified; {one_line(str(refused[0].refusal))}"
    return "there are no raw ops to verify"


def verdict_diagnostics(places: Places, result: FileResult) -> Iterator[Located]:
    """A diagnostic for each model, or for the file where there is none."""
    verdict = result.verdict
    if verdict is None:
        return
    if not verdict.models:
        yield _diagnostic(places, 1, summary_of(result), is_bad=True)
    for model in verdict.models:
        is_bad = result.status == "failed" or is_failing(model.verdict)
        yield _diagnostic(places, max(model.line, 1), _words(model, verdict), is_bad)
    for build in result.failed_builds:
        yield _diagnostic(places, 1, one_line(f"--build {build}"), is_bad=True)
    for text in verdict.hazards:
        yield _diagnostic(places, 1, one_line(text), is_bad=False)


def _words(model: ModelVerdict, verdict: Verdict) -> str:
    notes = model_notes(model, verdict)
    text = f"model `{model.name}`: {model.verdict}" + (f" ({notes})" if notes else "")
    if verdict.reason and verdict.reason not in text and is_failing(model.verdict):
        text += f"; {verdict.reason}"
    if verdict.generation == 2:
        text += f"; Keras 3: {model.keras3 or 'not checked'}"
        text += f"; port: {model.port}" if model.port else ""
    return one_line(text)


def _diagnostic(places: Places, line: int, text: str, is_bad: bool) -> Located:
    severity = types.DiagnosticSeverity.Warning if is_bad else types.DiagnosticSeverity.Information
    place = places.of_line(line)
    return place.document, types.Diagnostic(
        range=place.range,
        message=text,
        severity=severity,
        code="verdict",
        source=SOURCE,
    )
