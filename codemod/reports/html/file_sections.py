"""The sections of the page that are about one file each."""

from __future__ import annotations

from collections.abc import Sequence

from codemod.limits import DIFF_LINES, DIFF_LINES_OF_FILE, GRAPHS_DRAWN
from codemod.reports.diffs import parts_of
from codemod.reports.html.findings import Findings
from codemod.reports.html.markup import Content, Markup, element, path, prose
from codemod.reports.html.models import assumptions, graph_of, model_table, rewritten_sites
from codemod.reports.html.side_by_side import side_by_side
from codemod.reports.html.tones import OUTCOMES, Tone, badge, tone_of_claim, tone_of_file
from codemod.reports.places import error_words
from codemod.reports.words import number
from codemod.results import FileResult
from codemod.settings import Command

OPEN_FILES = 6
"""Files with a section up to which all diffs are open when the page is."""
OPEN_GRAPHS = 2
"""Graphs that are open when the page is."""


class FileSections:
    """Makes the sections one after the other, until the page has as much as it can show."""

    def __init__(
        self, results: Sequence[FileResult], told: Sequence[FileResult], command: Command
    ) -> None:
        self._command = command
        self._sites = rewritten_sites(results)
        self._are_open = len(told) <= OPEN_FILES
        self._lines_left = DIFF_LINES
        self._drawn: set[int] = set()

    def section(self, at: str, result: FileResult) -> Markup:
        """What is to be told of ``result``; ``at`` is the place that links lead to."""
        tone = tone_of_file(result, self._command)
        head = element("h2", element("a", path(result.path), href=f"#{at}"), id=f"{at}-name")
        marks = [badge(text, mark) for text, mark in self._marks(result, tone)]
        findings = Findings(result)
        content: list[Content] = [
            element("header", head, element("p", marks, class_="marks")),
            [element("p", prose(text), class_="reason") for text in self._reasons(result)],
            findings.left(),
            findings.hazards(),
            model_table(result),
            findings.fixes(),
            findings.layers() if self._command == "check" or not self._has_diff(result) else None,
            self._diff(result),
            self._graphs(result),
            assumptions(result.verdict) if result.verdict else None,
        ]
        return element(
            "article", content, id=at, class_=f"file {tone}", aria_labelledby=f"{at}-name"
        )

    def _marks(self, result: FileResult, tone: Tone) -> list[tuple[str, Tone]]:
        if result.error is not None:
            return [("not processed", "bad")]
        verdict = result.verdict
        marks: list[tuple[str, Tone]] = []
        if self._command == "rewrite":
            marks.append((OUTCOMES[result.status], tone))
        if verdict is not None:
            where = f" on {verdict.device}" if verdict.device else ""
            marks.append((f"{verdict.verdict}{where}", tone_of_claim(verdict.verdict)))
        elif self._command == "rewrite" and result.status in ("rewritten", "would-rewrite"):
            marks.append(("not verified", "caution"))
        elif self._command == "check":
            for count, noun in (
                (len(result.sites), "raw expression"),
                (len(result.hazards), "hazard"),
            ):
                marks += [(number(count, noun), "caution")] * bool(count)
        return marks

    def _reasons(self, result: FileResult) -> list[str]:
        texts = [f"--build {build}" for build in result.failed_builds]
        if result.error is not None:
            texts.append(f"{error_words(result)}{result.error}")
        if result.verdict is not None:
            texts.append(result.verdict.reason)
            if result.verdict.why_not_keras2:
                texts.append(f"Keras 2: not checked: {result.verdict.why_not_keras2}")
        return list(filter(None, texts))

    def _graphs(self, result: FileResult) -> list[Markup]:
        graphs: list[Markup] = []
        for model in result.verdict.models if result.verdict else ():
            if id(model) in self._drawn or len(self._drawn) >= GRAPHS_DRAWN:
                continue  # Files whose code meets in one model share it.
            graph = graph_of(model, self._sites, len(self._drawn) < OPEN_GRAPHS)
            if graph is not None:
                self._drawn.add(id(model))
                graphs.append(graph)
        return graphs

    def _has_diff(self, result: FileResult) -> bool:
        if result.error is not None or self._command == "check":
            return False
        is_changed = result.status in ("rewritten", "would-rewrite") or bool(result.fixes)
        return is_changed or self._command == "verify"

    def _diff(self, result: FileResult) -> Markup | None:
        if not self._has_diff(result):
            return None
        diff = side_by_side(parts_of(result), min(self._lines_left, DIFF_LINES_OF_FILE))
        self._lines_left -= diff.lines
        count = element("span", number(diff.lines, "line"), class_="count")
        return element(
            "details",
            element("summary", "Source, before and after ", count),
            diff.markup,
            class_="source",
            open=self._are_open,
        )
