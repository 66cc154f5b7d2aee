"""Runs with a cache: what nothing has changed of is told again without being looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from codemod.cache.runs import Cache, Place
from codemod.cache.verifier import OpenSession
from codemod.engine.engine import Results, check_files, rewrite_files
from codemod.engine.interpreters import verify_options
from codemod.engine.interviewer import Interviewer
from codemod.files.discovery import SourceFile
from codemod.progress import Progress
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verify.session import VerifySession


def rewrite_remembered(
    files: Sequence[SourceFile],
    settings: Settings,
    write: bool,
    progress: Progress,
    cache: Cache | None,
    open_session: OpenSession = VerifySession,
    before_writing: Callable[[], None] = lambda: None,
    interviewer: Interviewer | None = None,
) -> Iterator[Results]:
    """What :func:`rewrite_files` gives, from ``cache`` where nothing has changed.

    Results that answers of the ``interviewer`` have made are neither taken from it nor kept there.

    What fixes have made of a file stands nowhere on the disk, so that nothing is kept with them.
    """
    if cache is None or settings.fix:
        yield from rewrite_files(
            files, settings, write, progress, VerifySession, before_writing, interviewer
        )
        return
    opening = cache.opening(open_session)
    if interviewer is not None:
        yield from rewrite_files(
            files, settings, write, progress, opening, before_writing, interviewer
        )
        return
    # A run that writes may find what is written already, and nothing to write itself.
    command = "rewrite" if write else "rewrite, shown"
    place = cache.place(command, files, settings, verify_options if settings.verify else None)
    found = None if place is None else cache.find(place, files)
    if found is not None:
        yield from found
        return
    results: list[Results] = []
    for settled in rewrite_files(files, settings, write, progress, opening, before_writing):
        results.append(settled)
        yield settled
    _keep(cache, place, files, results, settings.verify, write)


def check_remembered(
    files: Sequence[SourceFile], settings: Settings, progress: Progress, cache: Cache | None
) -> Iterator[FileResult]:
    """What :func:`check_files` gives, from ``cache`` where nothing has changed."""
    place = None if cache is None else cache.place("check", files, settings, None)
    found = None if cache is None or place is None else cache.find(place, files)
    if found is not None:
        yield from (result for results in found for result in results)
        return
    results: list[FileResult] = []
    for result in check_files(files, settings, progress):
        results.append(result)
        yield result
    if cache is not None:
        _keep(cache, place, files, [tuple(results)], False, False)


def _keep(
    cache: Cache,
    place: Place | None,
    files: Sequence[SourceFile],
    results: Sequence[Results],
    verifies: bool,
    write: bool,
) -> None:
    if place is None:
        return
    changed = any(result.status == "rewritten" for group in results for result in group)
    not_written = write and any(result.error for group in results for result in group)
    hurried = any(
        site.refusal is not None and site.refusal.is_for_now
        for group in results
        for result in group
        for site in result.sites
    )
    if not changed and not not_written and not hurried:
        cache.keep(place, files, results, verifies)
