"""The data flow of a run: sources, analysis, plan, edits, verification, write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from pathlib import Path

from codemod.collection import rare_collections
from codemod.engine.candidates import layer_names
from codemod.engine.fixes import FixedFile, fixed_sources, with_fixes
from codemod.engine.helper_variants import changed_functions
from codemod.engine.interpreters import verify_options
from codemod.engine.interviewer import Interviewer
from codemod.engine.model_runs import groups_of
from codemod.engine.notebooks import (
    told_by_cell,
    unchanged_buffer,
    with_notebook,
    with_notebooks,
    with_problem,
)
from codemod.engine.planned import as_rewritten, planned_result, unverified, wanted
from codemod.engine.skipping import with_skips
from codemod.engine.variants import bounded, variants_of_source
from codemod.engine.verified import Settled, verified_results
from codemod.errors import FileChangedError, FileError
from codemod.files.discovery import SourceFile
from codemod.files.files import read_file, replace_file
from codemod.files.notebook_files import broken_cells
from codemod.files.sources import (
    Sources,
    analyse_sources,
    python_of,
    read_buffer,
    read_sources,
    stdin_file,
)
from codemod.interrupts import without_interrupts
from codemod.notebooks.notebook import Notebook
from codemod.progress import Progress, Silent
from codemod.results import FileResult
from codemod.settings import Settings
from codemod.verify.records import VerifyRequest
from codemod.verify.session import VerifySession
from codemod.verify.verdicts import merged
from codemod.verify.verifier import OpenVerifier
from transforms.interpret.modules import package_root
from transforms.plan.fitting import fitting_plan
from transforms.plan.module_plan import PlanSettings, plan_module

Results = tuple[FileResult, ...]
"""The results of files that were settled together."""


def check_files(
    files: Sequence[SourceFile], settings: Settings, progress: Progress | None = None
) -> Iterator[FileResult]:
    """List the raw ops and hazards of ``files`` as they would be rewritten with verification.

    With ``settings.jobs`` above one, packages and folders are shared out to processes; files that
    call each other stay together.
    """
    (progress or Silent()).stage("analysing", len(files))
    parts = _shared_out(files, settings.jobs)
    if len(parts) < 2:
        yield from _checked(files, settings)
        return
    with ProcessPoolExecutor(settings.jobs) as pool:
        found = pool.map(_checked_by_worker, parts, [settings] * len(parts))
        results = {
            file: result for part, done in zip(parts, found) for file, result in zip(part, done)
        }
    yield from (results[file] for file in files)


def _shared_out(files: Sequence[SourceFile], jobs: int) -> list[list[SourceFile]]:
    by_root: dict[Path, list[SourceFile]] = {}
    for file in files:
        by_root.setdefault(package_root(file.path), []).append(file)
    parts: list[list[SourceFile]] = [[] for _ in range(max(1, jobs))]
    for group in sorted(by_root.values(), key=len, reverse=True):
        min(parts, key=len).extend(group)
    return [part for part in parts if part]


def _checked_by_worker(files: Sequence[SourceFile], settings: Settings) -> list[FileResult]:
    with rare_collections():
        return _checked(files, settings)


def _checked(files: Sequence[SourceFile], settings: Settings) -> list[FileResult]:
    sources = read_sources(files)
    analysis, texts = analyse_sources(sources)
    plan_settings = PlanSettings(
        target=settings.target,
        operators=settings.operators,
        lines=settings.lines,
        granularity="expression",
        accepts_bits=settings.accept == "bitwise",
        codes=settings.codes,
    )
    results = []
    for file in files:
        module = analysis.modules.get(file.path)
        problem = sources.problems.get(file)
        if problem is not None and module is None:
            results.append(problem)
        elif module is None:
            results.append(_unchanged(file, sources))
        else:
            plan = plan_module(analysis, module, texts[file], plan_settings)
            content = sources.contents[file]
            found = FileResult(
                path=file.shown,
                status="unchanged",
                sites=plan.sites,
                hazards=plan.hazards,
                kept=plan.kept,
                original=content,
                notebook=sources.notebooks.get(file),
            )
            results.append(with_problem(wanted(found, settings), problem))
    return results


def rewrite_files(
    files: Sequence[SourceFile],
    settings: Settings,
    write: bool,
    progress: Progress | None = None,
    open_verifier: OpenVerifier = VerifySession,
    before_writing: Callable[[], None] = lambda: None,
    interviewer: Interviewer | None = None,
) -> Iterator[Results]:
    """Rewrite ``files``, each written only when verified or when ``settings.verify`` is off.

    Files that belong together are written as soon as they are settled, and their results given.
    ``before_writing`` is called before each time that files are written.
    The ``interviewer`` says which sites are rewritten, if there is one.
    """
    progress = progress or Silent()
    progress.stage("reading", len(files))
    sources = read_sources(files).without_problems()
    candidates = set(sources.candidates)
    mended: Mapping[SourceFile, FixedFile] = {}
    if settings.fix:
        if write:
            before_writing()
        sources, mended = fixed_sources(sources, settings, write, open_verifier)
    yield tuple(
        sources.problems.get(file) or _unchanged(file, sources)
        for file in files
        if file not in candidates
    )
    if interviewer is not None:
        settings = replace(settings, choices=interviewer.choices(sources, settings))
    for done in (
        verified_results(sources, settings, open_verifier, progress)
        if settings.verify
        else _unverified_results(sources, settings, progress)
    ):
        planned = done if interviewer is None else interviewer.agreed(done, sources)
        told = [(file, with_skips(wanted(result, settings), settings)) for file, result in planned]
        settled = with_notebooks(told, sources.notebooks)
        candidates.difference_update(file for file, _ in settled)
        if write and any(result.status == "would-rewrite" for _, result in settled):
            before_writing()
        results = written(settled) if write else tuple(result for _, result in settled)
        yield tuple(
            with_fixes(result, mended.get(file), write)
            for (file, _), result in zip(settled, results)
        )
    # The analysis could make nothing of these.
    yield tuple(
        with_fixes(_unchanged(file, sources), mended.get(file), write)
        for file in files
        if file in candidates
    )


def _unverified_results(
    sources: Sources, settings: Settings, progress: Progress
) -> Iterator[Settled]:
    progress.stage("analysing", len(sources.candidates))
    analysis, texts = analyse_sources(sources)
    files = {file.path: file for file in sources.candidates if file.path in analysis.modules}

    def planned(path: Path, taken: frozenset[str], fixed: frozenset[str]) -> FileResult:
        file = files[path]
        source, plan_settings = (
            sources.contents[file],
            replace(unverified(settings, path), taken=taken, fixed=fixed),
        )
        module = analysis.modules[path]
        rewriting = fitting_plan(analysis, module, source, texts[file], plan_settings)
        return planned_result(file, source, rewriting)

    results = {path: planned(path, frozenset(), frozenset()) for path in files}
    changing = [path for path, result in results.items() if result.status == "would-rewrite"]
    for group in groups_of(analysis, changing, ()) if len(changing) > 1 else ():
        # Files whose layers may meet in a model.
        names: frozenset[str] = frozenset()
        fixed: frozenset[str] = frozenset()
        for path in group.paths:
            own = results[path] = planned(path, names, fixed) if names else results[path]
            names |= layer_names(own.sites)
            fixed |= layer_names(site for site in own.sites if site.is_named)
    for path, result in results.items():
        yield ((files[path], result),)


def _unchanged(file: SourceFile, sources: Sources) -> FileResult:
    content = sources.contents[file]
    return FileResult(path=file.shown, status="unchanged", original=content, rewritten=content)


def written(settled: Settled) -> Results:
    """Write files that belong together; an interrupt waits until all of them are written."""
    with without_interrupts():
        return tuple(
            _write(file, result) if result.status == "would-rewrite" else result
            for file, result in settled
        )


def _write(file: SourceFile, result: FileResult) -> FileResult:
    try:
        replace_file(file.path, *result.files)
    except (FileError, FileChangedError) as error:
        return replace(result, status="failed", error=str(error))
    return as_rewritten(result)


def rewrite_buffer(
    source: bytes,
    settings: Settings,
    path: Path | None = None,
    progress: Progress | None = None,
    open_verifier: OpenVerifier = VerifySession,
) -> FileResult:
    """Rewrite ``source`` with verification, as if it stood at ``path``, and write nothing."""
    buffer = read_buffer(source, path)
    if isinstance(buffer, FileResult):
        return buffer
    file = buffer.file
    sources = Sources(contents={file: buffer.python}, candidates=(file,), plain=(), problems={})
    for settled in verified_results(sources, settings, open_verifier, progress):
        for _, result in settled:
            told = with_skips(wanted(result, settings), settings)
            return with_notebook(told, buffer.notebook)
    return unchanged_buffer(buffer)


def verify_pair(
    old: Path, new: Path, settings: Settings, progress: Progress | None = None
) -> FileResult:
    """Verify that the models of ``new`` equal those of ``old``; nothing is written."""
    contents: list[bytes] = []
    for path in (old, new):
        try:
            read = python_of(read_file(path), stdin_file(path))
        except FileError as error:
            return FileResult(path=str(path), status="failed", error=str(error))
        if isinstance(read, Notebook):
            read = broken_cells(read, str(path)) or read.python
        if isinstance(read, FileResult):
            return read
        contents.append(read)
    original, rewritten = contents
    (progress or Silent()).stage(f"comparing {new} with {old}")
    entry, other = old.resolve(), new.resolve()
    changed = changed_functions(original, rewritten)
    found = [variants_of_source(entry, original, settings.builds, changed)]
    found.append(variants_of_source(other, rewritten, settings.builds))
    variants = bounded(call for one in found for call in (*one.calls, *one.untried))
    request = VerifyRequest(
        entry=entry,
        originals={entry: original},
        rewrites={other: rewritten},
        rewritten_entry=other,
        variants=variants.calls,
        untried=variants.untried,
    )
    builds = [replace(request, builds=(build,)) for build in settings.builds]
    with VerifySession(verify_options(settings, entry)) as session:
        verdicts = [session.verify(each) for each in builds]
        if settings.capture:
            captured = session.verify(request)
            # What the file itself makes counts where it makes something.
            verdicts += [captured] if captured.models or not builds else []
        verdict = merged(verdicts)
    verdict = told_by_cell(verdict, original, rewritten)
    return FileResult(
        path=str(new), status="unchanged", verdict=verdict, original=original, rewritten=rewritten
    )
