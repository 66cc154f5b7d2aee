"""The report as GitHub workflow commands, which annotate a pull request."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from codemod.codes import title_of
from codemod.limits import ANNOTATIONS
from codemod.reports.places import Places, error_span, error_words
from codemod.reports.summary import counts_line
from codemod.reports.words import (
    OUTCOMES,
    describe_hazard,
    describe_site,
    describe_verdict,
    number,
    one_line,
    other_claims,
)
from codemod.results import FileResult
from codemod.settings import Command
from transforms.syntax.records import Span

FIRST_LINE = Span(1, 0, 1, 0)


@dataclass(kw_only=True)
class GitHubReport:
    """Writes annotations, of each level no more than GitHub shows; the others stay in the log."""

    command: Command
    _written: Counter[str] = field(default_factory=Counter)

    def file_lines(self, result: FileResult) -> list[str]:
        """Return the verdict on a file, then one command for each finding."""
        lines = [self._verdict(result)] if result.verdict is not None or result.error else []
        if not lines and result.status == "failed":
            lines.append(self._line("error", result.path, FIRST_LINE, "not verified", "failed"))
        for build in result.failed_builds:
            text = f"--build {build}"
            lines.append(self._line("error", result.path, FIRST_LINE, "not built", text))
        places = Places(result)
        for site in result.sites:
            level = "notice" if site.status in ("rewritten", "skipped") else "warning"
            title = title_of(site.code)
            text = places.said(site.span, describe_site(site))
            lines.append(self._line(level, result.path, places.in_file(site.span), title, text))
        for hazard in result.hazards:
            title, text = title_of(hazard.code), places.said(hazard.span, describe_hazard(hazard))
            span = places.in_file(hazard.span)
            lines.append(self._line("warning", result.path, span, title, text))
        for text in result.verdict.hazards if result.verdict else ():
            title = "hazard of the rewritten model"
            lines.append(self._line("warning", result.path, FIRST_LINE, title, text))
        return lines

    def summary_lines(self, results: Sequence[FileResult]) -> list[str]:
        """Return one notice that counts everything, and what is not shown as annotation."""
        text = counts_line(results, self.command)
        more = [
            number(count - _most(level), level)
            for level, count in sorted(self._written.items())
            if count > _most(level)
        ]
        if more:
            text += f" In the log of this step: {', '.join(more)} more."
        return [f"::notice title=keras-codemod::{_escape(text)}"]

    def _verdict(self, result: FileResult) -> str:
        if result.error is not None:
            text = (error_words(result) if result.error_cell else "") + result.error
            return self._line("error", result.path, error_span(result), "not processed", text)
        assert result.verdict is not None
        text = describe_verdict(result.verdict) + other_claims(result.verdict)
        title = "verified" if self.command == "verify" else OUTCOMES[result.status]
        if result.status == "failed" and self.command == "verify":
            title = "not verified"
        level = "error" if result.status == "failed" else "notice"
        return self._line(level, result.path, FIRST_LINE, title, text)

    def _line(self, level: str, path: str, span: Span, title: str, message: str) -> str:
        self._written[level] += 1
        if self._written[level] > _most(level):
            return one_line(f"{level}: {path}:{span.line}:{span.column + 1}: {message}")
        return _annotation(level, path, span, title, message)


def _most(level: str) -> int:
    # The summary is a notice too.
    return ANNOTATIONS - 1 if level == "notice" else ANNOTATIONS


def _annotation(level: str, path: str, span: Span, title: str, message: str) -> str:
    properties = {"file": path, "line": str(span.line)}
    if span.end_line != span.line:
        properties["endLine"] = str(span.end_line)  # With columns too, GitHub drops the end.
    else:
        properties["col"] = str(span.column + 1)
        if span.end_column > span.column:
            properties["endColumn"] = str(span.end_column)
    properties["title"] = title
    listed = ",".join(f"{name}={_escape_property(value)}" for name, value in properties.items())
    return f"::{level} {listed}::{_escape(message)}"


def _escape(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escape_property(text: str) -> str:
    return _escape(text).replace(":", "%3A").replace(",", "%2C")
