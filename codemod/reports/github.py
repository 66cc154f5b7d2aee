"""The report as GitHub workflow commands, which annotate a pull request."""

from __future__ import annotations

from codemod.codes import FINDINGS
from codemod.reports.words import OUTCOMES, describe_hazard, describe_site, describe_verdict
from codemod.results import FileResult
from codemod.settings import Command
from transforms.syntax.records import Span


def file_lines(result: FileResult, command: Command) -> list[str]:
    """Return one command for each finding of a file, and an error where it failed."""
    lines = []
    for site in result.sites:
        level = "notice" if site.status == "rewritten" else "warning"
        title = FINDINGS.get(site.code, site.code)
        lines.append(_annotation(level, result.path, site.span, title, describe_site(site)))
    for hazard in result.hazards:
        title = FINDINGS.get(hazard.code, hazard.code)
        text = describe_hazard(hazard)
        lines.append(_annotation("warning", result.path, hazard.span, title, text))
    for text in result.verdict.hazards if result.verdict else ():
        title = "hazard of the rewritten model"
        lines.append(_annotation("warning", result.path, Span(1, 0, 1, 0), title, text))
    if result.error is not None:
        line = result.error_line or 1
        span = Span(line, 0, line, 0)
        lines.append(_annotation("error", result.path, span, "not processed", result.error))
    elif result.status == "failed":
        reason = describe_verdict(result.verdict) if result.verdict else OUTCOMES["failed"]
        title = "not verified" if command == "verify" else OUTCOMES["failed"]
        lines.append(_annotation("error", result.path, Span(1, 0, 1, 0), title, reason))
    return lines


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
