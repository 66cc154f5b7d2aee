"""Rewriting one source in memory: what the command line, editors and notebooks share."""

from __future__ import annotations

import ast
import json
from collections import ChainMap
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from codemod.engine.notebooks import unchanged_buffer, with_notebook, with_problem
from codemod.engine.planned import planned_result, unverified, wanted
from codemod.engine.skipping import with_skips
from codemod.files.sources import MARKERS, read_buffer
from codemod.notebooks.notebook import FORMAT
from codemod.results import FileResult
from codemod.settings import Settings
from transforms.rewrite import planned_source, rewritten_source
from transforms.syntax.records import Span


def notebook_of(cells: Sequence[str]) -> bytes:
    """A notebook of these code cells, numbered from 1, as ``check_source`` takes it.

    It is for editors, which have the texts of cells and no file. Of a result ``result``,
    ``cell_lines(result.original).place(line)`` is the cell and the line of a finding there, and
    ``result.notebook.changed_cells(result.rewritten)`` are the cells that change.
    """
    made = [{"cell_type": "code", "source": text} for text in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": FORMAT}).encode()


def check_source(
    source: bytes,
    settings: Settings,
    path: Path | None = None,
    trees: Mapping[Path, ast.Module] | None = None,
) -> FileResult:
    """Find what ``rewrite_source`` would rewrite, in a fourth of its time: nothing is edited.

    The result is ``unchanged``, or ``failed`` where ``source`` is not Python. Of a notebook with
    syntax errors in some cells it tells both these and what it finds in the others.
    ``trees`` are those of modules that it may import, where they are parsed already.
    """
    buffer = read_buffer(source, path, whole=False)
    if isinstance(buffer, FileResult):
        return buffer
    found = with_problem(unchanged_buffer(buffer), buffer.problem)
    if not any(marker in buffer.python for marker in MARKERS):
        return found
    path = buffer.file.path
    own = {path: buffer.tree}
    # Nothing is written into either.
    known = ChainMap(own, cast("dict[Path, ast.Module]", {} if trees is None else trees))
    plan = planned_source(buffer.python, path, unverified(settings, path), known)
    found = replace(found, sites=plan.sites, hazards=plan.hazards, kept=plan.kept)
    return wanted(found, settings)


def rewrite_source(
    source: bytes,
    settings: Settings,
    path: Path | None = None,
    only: Collection[Span] | None = None,
) -> FileResult:
    """Rewrite ``source`` without verifying it: one layer for each op, so that no weight moves.

    ``path`` says where the source stands, for its imports; it need not exist. With ``only`` the
    sites at other places are left alone and not told. The result is
    ``would-rewrite``, ``refused`` or ``unchanged``, or ``failed`` where ``source`` is not Python.
    Of a notebook, too, it is about the module of the code cells; its ``files`` are the bytes of the
    notebook before and after, and ``notebook.changed_cells(result.rewritten)`` the cells.
    """
    buffer = read_buffer(source, path)
    if isinstance(buffer, FileResult):
        return buffer
    python = buffer.python
    if not any(marker in python for marker in MARKERS):
        return unchanged_buffer(buffer)
    path = buffer.file.path
    rewriting = rewritten_source(python, path, unverified(settings, path), only)
    result = wanted(planned_result(buffer.file, python, rewriting), settings)
    return with_notebook(with_skips(result, settings), buffer.notebook)
