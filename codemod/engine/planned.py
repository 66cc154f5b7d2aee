"""What planning makes of a file, as a result; whether it is written is decided later."""

from __future__ import annotations

from dataclasses import replace

from codemod.files.discovery import SourceFile
from codemod.results import FileResult, FileStatus
from codemod.settings import Settings
from transforms.plan.module_plan import Plan
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.syntax.records import Site


def unverified(settings: Settings) -> PlanSettings:
    """The plan settings that cannot move weights, whatever the model."""
    return unverified_settings(settings.target, settings.operators, settings.lines)


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
