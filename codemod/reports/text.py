"""The report for people: a line for each finding, then the verdict, then a summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence

from codemod.limits import FILES_LISTED, MODELS_LISTED
from codemod.reports.outcome import is_failing
from codemod.results import FileResult
from codemod.settings import Command
from codemod.verdict import ModelVerdict, Verdict
from transforms.syntax.records import Hazard, Site, Span

OUTCOMES = {
    "rewritten": "rewritten",
    "would-rewrite": "would be rewritten",
    "failed": "not rewritten, the verification failed",
    "refused": "left as it is",
    "unchanged": "unchanged",
}


def file_lines(result: FileResult, command: Command) -> list[str]:
    """Return the lines about one file, none where there is nothing to say."""
    path = one_line(result.path)
    found = [(site.span, describe_site(site)) for site in result.sites]
    found += [(hazard.span, describe_hazard(hazard)) for hazard in result.hazards]
    # Editors count columns from 1.
    lines = [
        f"{path}:{span.line}:{span.column + 1}: {text}" for span, text in sorted(found, key=_first)
    ]
    verdict = _verdict_text(result, command)
    if verdict:
        lines.append(f"{path}: {verdict}")
    if result.verdict is not None:
        lines += [f"  assuming: {one_line(text)}" for text in result.verdict.assumptions]
        lines += [f"  hazard: {one_line(text)}" for text in result.verdict.hazards]
    return lines


def error_line(result: FileResult) -> str:
    """Return ``path:line: what; what to do`` for a file that could not be read or written."""
    place = one_line(result.path) + (f":{result.error_line}" if result.error_line else "")
    return f"{place}: {one_line(result.error or '')}"


def describe_site(site: Site) -> str:
    """Return the code, the ops, and what became or may become of them."""
    ops = f"{site.code} {', '.join(site.ops)}"
    if site.status == "refused":
        return one_line(f"{ops} refused: {site.refusal or 'no reason given'}")
    replacement = _replacement(site)
    if not replacement:
        return one_line(ops)
    arrow = "->" if site.status == "rewritten" else "could become"
    return one_line(f"{ops} {arrow} {replacement}")


def describe_hazard(hazard: Hazard) -> str:
    """Return the code and the message of a hazard."""
    return one_line(f"{hazard.code} {hazard.message}")


def describe_verdict(verdict: Verdict) -> str:
    """Return the tier, the device, the models and the reason."""
    text = verdict.verdict + (f" on {verdict.device}" if verdict.device else "")
    failing_first = sorted(verdict.models, key=lambda model: not is_failing(model.verdict))
    models = [_model_text(model, verdict) for model in failing_first[:MODELS_LISTED]]
    if len(failing_first) > MODELS_LISTED:
        models.append(f"and {len(failing_first) - MODELS_LISTED} more models")
    if models:
        text += f": {', '.join(models)}"
    return one_line(f"{text}; {verdict.reason}" if verdict.reason else text)


def count(result: FileResult) -> Counter[str]:
    """Return what one file adds to the summary."""
    counts = Counter(
        {
            "files": 1,
            result.status: 1,
            "found": int(bool(result.sites)),
            "sites": len(result.sites),
            "hazards": len(result.hazards),
            "unreadable": int(result.error is not None),
        }
    )
    counts.update(f"{site.status} sites" for site in result.sites)
    return counts


def summary_line(counts: Counter[str], command: Command) -> str:
    """Return the one line that closes the report."""
    files = counts["files"]
    refused, hazards = counts["refused sites"], counts["hazards"]
    parts: list[str] = []
    if command == "verify":
        parts = [] if counts["failed"] else ["verified"]
    elif command == "check" and counts["sites"]:
        found = f"{_number(counts['sites'], 'raw expression')} in {counts['found']} of "
        parts = [found + _number(files, "file")]
        parts += [f"{refused} refused"] * bool(refused)
    elif command == "rewrite":
        for status, verb in ("rewritten", "rewritten"), ("would-rewrite", "would be rewritten"):
            if counts[status]:
                sites = counts["rewritten sites"] + counts["rewritable sites"]
                expressions = _number(sites, "raw expression")
                parts.append(f"{_number(counts[status], 'file')} {verb} ({expressions})")
        parts += [f"{_number(refused, 'raw expression')} refused"] * bool(refused)
    parts += [_number(hazards, "hazard")] * bool(hazards)
    failed = counts["failed"] - counts["unreadable"]
    parts += [f"{_number(failed, 'file')} failed verification"] * bool(failed)
    unreadable = counts["unreadable"]
    parts += [f"{_number(unreadable, 'path')} not processed"] * bool(unreadable)
    return f"{', '.join(parts) or 'no raw ops in ' + _number(files, 'file')}."


def interrupted_line(done: Iterable[FileResult], files: Sequence[str]) -> str:
    """Return what an interrupted run tells: which of ``files`` were not done."""
    known = {result.path for result in done}
    missing = [one_line(path) for path in files if path not in known]
    listed = ", ".join(missing[:FILES_LISTED])
    if len(missing) > FILES_LISTED:
        listed += f" and {len(missing) - FILES_LISTED} more"
    what = f"not done: {listed}; run again for these" if missing else "all files were done"
    return f"keras-codemod: interrupted; {what}"


def one_line(text: str) -> str:
    """Return ``text`` with white space runs made one space and control characters escaped."""
    joined = re.sub(r"\s*\n\s*", " ", text)
    return re.sub(r"[\x00-\x1f\x7f]", lambda match: f"\\x{ord(match[0]):02x}", joined)


def join_lines(lines: Iterable[str]) -> str:
    """Return ``lines`` as text in which each ends with a newline."""
    return "".join(f"{line}\n" for line in lines)


def _first(found: tuple[Span, str]) -> Span:
    return found[0]


def _replacement(site: Site) -> str:
    kind = "Lambda" if site.target == "lambda" else site.class_name or "a layer"
    if site.layer_name:
        return f'{kind} "{site.layer_name}"'
    return kind if site.target else ""


def _verdict_text(result: FileResult, command: Command) -> str:
    if result.error is not None:
        return ""  # It has a line of its own.
    if result.verdict is not None:
        text = describe_verdict(result.verdict)
        return text if command == "verify" else f"{OUTCOMES[result.status]}; {text}"
    if result.status in ("rewritten", "would-rewrite"):
        return f"{OUTCOMES[result.status]}; not verified"
    if result.status == "failed":
        return "not verified" if command == "verify" else OUTCOMES["failed"]
    return ""


def _model_text(model: ModelVerdict, verdict: Verdict) -> str:
    notes: list[str] = []
    if model.verdict != verdict.verdict:
        notes.append(model.verdict)
    told = (model.reason, f"{model.name}: {model.reason}")
    if model.reason and verdict.reason not in told:
        notes.append(model.reason)
    if model.verdict in ("bitwise", "equal-by-rules") and model.graph not in model.reason:
        notes.append(f"{'not proved' if model.verdict == 'bitwise' else 'rules'}: {model.graph}")
    if model.keras3:
        notes.append(f"Keras 3: {model.keras3}")
    if model.weight_order_kept is False:
        notes.append("weight order changed")
    if model.raw_ops_left:
        notes.append(f"{_number(model.raw_ops_left, 'raw op')} left")
    return f"{model.name} ({', '.join(notes)})" if notes else model.name


def _number(count_of: int, noun: str) -> str:
    return f"{count_of} {noun}" if count_of == 1 else f"{count_of} {noun}s"
