"""Rewriting one source in memory: what the command line, editors and notebooks share."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from codemod.files.discovery import SourceFile
from codemod.files.sources import MARKERS, source_problem, stdin_file
from codemod.results import FileResult, FileStatus, Settings
from transforms.interpret.symbolic import analyse
from transforms.plan.module_plan import Plan, PlanSettings, plan_module
from transforms.syntax.records import Site
from transforms.syntax.source_text import read_source_text


def rewrite_source(source: bytes, settings: Settings, path: Path | None = None) -> FileResult:
    """Rewrite ``source`` without verifying it: one layer for each op, so that no weight moves.

    ``path`` says where the source stands, for its imports; it need not exist. The result is
    ``would-rewrite``, ``refused`` or ``unchanged``, or ``failed`` where ``source`` is not Python.
    """
    file = stdin_file(path)
    problem = source_problem(source, file.shown)
    if problem is not None:
        return problem
    if not any(marker in source for marker in MARKERS):
        return FileResult(path=file.shown, status="unchanged", original=source, rewritten=source)
    analysis = analyse({file.path: source}, [file.path])
    module = analysis.modules.get(file.path)
    if module is None:
        return FileResult(path=file.shown, status="unchanged", original=source, rewritten=source)
    plan = plan_module(analysis, module, read_source_text(source), unverified(settings))
    return planned_result(file, source, plan)


def unverified(settings: Settings) -> PlanSettings:
    """The plan settings that cannot move weights, whatever the model."""
    return PlanSettings(
        settings.target, settings.operators, settings.lines, granularity="op", verified=False
    )


def planned_result(file: SourceFile, source: bytes, plan: Plan) -> FileResult:
    """The result of applying ``plan``, not written and not verified."""
    # LibCST takes a third of a second to import, and most files are not edited.
    from transforms.edit.edits import EditError, apply_edits

    try:
        rewritten = apply_edits(source, plan.edits)
    except (EditError, RecursionError) as error:
        problem = f"{error}; report this"
        if isinstance(error, RecursionError):
            problem = "an expression is nested too deeply to be rewritten; split it"
        return FileResult(
            path=file.shown,
            status="failed",
            sites=plan.sites,
            hazards=plan.hazards,
            verdict=None,
            original=source,
            rewritten=source,
            error=problem,
        )
    status: FileStatus = "unchanged"
    if rewritten != source:
        status = "would-rewrite"
    elif any(site.status == "refused" for site in plan.sites):
        status = "refused"
    return FileResult(
        path=file.shown,
        status=status,
        sites=plan.sites,
        hazards=plan.hazards,
        verdict=None,
        original=source,
        rewritten=rewritten,
    )


def as_rewritten(result: FileResult) -> FileResult:
    """``result`` after its file was written."""
    sites = tuple(_rewritten(site) for site in result.sites)
    return replace(result, status="rewritten", sites=sites)


def _rewritten(site: Site) -> Site:
    return replace(site, status="rewritten") if site.status == "rewritable" else site
