"""Reporting results while they come in, in any format, and the exit status they add up to."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, BinaryIO

from codemod.reports import github as report_github
from codemod.reports import json as report_json
from codemod.reports import sarif as report_sarif
from codemod.reports import text as report_text
from codemod.reports.diffs import unified_diff
from codemod.reports.outcome import DONE, exit_status
from codemod.reports.output import write_bytes, write_text
from codemod.results import FileResult
from codemod.settings import Command, Format


@dataclass(frozen=True, kw_only=True)
class Reporting:
    """How to report: ``out`` takes the report, ``errors`` what could not be processed.

    ``diff_to`` takes the diffs, ``None`` meaning none. ``check_only`` is ``rewrite --check``.
    """

    format: Format
    command: Command
    out: BinaryIO
    errors: BinaryIO
    diff_to: BinaryIO | None = None
    check_only: bool = False


def report(results: Iterable[FileResult], how: Reporting) -> int:
    """Write the report on ``results`` and return the exit status.

    Text and workflow commands are written file by file, as results come in; JSON and SARIF are
    one document at the end.
    """
    status = DONE
    counts: Counter[str] = Counter()
    records: list[dict[str, Any]] = []
    notifications: list[dict[str, Any]] = []
    for result in results:
        status = max(status, exit_status(result, how.command, how.check_only))
        counts.update(report_text.count(result))
        if how.diff_to is not None and result.status == "would-rewrite":
            diff = unified_diff(result.original, result.rewritten, result.path)
            write_bytes(how.diff_to, diff)
        if result.error is not None:
            _write_lines(how.errors, [report_text.error_line(result)])
        if how.format == "text":
            _write_lines(how.out, report_text.file_lines(result, how.command))
        elif how.format == "github":
            _write_lines(how.out, report_github.file_lines(result, how.command))
        elif how.format == "json":
            records.append(report_json.file_record(result))
        elif how.format == "sarif":
            records += report_sarif.file_results(result)
            notifications += report_sarif.file_notifications(result)
        else:
            raise ValueError(f"there is no report in the format {how.format!r}")
    if how.format == "text":
        _write_lines(how.out, [report_text.summary_line(counts, how.command)])
    elif how.format == "json":
        write_text(how.out, report_json.document(records))
    elif how.format == "sarif":
        write_text(how.out, report_sarif.document(records, notifications))
    return status


def _write_lines(stream: BinaryIO, lines: list[str]) -> None:
    if lines:
        write_text(stream, report_text.join_lines(lines))
