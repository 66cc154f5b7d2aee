"""The data flow of a run: sources, analysis, plan, edits, verification, write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from codemod.api import as_rewritten, planned_result, unverified
from codemod.discovery import SourceFile
from codemod.errors import FileChangedError, FileError
from codemod.files import read_file, replace_file
from codemod.interpreters import verify_options
from codemod.results import FileResult, Settings
from codemod.sources import Sources, analyse_sources, read_sources
from codemod.verified import verified_results
from codemod.verify.records import VerifyRequest
from codemod.verify.session import VerifySession
from transforms.plan import PlanSettings, plan_module


def check_files(files: Sequence[SourceFile], settings: Settings) -> Iterator[FileResult]:
    """List the raw ops and hazards of ``files`` as they would be rewritten with verification."""
    sources = read_sources(files)
    analysis, texts = analyse_sources(sources)
    plan_settings = PlanSettings(
        settings.target, settings.operators, settings.lines, granularity="expression"
    )
    for file in files:
        module = analysis.modules.get(file.path)
        if file in sources.problems:
            yield sources.problems[file]
        elif module is None:
            yield _unchanged(file, sources)
        else:
            plan = plan_module(analysis, module, texts[file], plan_settings)
            yield FileResult(
                file.shown, "unchanged", plan.sites, plan.hazards, original=sources.contents[file]
            )


def rewrite_files(
    files: Sequence[SourceFile], settings: Settings, write: bool
) -> Iterator[FileResult]:
    """Rewrite ``files``, each written only when verified or when ``settings.verify`` is off."""
    sources = read_sources(files)
    results = (
        verified_results(sources, settings)
        if settings.verify
        else _unverified_results(sources, settings)
    )
    done = dict(results)
    for file in files:
        if file in sources.problems:
            yield sources.problems[file]
        elif file not in done:
            yield _unchanged(file, sources)
        elif write and done[file].status == "would-rewrite":
            yield _written(file, done[file])
        else:
            yield done[file]


def _unverified_results(
    sources: Sources, settings: Settings
) -> Iterator[tuple[SourceFile, FileResult]]:
    analysis, texts = analyse_sources(sources)
    for file in sources.candidates:
        module = analysis.modules.get(file.path)
        if module is not None:
            plan = plan_module(analysis, module, texts[file], unverified(settings))
            yield file, planned_result(file, sources.contents[file], plan)


def _unchanged(file: SourceFile, sources: Sources) -> FileResult:
    content = sources.contents[file]
    return FileResult(file.shown, "unchanged", original=content, rewritten=content)


def _written(file: SourceFile, result: FileResult) -> FileResult:
    try:
        replace_file(file.path, result.original, result.rewritten)
    except (FileError, FileChangedError) as error:
        return replace(result, status="failed", error=str(error))
    return as_rewritten(result)


def rewrite_buffer(source: bytes, file: SourceFile, settings: Settings) -> FileResult:
    """Rewrite ``source`` in the place of ``file``, verified, and write nothing."""
    sources = Sources({file: source}, (file,), (), {})
    for _, result in verified_results(sources, settings):
        return result
    return FileResult(file.shown, "unchanged", original=source, rewritten=source)


def verify_pair(old: Path, new: Path, settings: Settings) -> FileResult:
    """Verify that the models of ``new`` equal those of ``old``; nothing is written."""
    try:
        original, rewritten = read_file(old), read_file(new)
    except FileError as error:
        return FileResult(str(old), "failed", error=str(error))
    entry = old.resolve()
    request = VerifyRequest(entry, {entry: original}, {entry: rewritten}, settings.builds)
    with VerifySession(verify_options(settings, entry)) as session:
        verdict = session.verify(request)
    return FileResult(
        str(new), "unchanged", verdict=verdict, original=original, rewritten=rewritten
    )
