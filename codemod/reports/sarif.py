"""The report as SARIF 2.1.0, the format of code scanning services."""

from __future__ import annotations

import difflib
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from codemod.codes import CODES, Code
from codemod.notebooks.notebook import is_notebook
from codemod.reports.places import Places, error_span
from codemod.reports.text import error_line
from codemod.reports.words import describe_hazard, describe_site, describe_verdict, one_line
from codemod.results import FileResult
from codemod.version import installed_version
from transforms.syntax.records import Span
from transforms.syntax.source_text import read_source_text

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
NOT_VERIFIED, REWRITTEN_MODEL = "verification-failed", "rewritten-model"
OWN_RULES = {
    NOT_VERIFIED: Code(
        "a rewrite was not verified",
        "The models of the file could not be built, or a rewrite would have changed them.",
        "See the message. The file is untouched.",
    ),
    REWRITTEN_MODEL: Code(
        "hazard of the rewritten model",
        "The rewritten model cannot do something that the original can, or is seen otherwise.",
        "See the message.",
    ),
}
RULES = {**CODES, **OWN_RULES}
FIRST_LINE = Span(1, 0, 1, 0)


def file_results(result: FileResult) -> Iterator[dict[str, Any]]:
    """Yield a SARIF result for each finding of a file that is still there, and for its failure."""
    fixes = _fixes(result)
    places = Places(result)
    for site in result.sites:
        if site.status in ("rewritten", "skipped"):
            continue
        text = places.said(site.span, describe_site(site))
        found = _result(site.code, "warning", text, result.path, places.in_file(site.span))
        if fixes and site.status == "rewritable":
            # One fix is the rewrite of all sites: the first of them has it.
            found["fixes"], fixes = fixes, []
        yield found
    for hazard in result.hazards:
        text = places.said(hazard.span, describe_hazard(hazard))
        yield _result(hazard.code, "warning", text, result.path, places.in_file(hazard.span))
    for text in result.verdict.hazards if result.verdict else ():
        yield _result(REWRITTEN_MODEL, "warning", one_line(text), result.path, FIRST_LINE)
    for build in result.failed_builds:
        text = one_line(f"--build {build}")
        yield _result(NOT_VERIFIED, "error", text, result.path, FIRST_LINE)
    if result.status == "failed" and result.error is None:
        text = describe_verdict(result.verdict) if result.verdict else "not verified"
        yield _result(NOT_VERIFIED, "error", text, result.path, FIRST_LINE)


def document(files: Sequence[FileResult], information_uri: str | None = None) -> str:
    """Return the whole report as ASCII text that ends with a newline.

    ``information_uri`` is the public address of the tool: without one, none is told.
    """
    version = installed_version()
    driver: dict[str, Any] = {
        "name": "keras-codemod",
        "version": version,
        "semanticVersion": version,
        "rules": [_rule(name, code) for name, code in RULES.items()],
    }
    if information_uri is not None:
        driver["informationUri"] = information_uri
    problems = [_notification(file) for file in files if file.error is not None]
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The folder in which keras-codemod was run."}}
        },
        "invocations": [
            {"executionSuccessful": not problems, "toolExecutionNotifications": problems}
        ],
        "results": [each for file in files for each in file_results(file)],
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(name: str, code: Code) -> dict[str, Any]:
    text = f"{code.meaning} {code.advice}"
    return {
        "id": name,
        "name": "".join(word.capitalize() for word in _words(code.title)),
        "shortDescription": {"text": f"{code.title[0].upper()}{code.title[1:]}."},
        "fullDescription": {"text": code.meaning},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": "error" if name == NOT_VERIFIED else "warning"},
        "properties": {"tags": ["keras", "tensorflow"], "precision": "very-high"},
    }


def _words(text: str) -> list[str]:
    return "".join(letter if letter.isalnum() else " " for letter in text).split()


def _notification(file: FileResult) -> dict[str, Any]:
    location = _location(file.path, error_span(file))
    return {"level": "error", "message": {"text": error_line(file)}, "locations": [location]}


def _result(code: str, level: str, text: str, path: str, span: Span) -> dict[str, Any]:
    return {
        "ruleId": code,
        "ruleIndex": list(RULES).index(code),
        "level": level,
        "message": {"text": text},
        "locations": [_location(path, span)],
    }


def _location(path: str, span: Span) -> dict[str, Any]:
    region = {"startLine": span.line, "startColumn": span.column + 1}
    if (span.end_line, span.end_column) > (span.line, span.column):
        region |= {"endLine": span.end_line, "endColumn": span.end_column + 1}
    return {"physicalLocation": {"artifactLocation": _artifact(path), "region": region}}


def _artifact(path: str) -> dict[str, str]:
    """Below the working folder by its relative path, elsewhere by its whole path."""
    below = os.path.relpath(path) if os.path.isabs(path) else os.path.normpath(path)
    if path == "<stdin>" or not below.startswith(os.pardir):
        return {"uri": quote(os.fsencode(PurePath(below).as_posix())), "uriBaseId": ROOT}
    return {"uri": Path(os.path.abspath(path)).as_uri()}


def _text(content: bytes) -> str:
    # A notebook is JSON, in which the search for an encoding could mistake a word.
    return content.decode() if is_notebook(content) else read_source_text(content).text


def _fixes(result: FileResult) -> list[dict[str, Any]]:
    """The rewrite of a file that was not written, as replacements of lines."""
    if result.status != "would-rewrite" or result.original == result.rewritten:
        return []
    before, after = (_text(content).split("\n") for content in result.files)
    replacements = []
    for kind, first, last, new_first, new_last in difflib.SequenceMatcher(
        None, before, after, autojunk=False
    ).get_opcodes():
        if kind == "equal":
            continue
        lines = after[new_first:new_last]
        region = {"startLine": first + 1, "startColumn": 1, "endLine": last + 1, "endColumn": 1}
        text = "".join(f"{line}\n" for line in lines)
        if last == len(before):
            # The last line has no newline behind it: the one before it goes and comes instead.
            region |= {"endLine": last, "endColumn": len(before[-1]) + 1}
            text = "".join(f"\n{line}" for line in lines) if first else "\n".join(lines)
            if first:
                region |= {"startLine": first, "startColumn": len(before[first - 1]) + 1}
        replacements.append({"deletedRegion": region, "insertedContent": {"text": text}})
    change = {"artifactLocation": _artifact(result.path), "replacements": replacements}
    verified = result.verdict.verdict if result.verdict else "not verified"
    text = f"Rewrite the raw ops of this file into layers ({verified})."
    return [{"description": {"text": text}, "artifactChanges": [change]}]
