"""Reporting results while they come in, in any format, and the exit status they add up to."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Any, BinaryIO

from codemod.errors import CodemodError
from codemod.interrupts import Ended
from codemod.reports import json as report_json
from codemod.reports import sarif as report_sarif
from codemod.reports.diffs import diff_of
from codemod.reports.github import GitHubReport
from codemod.reports.outcome import DONE, INTERRUPTED, UNUSABLE, exit_status
from codemod.reports.output import write_bytes, write_text
from codemod.reports.style import style_for
from codemod.reports.summary import left_lines, summary_lines
from codemod.reports.text import TextReport, error_line, interrupted_line, join_lines
from codemod.results import FileResult
from codemod.settings import Command, View


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """How to report: ``out`` takes the report, ``errors`` what could not be processed.

    ``diff_to`` takes the diffs, ``None`` meaning none. ``check_only`` is ``rewrite --check``.
    ``files`` are the files of the run, in their order; what is written is written inside
    ``around``. Of a filter, ``is_filter``, nothing but errors is told where little is asked for:
    many editors put what it says into the text. ``shard`` says of results which part of a run
    they are, where they are a part. ``is_fixed`` says that ``--fix keras3`` was asked for.
    """

    view: View
    command: Command
    out: BinaryIO
    errors: BinaryIO
    diff_to: BinaryIO | None = None
    check_only: bool = False
    files: tuple[str, ...] = ()
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    is_filter: bool = False
    is_fixed: bool = False
    shard: Callable[[Sequence[FileResult]], dict[str, Any]] | None = None


def report(settled: Iterable[Sequence[FileResult]], how: Reporting) -> int:
    """Write the report on the results of ``settled`` and return the exit status.

    Text and workflow commands are written file by file, as results come in; JSON and SARIF are
    one document at the end. An interrupt, or an error that ends the run, is told after what was
    settled before it.
    """
    done: list[FileResult] = []
    waiting: deque[FileResult] = deque()

    text = TextReport(
        command=how.command, style=style_for(how.out, how.view.color), verbosity=how.view.verbosity
    )

    github = GitHubReport(command=how.command)

    def write_next() -> None:
        with how.around():
            _write_result(waiting[0], how, text, github)
        done.append(waiting.popleft())

    def write_end() -> None:
        with how.around():
            _write_end(done, how, text, github)
            _write_page(done, how)

    error: CodemodError | KeyboardInterrupt | None = None
    missing = set(how.files)
    is_told = False
    try:
        for results in settled:
            missing -= {result.path for result in results}
            waiting.extend(results)
            while waiting:
                write_next()
            if how.files and not missing and not is_told:
                # Nobody waits for processes to end.
                is_told = True
                write_end()
    except (CodemodError, KeyboardInterrupt) as end:
        error = end
        if isinstance(settled, Generator):
            settled.close()
        while waiting:
            write_next()
    # An error that comes before any work leaves nothing to sum up; a document is one all the same.
    is_document = isinstance(error, KeyboardInterrupt) and how.view.format in ("json", "sarif")
    is_empty = error is not None and all(result.status == "unchanged" for result in done)
    is_empty = is_empty and not is_document
    if not is_empty and not is_told:
        write_end()
    if isinstance(error, KeyboardInterrupt):
        with how.around():
            _write_lines(how.errors, [interrupted_line(done, how.files)])
    if isinstance(error, CodemodError):
        raise error
    if error is not None:
        return error.status if isinstance(error, Ended) else INTERRUPTED
    statuses = [exit_status(result, how.command, how.check_only) for result in done]
    if how.view.exit_zero:
        return UNUSABLE if UNUSABLE in statuses else DONE
    return max(statuses, default=DONE)


def _write_result(
    result: FileResult, how: Reporting, text: TextReport, github: GitHubReport
) -> None:
    """Write what is told as soon as a result is there."""
    if how.diff_to is not None and result.status == "would-rewrite":
        write_bytes(how.diff_to, diff_of(result))
    if result.error is not None:
        _write_lines(how.errors, [error_line(result)])
    if how.view.format == "text":
        _write_lines(how.out, text.file_lines(result))
    elif how.view.format == "github":
        _write_lines(how.out, github.file_lines(result))


def _write_end(
    done: Sequence[FileResult], how: Reporting, text: TextReport, github: GitHubReport
) -> None:
    """Write what can only be told of all results together."""
    results = _in_order(done, how)
    if how.view.format == "text":
        if how.view.verbosity != "quiet":
            _write_lines(how.out, summary_lines(results, how.command, text.style))
        is_quiet = how.view.verbosity == "quiet"
        tells = how.command == "rewrite" and not (how.is_filter and is_quiet)
        left = left_lines(results, text.style, is_fixed=how.is_fixed) if tells else []
        if left and not is_quiet:
            left.insert(0, "")
        _write_lines(how.out, left)
    elif how.view.format == "json":
        records = [report_json.file_record(result) for result in results]
        ended = [result for result in results if not result.is_not_done]
        shard = how.shard(ended) if how.shard is not None else None
        write_text(how.out, report_json.document(records, shard))
    elif how.view.format == "sarif":
        write_text(how.out, report_sarif.document(results))
    elif how.view.format == "github":
        _write_lines(how.out, github.summary_lines(results))
    else:
        raise ValueError(f"there is no report in the format {how.view.format!r}")


def _write_page(done: Sequence[FileResult], how: Reporting) -> None:
    """Write the page of HTML that was asked for beside the report."""
    if how.view.page is not None:
        from codemod.files.pages import write_page
        from codemod.reports.html.page import Page

        write_page(
            how.view.page, Page(_in_order(done, how), how.command, is_fixed=how.is_fixed).document()
        )


def _in_order(done: Sequence[FileResult], how: Reporting) -> list[FileResult]:
    """They come as they are settled; documents are the same from run to run."""
    places = {path: place for place, path in enumerate(how.files)}
    return sorted(done, key=lambda result: places.get(result.path, -1))


def _write_lines(stream: BinaryIO, lines: list[str]) -> None:
    if lines:
        write_text(stream, join_lines(lines))
