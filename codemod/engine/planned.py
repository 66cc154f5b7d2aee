"""What planning makes of a file, as a result; whether it is written is decided later."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codemod.files.discovery import SourceFile
from codemod.files.line_lengths import line_length_at
from codemod.results import FileResult, FileStatus
from codemod.settings import Settings
from transforms.plan.choices import Choices
from transforms.plan.fitting import Rewriting
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.syntax.records import Site


def unverified(settings: Settings, path: Path) -> PlanSettings:
    """The plan settings for the file ``path`` that cannot move weights, whatever the model."""
    plan_settings = unverified_settings(
        settings.target, settings.operators, settings.lines, settings.codes
    )
    return replace(
        plan_settings,
        line_length=line_length_at(path),
        choices=settings.choices.get(path, Choices()),
    )


def to_be_verified(settings: Settings, path: Path) -> PlanSettings:
    """The plan settings for the file ``path`` with which verification begins: coarse units."""
    return PlanSettings(
        target=settings.target,
        operators=settings.operators,
        lines=settings.lines,
        codes=settings.codes,
        accepts_bits=settings.accept == "bitwise",
        line_length=line_length_at(path),
        choices=settings.choices.get(path, Choices()),
    )


def planned_result(file: SourceFile, source: bytes, rewriting: Rewriting) -> FileResult:
    """The result of one file's plan, not written and not verified."""
    status: FileStatus = "unchanged"
    if rewriting.rewritten != source:
        status = "would-rewrite"
    elif any(site.status == "refused" for site in rewriting.plan.sites):
        status = "refused"
    return FileResult(
        path=file.shown,
        status=status,
        sites=rewriting.plan.sites,
        hazards=rewriting.plan.hazards,
        kept=rewriting.plan.kept,
        verdict=None,
        original=source,
        rewritten=rewriting.rewritten,
    )


def wanted(result: FileResult, settings: Settings) -> FileResult:
    """``result`` without the refusals that the user does not want to hear of."""
    sites = tuple(
        site
        for site in result.sites
        if site.refusal is None or settings.codes.want_all((site.code, site.refusal.code))
    )
    status = result.status
    if status == "refused" and not sites:
        status = "unchanged"
    return replace(result, sites=sites, status=status)


def as_rewritten(result: FileResult) -> FileResult:
    """``result`` after its file was written."""
    sites = tuple(_rewritten(site) for site in result.sites)
    return replace(result, status="rewritten", sites=sites)


def _rewritten(site: Site) -> Site:
    return replace(site, status="rewritten") if site.status == "rewritable" else site
