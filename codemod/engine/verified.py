"""Rewriting with verification: coarse plans first, finer ones where they fail, then refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path

from codemod.engine.candidates import Candidate, Decisions, Planner, is_uncertain
from codemod.engine.interpreters import verify_options
from codemod.engine.model_runs import Group, groups_of
from codemod.engine.settlement import settle
from codemod.engine.verifier import OpenVerifier, Verifier
from codemod.files.discovery import SourceFile
from codemod.files.sources import Sources, analyse_sources
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verify.records import VerifyOptions
from codemod.verify.session import VerifySession


def verified_results(
    sources: Sources, settings: Settings, open_verifier: OpenVerifier = VerifySession
) -> Iterator[tuple[SourceFile, FileResult]]:
    """The result for each candidate: ``would-rewrite`` only with a verdict that accepts it.

    Each group of files is verified by the interpreter of its own project.
    """
    analysis, texts = analyse_sources(sources)
    candidates = {
        file.path: Candidate(file=file, source=sources.contents[file], text=texts[file])
        for file in sources.candidates
        if file.path in analysis.modules
    }
    planner = Planner(analysis, settings)
    results = {path: planner.plan(candidate, Decisions()) for path, candidate in candidates.items()}
    open_paths = [path for path, result in results.items() if _can_change(result)]
    by_options: dict[VerifyOptions, list[Group]] = {}
    for group in groups_of(analysis, open_paths, settings.builds):
        by_options.setdefault(verify_options(settings, group.paths[0]), []).append(group)
    for options, groups in by_options.items():
        with open_verifier(options, settings.jobs) as session:
            for settled in session.map(partial(_settle, session, planner, candidates), groups):
                results.update(settled)
    for path, result in results.items():
        yield candidates[path].file, result


def _settle(
    session: Verifier, planner: Planner, candidates: Mapping[Path, Candidate], group: Group
) -> dict[Path, FileResult]:
    return settle(session, planner, [candidates[path] for path in group.paths], group.runs)


def _can_change(result: FileResult) -> bool:
    return result.status == "would-rewrite" or any(is_uncertain(site) for site in result.sites)
