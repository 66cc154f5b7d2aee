"""The first words of the page: what came out, and the numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from codemod.reports.html.tones import Tone, tone_of_claim
from codemod.reports.summary import models_of
from codemod.reports.words import number
from codemod.results import FileResult
from codemod.settings import Command


@dataclass(frozen=True, kw_only=True)
class Headline:
    """What came out, in a sentence."""

    text: str
    tone: Tone


def headline(results: Sequence[FileResult], command: Command) -> Headline:
    """The verdict on everything."""
    if any(result.error is not None for result in results) and all(
        result.error is not None or result.status == "unchanged" for result in results
    ):
        return Headline(text="Nothing could be processed", tone="bad")
    if command == "verify":
        return _verified(results)
    if command == "check":
        return _checked(results)
    return _rewritten(results)


def tiles(results: Sequence[FileResult], command: Command) -> list[tuple[str, str]]:
    """Numbers with their names, the more telling ones first."""
    sites = [site for result in results for site in result.sites]
    done = [site for site in sites if site.status in ("rewritten", "rewritable")]
    refused = sum(site.status == "refused" for site in sites)
    hazards = sum(len(result.hazards) for result in results)
    models = [model for _, model in models_of(results)]
    good = sum(tone_of_claim(model.verdict) == "good" for model in models)
    found: list[tuple[str, str]] = []
    if command != "verify":
        changed = [result for result in results if result.status in ("rewritten", "would-rewrite")]
        shown = [result for result in results if result.sites] if command == "check" else changed
        of_all = f"{len(shown)} / {len(results)}"
        found.append((of_all, "files with raw ops" if command == "check" else "files rewritten"))
        words = "can be rewritten" if command == "check" else "raw expressions"
        found.append((str(len(done)), words))
    if models:
        found.append((f"{good} / {len(models)}", "models verified"))
    if command != "verify":
        found.append((str(refused), "refused"))
    return [*found, (str(hazards), "hazards")] if hazards or command == "check" else found


def _verified(results: Sequence[FileResult]) -> Headline:
    tiers = [result.verdict.verdict for result in results if result.verdict]
    tier = tiers[0] if tiers else "unverified"
    words = {
        "proved": "Proved: the models are the same",
        "equal-by-rules": "Equal by exact rules",
        "bitwise": "Equal bits, and no proof",
        "close": "Close, and not the same",
        "different": "The models are different",
        "unverified": "Not verified",
    }
    return Headline(text=words[tier], tone=tone_of_claim(tier))


def _checked(results: Sequence[FileResult]) -> Headline:
    sites = sum(len(result.sites) for result in results)
    hazards = sum(len(result.hazards) for result in results)
    if not sites:
        text = f"No raw ops, {number(hazards, 'hazard')}" if hazards else "No raw ops"
        return Headline(text=text, tone="caution" if hazards else "good")
    files = sum(bool(result.sites) for result in results)
    text = f"{number(sites, 'raw expression')} in {number(files, 'file')}"
    return Headline(text=text, tone="caution")


def _rewritten(results: Sequence[FileResult]) -> Headline:
    changed = [result for result in results if result.status in ("rewritten", "would-rewrite")]
    failed = [result for result in results if result.status == "failed" and result.error is None]
    if failed:
        text = f"{number(len(failed), 'file')} failed verification"
        return Headline(text=f"{text}, {len(changed)} rewritten" if changed else text, tone="bad")
    if not changed:
        is_left = any(result.sites or result.left for result in results)
        text = "Nothing was rewritten" if is_left else "Nothing to rewrite"
        return Headline(text=text, tone="caution" if is_left else "good")
    only_shown = all(result.status == "would-rewrite" for result in changed)
    done = "would be rewritten" if only_shown else "rewritten"
    text = f"{number(len(changed), 'file')} {done}"
    if any(result.verdict is None for result in changed):
        return Headline(text=f"{text}, not verified", tone="caution")
    tiers = {result.verdict.verdict for result in changed if result.verdict}
    if tiers <= {"proved"}:
        return Headline(text=f"{text}, every model proved the same", tone="good")
    if tiers <= {"proved", "equal-by-rules"}:
        return Headline(text=f"{text}, every model equal by proof or exact rules", tone="good")
    return Headline(text=f"{text}, with equal bits on all samples", tone="caution")
