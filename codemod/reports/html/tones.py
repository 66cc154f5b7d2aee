"""What is good, what needs a look, what is bad: a word, a sign and a colour for each."""

from __future__ import annotations

from typing import Literal

from codemod.reports.html.markup import Markup, element
from codemod.results import FileResult
from codemod.settings import Command
from codemod.verdict import Tier

Tone = Literal["good", "caution", "bad", "quiet"]
SIGNS: dict[Tone, str] = {"good": "✓", "caution": "!", "bad": "✕", "quiet": "·"}
MEANINGS: dict[Tier, str] = {
    "proved": "The traced graphs are the same computation, and what code sees of the model is the "
    "same.",
    "equal-by-rules": "The same after listed rules, each of them exact.",
    "bitwise": "Equal bits on every sample, but the graphs differ and no rule explains it: "
    "evidence, and no proof.",
    "close": "Equal within rounding; only said across Keras 2 and Keras 3.",
    "different": "Something differs; the first difference is named.",
    "unverified": "It could not be compared; the reason is named.",
}
OUTCOMES = {
    "rewritten": "rewritten",
    "would-rewrite": "would be rewritten",
    "failed": "not rewritten",
    "refused": "left as it is",
    "unchanged": "unchanged",
}


def tone_of_claim(claim: str | None) -> Tone:
    """The tone of a tier, alone or at the start of a claim."""
    state = (claim or "not checked").partition(" (")[0].partition(":")[0]
    if state in ("proved", "equal-by-rules", "built"):
        return "good"
    if state == "not checked":
        return "quiet"
    return "caution" if state in ("bitwise", "close") else "bad"


def tone_of_port(claim: str | None) -> Tone:
    """The tone of a port: between two Keras rounding may differ."""
    tone = tone_of_claim(claim)
    return "good" if tone == "caution" else tone


def tone_of_file(result: FileResult, command: Command) -> Tone:
    """The tone of what became of a file."""
    if result.error is not None or result.status == "failed" or result.failed_builds:
        return "bad"
    if command == "verify":
        return tone_of_claim(result.verdict.verdict if result.verdict else None)
    if result.left or any(site.status == "refused" for site in result.sites):
        return "caution"
    if result.status in ("rewritten", "would-rewrite"):
        return "caution" if result.verdict is None else "good"
    return "caution" if result.sites or result.hazards else "quiet"


def sign(tone: Tone) -> Markup:
    """A sign that says the same as the words beside it."""
    return element("span", SIGNS[tone], class_=f"sign {tone}", aria_hidden="true")


def badge(text: str, tone: Tone) -> Markup:
    """A few words with their tone."""
    return element("span", sign(tone), " ", text, class_=f"badge {tone}")
