"""Rewriting with verification: coarse plans first, finer ones where they fail, then refusal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

from codemod.engine.candidates import Candidate, Decisions, Planner, is_open
from codemod.engine.interpreters import verify_options
from codemod.engine.model_runs import Group, groups_of
from codemod.engine.others import Others
from codemod.engine.settlement import settle
from codemod.engine.variants import variant_finder
from codemod.files.beside import files_beside
from codemod.files.discovery import SourceFile
from codemod.files.sources import Sources, analyse_sources
from codemod.progress import Progress, Silent
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verify.records import VerifyOptions
from codemod.verify.session import VerifySession
from codemod.verify.verifier import OpenVerifier, Verifier
from transforms.interpret.modules import package_root
from transforms.sites import refusals
from transforms.syntax.records import Span

Settled = tuple[tuple[SourceFile, FileResult], ...]
"""Files that were settled together, each with its result."""


def verified_results(
    sources: Sources,
    settings: Settings,
    open_verifier: OpenVerifier = VerifySession,
    progress: Progress | None = None,
) -> Iterator[Settled]:
    """The results for the candidates, group by group, each group as soon as it is settled.

    A file ``would-rewrite`` only with a verdict that accepts it. Each group is verified by the
    interpreter of its own project. First come the files that need no verification, but for those
    of the same projects: a run may show raw ops in them.
    """
    progress = progress or Silent()
    progress.stage("analysing", len(sources.candidates))
    analysis, texts = analyse_sources(sources)
    candidates = {
        file.path: Candidate(file=file, source=sources.contents[file], text=texts[file])
        for file in sources.candidates
        if file.path in analysis.modules
    }
    planner = Planner(analysis, settings)
    results = {path: planner.plan(candidate, Decisions()) for path, candidate in candidates.items()}
    open_paths = [path for path, result in results.items() if _can_change(result)]
    finder = variant_finder(analysis, {path: _open_spans(results[path]) for path in open_paths})
    by_options: dict[VerifyOptions, list[Group]] = {}
    known = {file.path: content for file, content in sources.contents.items()}
    if open_paths and settings.capture:
        known.update(files_beside([*sources.contents]))
    groups_found = groups_of(
        analysis, open_paths, settings.builds, list(candidates), settings.capture, known, finder
    )
    for group in groups_found:
        by_options.setdefault(verify_options(settings, group.paths[0]), []).append(group)
    to_verify = {path for group in groups_found for path in group.paths}
    roots = {package_root(path) for path in to_verify}
    beside = {
        path: candidate
        for path, candidate in candidates.items()
        if path not in to_verify and package_root(path) in roots
    }
    others = Others(beside)
    yield tuple(
        (candidates[path].file, result)
        for path, result in results.items()
        if path not in to_verify and path not in beside
    )
    progress.stage("verifying", len(to_verify))
    originals = {path: candidates[path].source for path in (*open_paths, *beside)}
    for options, groups in by_options.items():
        with open_verifier(options, settings.jobs) as session:
            # Files are written while others are verified, which may import them.
            session.keep(originals)
            action = partial(_settle, session, planner, candidates, progress, others)
            try:
                for settled in session.each(action, groups):
                    to_verify.difference_update(settled)
                    for path in settled:
                        beside.pop(path, None)
                    yield tuple((candidates[path].file, settled[path]) for path in settled)
            except KeyboardInterrupt:
                # What is done is told, and so is what was found in the others.
                yield tuple(
                    (candidates[path].file, _not_come_to(planner, candidates[path]))
                    for path in candidates
                    if path in to_verify
                )
                yield tuple((one.file, results[path]) for path, one in beside.items())
                raise
    if beside:
        yield tuple((one.file, results[path]) for path, one in beside.items())


def _not_come_to(planner: Planner, candidate: Candidate) -> FileResult:
    """The result for a file of a run that was ended before."""
    spans = _open_spans(planner.plan(candidate, Decisions()))
    left = Decisions().refusing(dict.fromkeys(spans, refusals.ended_before()))
    result = planner.plan(candidate, left)
    # A run might have told what the analysis is not sure of.
    sites = (
        replace(site, refusal=refusals.ended_before()) if is_open(site) else site
        for site in result.sites
    )
    return replace(result, sites=tuple(sites), is_not_done=True)


def _settle(
    session: Verifier,
    planner: Planner,
    candidates: Mapping[Path, Candidate],
    progress: Progress,
    others: Others,
    group: Group,
) -> dict[Path, FileResult]:
    members = [candidates[path] for path in group.paths]
    name = ", ".join(member.file.shown for member in members)
    try:
        return settle(session, planner, members, group.runs, partial(progress.runs, name), others)
    finally:
        progress.ends(name, len(members))


def _can_change(result: FileResult) -> bool:
    return result.status == "would-rewrite" or any(is_open(site) for site in result.sites)


def _open_spans(result: FileResult) -> list[Span]:
    return [site.span for site in result.sites if site.status == "rewritable" or is_open(site)]
