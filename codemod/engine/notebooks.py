"""Results about notebooks: told by cell, and never written where a cell is not in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from codemod.engine.verified import Settled
from codemod.files.discovery import SourceFile
from codemod.files.sources import Buffer
from codemod.notebooks.cells import CellError, CellLines, cell_lines
from codemod.notebooks.notebook import Notebook
from codemod.results import FileResult
from codemod.verdict import Verdict
from transforms.syntax.records import Site

LINE = re.compile(
    r"(?<!\.py )\bline (?P<line>\d+)\b(?P<of> of the rewritten (?:source|\S+\.ipynb))?"
    r"(?! of the rewritten)"
)
PLACE = re.compile(r"(?<=\.ipynb:)(?P<line>\d+)\b")
OF_A_PLAN = re.compile(r" \(line \d+ of the rewritten source\)")
"""What a refusal tells of a plan that was given up, whose cells nobody sees."""
ABOUT_REWRITTEN = "only the rewritten source"
ABOUT_ORIGINAL = "not checked: the original"


def with_notebooks(
    settled: Iterable[tuple[SourceFile, FileResult]], notebooks: Mapping[SourceFile, Notebook]
) -> Settled:
    """``settled`` with those of the files that are notebooks told as such.

    What a run of a notebook tells of its lines is told of other files, too, that it has run.
    """
    settled = tuple(settled)
    told: dict[str, str] = {}
    for file, result in settled:
        if file in notebooks and result.verdict is not None:
            by_name = told_by_cell(
                result.verdict, result.original, result.rewritten, f"{file.path.name} "
            )
            told.update(zip(_texts(result.verdict), _texts(by_name)))
    return tuple(
        (file, with_notebook(result, notebooks[file]) if file in notebooks else _of(result, told))
        for file, result in settled
    )


def _texts(verdict: Verdict) -> tuple[str, ...]:
    return verdict.reason, *verdict.assumptions, *verdict.hazards


def _of(result: FileResult, told: Mapping[str, str]) -> FileResult:
    """``result`` of a file that is no notebook, with texts that are about one as they are told."""
    verdict = result.verdict
    if verdict is None or told.keys().isdisjoint(_texts(verdict)):
        return result
    verdict = replace(
        verdict,
        reason=told.get(verdict.reason, verdict.reason),
        assumptions=tuple(told.get(text, text) for text in verdict.assumptions),
        hazards=tuple(told.get(text, text) for text in verdict.hazards),
    )
    return replace(result, verdict=verdict)


def with_notebook(result: FileResult, notebook: Notebook | None) -> FileResult:
    """``result``, about the cells of ``notebook``; failed where they cannot be put back."""
    if notebook is None:
        return result
    verdict = result.verdict
    if verdict is not None:
        verdict = told_by_cell(verdict, result.original, result.rewritten)
        verdict = _with_order(verdict, notebook)
    by_cell = _By(cell_lines(result.original))
    sites = tuple(_site_told(site, by_cell) for site in result.sites)
    failed_builds = tuple(map(by_cell.told, result.failed_builds))
    result = replace(
        result,
        notebook=notebook,
        verdict=verdict,
        sites=sites,
        failed_builds=failed_builds,
        tried=tuple(map(by_cell.told, result.tried)),
    )
    try:
        notebook.with_python(result.rewritten)
    except CellError as error:
        return replace(
            result,
            status="failed",
            rewritten=result.original,
            error=f"cannot be put back: {error}; move the raw op away from it",
            error_cell=error.cell,
        )
    return result


def with_problem(result: FileResult, problem: FileResult | None) -> FileResult:
    """What is found in the other cells of a notebook, with what is wrong with it."""
    if problem is None:
        return result
    return replace(
        result,
        status="failed",
        error=problem.error,
        error_line=problem.error_line,
        error_cell=problem.error_cell,
        verdict=None,
    )


def unchanged_buffer(buffer: Buffer) -> FileResult:
    """The result for a source in memory with nothing to change."""
    return FileResult(
        path=buffer.file.shown,
        status="unchanged",
        original=buffer.python,
        rewritten=buffer.python,
        notebook=buffer.notebook,
    )


def _site_told(site: Site, by_cell: _By) -> Site:
    if site.refusal is None:
        return site
    text = by_cell.told(OF_A_PLAN.sub("", site.refusal.text))
    return replace(site, refusal=replace(site.refusal, text=text))


@dataclass(frozen=True)
class _By:
    """How lines of a module are told, by its ``cells`` after its ``name``."""

    cells: CellLines
    name: str = ""

    def told(self, text: str, rewritten: _By | None = None) -> str:
        """``text`` with its lines told; those that are said to be of the rewritten source by it."""
        after = rewritten or self

        def by_cell(match: re.Match[str]) -> str:
            cells = after.cells if match["of"] else self.cells
            if not cells.heads:
                return match[0]
            cell, line = cells.place(int(match["line"]))
            return f"{self.name}cell {cell}, line {line}{match['of'] or ''}"

        def at_cell(match: re.Match[str]) -> str:
            if not after.cells.heads:
                return match[0]
            cell, line = after.cells.place(int(match["line"]))
            return f"cell {cell}:{line}"

        # What a verdict tells so are rewritten lines that did not run.
        return PLACE.sub(at_cell, LINE.sub(by_cell, text))


def told_by_cell(verdict: Verdict, original: bytes, rewritten: bytes, name: str = "") -> Verdict:
    """``verdict`` with the lines of modules that are made of cells told by cell.

    ``name`` comes before each cell. Lines are those of ``original`` where nothing says that they
    are those of the other.
    """
    before, after = _By(cell_lines(original), name), _By(cell_lines(rewritten), name)
    if not (before.cells.heads or after.cells.heads):
        return verdict

    def told(text: str, side: _By = before) -> str:
        side = after if text.startswith(ABOUT_REWRITTEN) else side
        return side.told(text, after)

    def of_keras3(text: str | None) -> str | None:
        return text and told(text, before if text.startswith(ABOUT_ORIGINAL) else after)

    return replace(
        verdict,
        reason=told(verdict.reason),
        assumptions=tuple(map(told, verdict.assumptions)),
        hazards=tuple(map(told, verdict.hazards)),
        models=tuple(
            replace(
                model,
                reason=told(model.reason),
                graph=told(model.graph),
                keras3=of_keras3(model.keras3),
                port=of_keras3(model.port),
            )
            for model in verdict.models
        ),
    )


def _with_order(verdict: Verdict, notebook: Notebook) -> Verdict:
    """``verdict``, which holds for cells in the order of the file, with what was last done."""
    pair = notebook.runs_out_of_order
    if pair is None:
        return verdict
    text = f"cells run in their order, though cell {pair[1]} was last run before cell {pair[0]}"
    return replace(verdict, assumptions=(text, *verdict.assumptions))
