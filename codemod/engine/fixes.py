"""What is mended beside raw ops, before they are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from codemod.errors import FileChangedError, FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import replace_file
from codemod.files.sources import Buffer, Sources, analyse_sources, parse_source
from codemod.interrupts import without_interrupts
from codemod.notebooks.cells import CellError
from codemod.notebooks.notebook import Notebook, read_notebook
from codemod.results import FileResult
from codemod.settings import Settings
from transforms.interpret.symbolic import Analysis, analyse
from transforms.plan.selection import is_selected
from transforms.plan.skips import skips_file
from transforms.port.breaks import Break
from transforms.port.fix import Fixed, fix_source
from transforms.sites.facts import surely_symbolic
from transforms.syntax.records import Hazard
from transforms.syntax.source_text import SourceText, read_source_text


@dataclass(frozen=True, kw_only=True)
class FixedFile:
    """A file that was fixed: its source before and after, and what was done.

    Of a notebook they are its module; ``notebook`` has the file as it was after that.
    """

    before: bytes
    after: bytes
    fixes: tuple[Hazard, ...]
    error: str | None = None
    notebook: Notebook | None = None


def fixed(source: bytes, settings: Settings, path: Path, analysis: Analysis) -> Fixed:
    """``source`` with the fixes that were asked for, as it stands at ``path``."""

    def wanted(found: Break, text: SourceText) -> bool:
        return is_selected(found.code, found.span, text, settings.lines, settings.codes)

    if settings.fix is None or skips_file(read_source_text(source)):
        return Fixed(source=source)
    module = analysis.modules.get(path)
    if module is None:
        return fix_source(source, wanted)
    return fix_source(source, wanted, module.tree, surely_symbolic(analysis))


def told(fixes: Fixed) -> tuple[Hazard, ...]:
    """The fixes, as the reports tell them."""
    return tuple(Hazard(fix.code, fix.span, fix.message) for fix in fixes.fixes)


def fixed_sources(
    sources: Sources, settings: Settings, write: bool
) -> tuple[Sources, Mapping[SourceFile, FixedFile]]:
    """The sources after their fixes, and the files that have some.

    They are written first where files are written: what verification runs imports them.
    """
    done: dict[SourceFile, FixedFile] = {}
    contents, trees = dict(sources.contents), dict(sources.trees)
    notebooks = dict(sources.notebooks)
    analysis, _ = analyse_sources(sources)
    for file in sources.candidates:
        before = contents[file]
        result = fixed(before, settings, file.path, analysis)
        if result.source == before:
            continue
        tree = parse_source(result.source, file.shown)
        if isinstance(tree, FileResult):
            continue
        notebook = notebooks.get(file)
        try:
            on_disk = before, result.source
            if notebook is not None:
                on_disk = notebook.content, notebook.with_python(result.source)
                notebook = notebooks[file] = read_notebook(on_disk[1])
            error = _written(file, *on_disk) if write else None
        except CellError as problem:
            error = f"cannot be put back: {problem}; mend it without --fix"
        done[file] = FixedFile(
            before=before, after=result.source, fixes=told(result), error=error, notebook=notebook
        )
        if error is None:
            contents[file], trees[file] = result.source, tree
    return replace(sources, contents=contents, trees=trees, notebooks=notebooks), done


def _written(file: SourceFile, before: bytes, after: bytes) -> str | None:
    """Write a fixed file; what is wrong where it cannot be written."""
    try:
        with without_interrupts():
            replace_file(file.path, before, after)
    except (FileError, FileChangedError) as error:
        return str(error)
    return None


def fixed_buffer(buffer: Buffer, settings: Settings) -> FixedFile | None:
    """A source of its own after its fixes; None where there is nothing to mend."""
    source, path = buffer.python, buffer.file.path
    done = fixed(source, settings, path, analyse({path: source}, [path]))
    if not done.fixes:
        return None
    notebook = buffer.notebook and read_notebook(buffer.notebook.with_python(done.source))
    return FixedFile(before=source, after=done.source, fixes=told(done), notebook=notebook)


def with_fixes(result: FileResult, file: FixedFile | None, write: bool) -> FileResult:
    """``result`` with what was mended before."""
    if file is None:
        return result
    if file.error is not None:
        return replace(result, status="failed", error=file.error)
    status = result.status
    if status == "unchanged":
        status = "rewritten" if write else "would-rewrite"
    return replace(result, status=status, fixes=file.fixes, before_fixes=file.before)
