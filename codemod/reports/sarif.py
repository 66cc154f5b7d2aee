"""The report as SARIF 2.1.0, the format of code scanning services."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from codemod.codes import FINDINGS
from codemod.reports.text import error_line
from codemod.reports.words import describe_hazard, describe_site, describe_verdict
from codemod.results import FileResult
from codemod.version import installed_version
from transforms.syntax.records import Span

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def file_results(result: FileResult) -> list[dict[str, Any]]:
    """Return a SARIF result for each finding of a file that is still there."""
    found = [
        _result(site.code, "warning", describe_site(site), result.path, site.span)
        for site in result.sites
        if site.status != "rewritten"
    ]
    found += [
        _result(hazard.code, "warning", describe_hazard(hazard), result.path, hazard.span)
        for hazard in result.hazards
    ]
    return found


def file_notifications(result: FileResult) -> list[dict[str, Any]]:
    """Return SARIF notifications: hazards of the rewritten models, and why a file failed."""
    hazards = result.verdict.hazards if result.verdict else ()
    found = [_notification("warning", f"{result.path}: hazard: {text}") for text in hazards]
    if result.error is not None:
        found.append(_notification("error", error_line(result)))
    elif result.status == "failed":
        reason = describe_verdict(result.verdict) if result.verdict else "not verified"
        found.append(_notification("error", f"{result.path}: {reason}"))
    return found


def document(files: Sequence[FileResult]) -> str:
    """Return the whole report as ASCII text that ends with a newline."""
    notifications = [each for file in files for each in file_notifications(file)]
    driver = {
        "name": "keras-codemod",
        "version": installed_version(),
        "rules": [
            {"id": code, "shortDescription": {"text": title}} for code, title in FINDINGS.items()
        ],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "invocations": [
            {
                "executionSuccessful": all(each["level"] != "error" for each in notifications),
                "toolExecutionNotifications": notifications,
            }
        ],
        "results": [each for file in files for each in file_results(file)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": {"text": text}}


def _result(code: str, level: str, text: str, path: str, span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column + 1}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column + 1}
    location = {"artifactLocation": {"uri": _uri(path)}, "region": region}
    return {
        "ruleId": code,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }


def _uri(path: str) -> str:
    if os.path.isabs(path):
        return Path(path).as_uri()
    return quote(os.fsencode(PurePath(path).as_posix()))
