"""The commands: find the files, let the engine work on them, report."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from codemod.collection import rare_collections
from codemod.engine.interviewer import Interviewer
from codemod.engine.verdict_rules import is_accepted
from codemod.errors import CodemodError
from codemod.files.cache_folder import cache_folder
from codemod.files.discovery import SourceFile, discover
from codemod.files.git import uncommitted
from codemod.files.lock import alone_in
from codemod.files.new_file import remove_left_over
from codemod.limits import FILES_LISTED
from codemod.notebooks.notebook import is_notebook
from codemod.progress import Progress, Silent
from codemod.reports.diffs import diff_of
from codemod.reports.output import write_bytes, write_text
from codemod.reports.report import Reporting, report
from codemod.reports.words import listed, number, one_line
from codemod.results import FileResult
from codemod.settings import Command, Settings, View

if TYPE_CHECKING:
    from codemod.cache.runs import Cache
    from codemod.scale.shards import Shard

STDIN_NAME = "<stdin>"
Around = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Preview:
    """What to do instead of writing: show a diff, tell by the exit status, or both.

    Or what to do before it: ask about each layer.
    """

    diff: bool = False
    check: bool = False
    asks: bool = False


def rewrite_paths(
    paths: Sequence[str],
    settings: Settings,
    preview: Preview,
    view: View,
    shard: Shard | None = None,
    cluster: str | None = None,
) -> int:
    """Rewrite files in place, or show what would change; return the exit status.

    ``cluster`` is the address of one that verifies.
    """
    from codemod.engine.remembered import rewrite_remembered

    files, problems = _discover(paths, settings)
    part = None
    if shard is not None:
        from codemod.scale.asked import own_part

        files, settings, part = own_part(shard, "rewrite", settings, files, preview.check)
    write = not (preview.diff or preview.check)
    out, errors = sys.stdout.buffer, sys.stderr.buffer
    diff_to = out if preview.diff and view.format == "text" else None
    with rare_collections(), _progress(view) as (progress, hidden):
        reporting = Reporting(
            view=view,
            command="rewrite",
            out=errors if diff_to else out,
            errors=errors,
            diff_to=diff_to,
            check_only=preview.check,
            is_fixed="keras3" in settings.fix,
            files=tuple(file.shown for file in files),
            around=hidden,
            shard=None if part is None else part.record,
        )
        folders = [file.path.parent for file in files]
        with alone_in(folders) if write else nullcontext(False) as is_alone:
            if is_alone:
                remove_left_over(folders)
            note = _note_on_git(folders, reporting)
            if cluster is not None:
                from codemod.scale.cluster_runs import rewrite_on_cluster

                leaves_out = _note_on_files_left_out(reporting)
                results = rewrite_on_cluster(
                    files, settings, write, progress, cluster, note, leaves_out
                )
                return report(_after(problems, results), reporting)
            results = rewrite_remembered(
                files,
                settings,
                write,
                progress,
                _cache(settings),
                before_writing=note,
                interviewer=_interviewer(view, hidden) if preview.asks else None,
            )
            return report(_after(problems, results), reporting)


def _interviewer(view: View, hidden: Around) -> Interviewer:
    from codemod.interactive.interview import Interview
    from codemod.interactive.terminal import terminal

    return Interview(asker=terminal(view.color), around=hidden)


def check_paths(
    paths: Sequence[str], settings: Settings, view: View, shard: Shard | None = None
) -> int:
    """List raw ops and hazards, write nothing; return the exit status."""
    from codemod.engine.remembered import check_remembered

    files, problems = _discover(paths, settings)
    part = None
    if shard is not None:
        from codemod.scale.asked import own_part

        files, settings, part = own_part(shard, "check", settings, files)
    with rare_collections(), _progress(view) as (progress, hidden):
        found = check_remembered(files, settings, progress, _cache(settings))
        results = ((result,) for result in found)
        reporting = replace(
            _on_stdout(view, "check"),
            files=tuple(file.shown for file in files),
            around=hidden,
            shard=None if part is None else part.record,
        )
        return report(_after(problems, results), reporting)


def verify_files(
    old: str, new: str, settings: Settings, view: View, shard: Shard | None = None
) -> int:
    """Verify that the models of two files are the same; return the exit status."""
    from codemod.engine.engine import verify_pair

    problems = [problem for path in (old, new) for problem in _not_a_file(path)]
    results = problems
    part = None
    is_own = shard is None or shard.has_pair(new)
    if shard is not None:
        from codemod.scale.parts import part_of

        given = [problem.path for problem in problems] or [new]
        part = part_of(shard, "verify", settings, given, given if is_own else ())
        results = problems if is_own else []
    if not problems and is_own:
        with _progress(view) as (progress, _):
            verified = verify_pair(Path(old), Path(new), settings, progress)
        results = [_failed_unless_verified(verified)]
    reporting = replace(_on_stdout(view, "verify"), shard=None if part is None else part.record)
    return report([results], reporting)


def merge_reports(names: Sequence[str], view: View) -> int:
    """Tell what the reports of the shards of a run say together; return the exit status of it."""
    from codemod.scale.merging import joined

    run = joined(names)
    reporting = replace(_on_stdout(view, run.command), check_only=run.check_only, files=run.files)
    return report([run.results], reporting)


def rewrite_stdin(name: str | None, settings: Settings, preview: Preview, view: View) -> int:
    """Filter standard input to standard output; the report goes to standard error.

    What cannot be rewritten, or fails verification, comes out as it went in: an editor that takes
    the output for its buffer must not lose it.
    """
    source = _standard_input()
    try:
        result = _rewrite_stdin(source, name, settings)
    except Exception:
        _pass_on(source, preview)
        raise
    changed = result.error is None and result.status in ("rewritten", "would-rewrite")
    mended = source if result.error is not None or not result.fixes else result.files[0]
    rewritten = result.files[1] if changed else mended
    out, errors = sys.stdout.buffer, sys.stderr.buffer
    if preview.diff:
        write_bytes(out, diff_of(result) if changed or result.fixes else b"")
    elif not preview.check:
        write_bytes(out, rewritten)
    if changed and not (preview.diff or preview.check):
        from codemod.engine.planned import as_rewritten

        result = as_rewritten(result)
    reporting = Reporting(
        view=view,
        command="rewrite",
        out=errors,
        errors=errors,
        check_only=preview.check,
        is_filter=True,
        is_fixed="keras3" in settings.fix,
    )
    return report([[result]], reporting)


def pass_stdin_on(preview: Preview) -> None:
    """Let standard input come out as it is: it cannot be said how to rewrite it."""
    if sys.stdin is not None:
        _pass_on(sys.stdin.buffer.read(), preview)


def _pass_on(source: bytes, preview: Preview) -> None:
    if not (preview.diff or preview.check):
        write_bytes(sys.stdout.buffer, source)


def check_stdin(name: str | None, settings: Settings, view: View) -> int:
    """List the raw ops and hazards of standard input; return the exit status."""
    from codemod.api import check_source

    source = _standard_input()
    result = _rewrite_stdin(source, name, replace(settings, verify=False))
    if result.error is not None and result.notebook is not None:
        # Its other cells are checked all the same.
        path = Path(os.path.abspath(name)) if name else None
        result = replace(check_source(source, settings, path), path=result.path)
    sites = tuple(
        replace(site, status="rewritable") if site.status == "rewritten" else site
        for site in result.sites
    )
    status = "unchanged" if result.status in ("rewritten", "would-rewrite") else result.status
    checked = replace(result, sites=sites, status=status)
    return report([[checked]], _on_stdout(view, "check"))


def _note_on_git(folders: Sequence[Path], reporting: Reporting) -> Callable[[], None]:
    """What tells, before the first file is written, of changes that are not committed."""
    waits = reporting.view.verbosity != "quiet"

    def tell() -> None:
        nonlocal waits
        changed = uncommitted(folders) if waits else 0
        waits = False
        if changed:
            has = "has changes that are" if changed == 1 else "have changes that are"
            with reporting.around():
                write_text(
                    reporting.errors,
                    f"note: {number(changed, 'file')} {has} not committed to git; "
                    "what is rewritten comes on top of them\n",
                )

    return tell


def _note_on_files_left_out(reporting: Reporting) -> Callable[[Sequence[str]], None]:
    """What tells of files of the project that workers are not sent."""

    def tell(paths: Sequence[str]) -> None:
        if reporting.view.verbosity == "quiet":
            return
        names = listed([one_line(path) for path in paths], FILES_LISTED, "files")
        with reporting.around():
            write_text(
                reporting.errors,
                f"note: too large, or too many, to send to workers: {names}; "
                "what reads them is left out there\n",
            )

    return tell


def clear_cache() -> None:
    """Forget what all earlier runs have found."""
    cache = _cache(Settings())
    if cache is not None:
        cache.store.clear()


def _cache(settings: Settings) -> Cache | None:
    """The cache, where it is wanted and there is a place for it."""
    folder = cache_folder() if settings.cache else None
    if folder is None:
        return None
    from codemod.cache.runs import Cache
    from codemod.cache.store import Store

    return Cache(store=Store(folder))


@contextmanager
def _progress(view: View) -> Iterator[tuple[Progress, Around]]:
    """The progress to tell, and what hides it while lines are written."""
    if view.verbosity == "quiet" or not sys.stderr.isatty():
        yield Silent(), nullcontext
        return
    from codemod.reports.progress_line import ProgressLine

    with ProgressLine(sys.stderr) as line:
        yield line, line.hidden


def _after(
    problems: Sequence[FileResult], results: Iterator[Sequence[FileResult]]
) -> Iterator[Sequence[FileResult]]:
    yield problems
    yield from results


def _standard_input() -> bytes:
    if sys.stdin is None:
        raise CodemodError("standard input is closed; give it a source, or give a path")
    return sys.stdin.buffer.read()


def _rewrite_stdin(source: bytes, name: str | None, settings: Settings) -> FileResult:
    from codemod.api import rewrite_source
    from codemod.engine.engine import rewrite_buffer
    from codemod.engine.fixes import fixed_buffer, with_fixes
    from codemod.files.fragments import fragment_problem
    from codemod.files.sources import Buffer, read_buffer

    part = fragment_problem(source, name or STDIN_NAME)
    if part is not None:
        return part
    _check_lines(name or STDIN_NAME, source, settings)
    path = Path(os.path.abspath(name)) if name else None
    rewrite = rewrite_buffer if settings.verify else rewrite_source
    mended = None
    if settings.fix and isinstance(buffer := read_buffer(source, path), Buffer):
        mended = fixed_buffer(buffer, settings)
    after = source
    if mended is not None:
        after = mended.notebook.content if mended.notebook else mended.after
    result = with_fixes(rewrite(after, settings, path), mended, write=False)
    return replace(result, path=name or STDIN_NAME)


def _failed_unless_verified(result: FileResult) -> FileResult:
    if result.verdict is not None and is_accepted(result.verdict):
        return result
    return replace(result, status="failed")


def _discover(
    paths: Sequence[str], settings: Settings
) -> tuple[tuple[SourceFile, ...], tuple[FileResult, ...]]:
    found = discover(paths, settings.exclude, settings.force_exclude)
    if settings.lines and len(found.files) > 1:
        raise CodemodError("--lines needs one file, not several; give that file alone")
    for file in found.files if settings.lines else ():
        with contextlib.suppress(OSError):  # That is told when it is read.
            _check_lines(file.shown, file.path.read_bytes(), settings)
    return found.files, found.problems


def _check_lines(shown: str, source: bytes, settings: Settings) -> None:
    """Raise an error where lines are asked for that are not there."""
    if settings.lines and is_notebook(source):
        raise CodemodError("--lines is for Python files; a notebook has lines in each cell")
    lines = len(source.splitlines())
    for first, last in settings.lines:
        if first > max(1, lines):
            raise CodemodError(f"--lines {first}:{last}: {shown} has only {number(lines, 'line')}")


def _not_a_file(path: str) -> Iterator[FileResult]:
    if Path(path).is_dir():
        yield FileResult(path=path, status="failed", error="is a folder; give a file")
    else:
        yield from discover([path]).problems


def _on_stdout(view: View, command: Command) -> Reporting:
    return Reporting(view=view, command=command, out=sys.stdout.buffer, errors=sys.stderr.buffer)
