"""Rewriting one source in memory: what the command line, editors and notebooks share."""

from __future__ import annotations

from pathlib import Path

from codemod.engine.planned import planned_result, unverified, wanted
from codemod.files.sources import MARKERS, source_problem, stdin_file
from codemod.results import FileResult
from codemod.settings import Settings
from transforms.rewrite import rewritten_source


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
    rewriting = rewritten_source(source, file.path, unverified(settings))
    return wanted(planned_result(file, source, rewriting), settings)
