"""What is mended beside raw ops, before they are looked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from codemod.engine.mends import Mended, mended_sources, with_reasons
from codemod.errors import FileChangedError, FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import replace_file
from codemod.files.sources import Buffer, Sources, analyse_sources, parse_source
from codemod.interrupts import without_interrupts
from codemod.notebooks.cells import CellError
from codemod.notebooks.notebook import Notebook, read_notebook
from codemod.reports.present_lines import line_after
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verdict import Verdict
from codemod.verify.session import VerifySession
from codemod.verify.verifier import OpenVerifier
from transforms.interpret.symbolic import Analysis
from transforms.plan.selection import is_selected
from transforms.plan.skips import skips_file
from transforms.port.breaks import Break
from transforms.port.fix import Fixed, fix_source
from transforms.sites.facts import surely_symbolic
from transforms.syntax.records import Hazard, Span
from transforms.syntax.source_text import SourceText, read_source_text


@dataclass(frozen=True, kw_only=True)
class FixedFile:
    """A file that was fixed: its source before and after, and what was done.

    Of a notebook they are its module; ``notebook`` has the file as it was after that. ``left`` says
    why what stands in some texts of it was not mended, ``verdict`` is that on mended hazards.
    """

    before: bytes
    after: bytes
    fixes: tuple[Hazard, ...]
    error: str | None = None
    notebook: Notebook | None = None
    left: Mapping[str, str] = field(default_factory=dict)
    verdict: Verdict | None = None


def fixed(source: bytes, settings: Settings, path: Path, analysis: Analysis) -> Fixed:
    """``source`` with the fixes that were asked for, as it stands at ``path``."""

    def wanted(found: Break, text: SourceText) -> bool:
        return is_selected(found.code, found.span, text, settings.lines, settings.codes)

    if "keras3" not in settings.fix or skips_file(read_source_text(source)):
        return Fixed(source=source)
    module = analysis.modules.get(path)
    if module is None:
        return fix_source(source, wanted, name=path.stem)
    return fix_source(source, wanted, module.tree, surely_symbolic(analysis), module.name)


def told(fixes: Fixed) -> tuple[Hazard, ...]:
    """The fixes, as the reports tell them."""
    return tuple(Hazard(fix.code, fix.span, fix.message) for fix in fixes.fixes)


def fixed_sources(
    sources: Sources, settings: Settings, write: bool, open_verifier: OpenVerifier
) -> tuple[Sources, Mapping[SourceFile, FixedFile]]:
    """The sources after their fixes, and the files that have some.

    They are written first where files are written: what verification runs imports them.
    """
    done: dict[SourceFile, FixedFile] = {}
    contents, trees = dict(sources.contents), dict(sources.trees)
    notebooks = dict(sources.notebooks)
    analysis, texts = analyse_sources(sources)
    mended: Mapping[Path, Mended] = {}
    if settings.fix:
        mended = mended_sources(sources, analysis, texts, settings, open_verifier)
        if any(one.mends for one in mended.values()):
            analysis = _analysed_again(sources, mended)
    for file in sources.candidates:
        before = contents[file]
        own = mended.get(file.path, Mended(source=before))
        result = fixed(own.source, settings, file.path, analysis)
        if result.source == before and not own.left:
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
            error = _written(file, *on_disk) if write and result.source != before else None
        except CellError as problem:
            error = f"cannot be put back: {problem}; mend it without --fix"
        done[file] = FixedFile(
            before=before,
            after=result.source,
            fixes=(*own.told, *_back(told(result), own.source, before)),
            error=error,
            notebook=notebook,
            left=own.left,
            verdict=own.verdict,
        )
        if error is None:
            contents[file], trees[file] = result.source, tree
    return replace(sources, contents=contents, trees=trees, notebooks=notebooks), done


def _analysed_again(sources: Sources, mended: Mapping[Path, Mended]) -> Analysis:
    contents = {
        file: mended[file.path].source if file.path in mended else content
        for file, content in sources.contents.items()
    }
    trees = {file: tree for file, tree in sources.trees.items() if file.path not in mended}
    return analyse_sources(replace(sources, contents=contents, trees=trees))[0]


def _back(fixes: tuple[Hazard, ...], source: bytes, before: bytes) -> tuple[Hazard, ...]:
    """``fixes`` in ``source`` with the lines that they had ``before``."""
    if source == before:
        return fixes
    line_before = line_after(source, before)
    lines = [line_before(fix.span.line) for fix in fixes]
    return tuple(
        replace(fix, span=Span(line, fix.span.column, line, fix.span.column))
        for fix, line in zip(fixes, lines)
    )


def _written(file: SourceFile, before: bytes, after: bytes) -> str | None:
    """Write a fixed file; what is wrong where it cannot be written."""
    try:
        with without_interrupts():
            replace_file(file.path, before, after)
    except (FileError, FileChangedError) as error:
        return str(error)
    return None


def fixed_buffer(
    buffer: Buffer, settings: Settings, open_verifier: OpenVerifier = VerifySession
) -> FixedFile | None:
    """A source of its own after its fixes; None where there is nothing to mend."""
    file = buffer.file
    sources = Sources(
        contents={file: buffer.python},
        candidates=(file,),
        plain=(),
        problems={},
        notebooks={file: buffer.notebook} if buffer.notebook else {},
    )
    _, done = fixed_sources(sources, settings, False, open_verifier)
    return done.get(file)


def with_fixes(result: FileResult, file: FixedFile | None, write: bool) -> FileResult:
    """``result`` with what was mended before."""
    if file is None:
        return result
    if file.error is not None:
        return replace(result, status="failed", error=file.error)
    if file.left:
        text = read_source_text(file.after)
        hazards = with_reasons(result.hazards, file.left, lambda one: text.slice(one.span))
        result = replace(result, hazards=hazards)
    if not file.fixes:
        return result
    if result.verdict is None:
        # No raw op has asked for another one.
        result = replace(result, verdict=file.verdict)
    status = result.status
    if status == "unchanged":
        status = "rewritten" if write else "would-rewrite"
    return replace(result, status=status, fixes=file.fixes, before_fixes=file.before)
