"""The whole report as one page of HTML that asks for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from codemod.codes import CODES
from codemod.limits import DIFF_LINES, FILES_OF_PAGE, GRAPHS_DRAWN, NAMES_OF_PAGE
from codemod.reports.diffs import parts_of
from codemod.reports.html.findings import Findings, codes_of
from codemod.reports.html.headline import headline, tiles
from codemod.reports.html.markup import Content, Markup, code, digest, element, inner, prose
from codemod.reports.html.models import (
    SitesByPath,
    assumptions,
    graph_of,
    model_table,
    rewritten_sites,
)
from codemod.reports.html.side_by_side import side_by_side
from codemod.reports.html.tones import (
    MEANINGS,
    OUTCOMES,
    Tone,
    badge,
    sign,
    tone_of_claim,
    tone_of_file,
)
from codemod.reports.places import error_words
from codemod.reports.style import Style
from codemod.reports.summary import left_lines, summary_lines
from codemod.reports.words import number
from codemod.results import FileResult
from codemod.settings import Command
from codemod.verdict import ModelVerdict
from codemod.version import installed_version

OPEN_FILES = 6
"""Changed files up to which all diffs are open when the page is."""
OPEN_GRAPHS = 2
MANY_FILES = 100
"""Files from which on the browser leaves out of its work what is not seen; links jump less well."""


class Page:
    """Makes the page of one run; ``results`` are in the order of the files."""

    def __init__(self, results: Sequence[FileResult], command: Command) -> None:
        self._results = results
        self._command = command
        told = [result for result in results if _is_told(result, command)]
        self._told, self._too_many = told[:FILES_OF_PAGE], told[FILES_OF_PAGE:]
        self._sites: SitesByPath = rewritten_sites(results)
        self._diff_lines = DIFF_LINES
        self._drawn: dict[int, str] = {}

    def document(self) -> bytes:
        """The page as it is written to a file."""
        head = headline(self._results, self._command)
        scripts = [_asset("page.js")]
        if any(model.layers for result in self._told for model in _models(result)):
            scripts += [_asset("dagre.min.js"), _asset("graphs.js")]
        style = _asset("page.css")
        policy = (
            f"default-src 'none'; style-src {digest(style)}; img-src data:; "
            f"script-src {' '.join(map(digest, scripts))}; base-uri 'none'; form-action 'none'"
        )
        start, *later = scripts
        body = [
            element("a", "Skip to the report", href="#report", class_="skip"),
            self._top(),
            element("div", self._navigation(), self._main(), class_="page"),
            element("footer", f"keras-codemod {installed_version()}", class_="foot"),
            *(code("script", script) for script in later),
        ]
        document = element(
            "html",
            element(
                "head",
                element("meta", charset="utf-8"),
                element("meta", http_equiv="Content-Security-Policy", content=policy),
                element("meta", name="viewport", content="width=device-width, initial-scale=1"),
                element("title", f"{head.text} · keras-codemod {self._command}"),
                element("link", rel="icon", href="data:,"),
                code("style", style),
                code("script", start),
            ),
            element("body", body, class_="many" if len(self._told) > MANY_FILES else None),
            lang="en",
        )
        return f"<!doctype html>\n{document}\n".encode()

    def _top(self) -> Markup:
        buttons = [
            element("button", "Open all", type="button", id="fold"),
            element("button", "Theme: system", type="button", id="theme"),
        ]
        brand = element("p", "keras-codemod ", element("span", self._command), class_="brand")
        return element("header", brand, element("div", buttons, class_="tools"), class_="top")

    def _navigation(self) -> Markup:
        items = [
            element(
                "li",
                element("a", sign(self._tone(result)), element("span", result.path), href=f"#{at}"),
            )
            for at, result in self._numbered()
        ]
        more = [("left", "What is left"), ("reading", "How to read this")]
        links = [element("li", element("a", text, href=f"#{at}")) for at, text in more[1:]]
        files = [element("p", "Files"), element("ol", items)] if items else []
        return element("nav", files, element("ol", links), aria_label="Contents")

    def _main(self) -> Markup:
        sections = [
            self._hero(),
            self._left(),
            *(self._file(at, result) for at, result in self._numbered()),
            self._others(),
            self._reading(),
        ]
        return element("main", sections, id="report", tabindex=-1)

    def _hero(self) -> Markup:
        found = headline(self._results, self._command)
        *environments, counts = summary_lines(self._results, self._command, Style())
        numbers = [
            element("div", element("dt", name), element("dd", value))
            for value, name in tiles(self._results, self._command)
        ]
        lines = element("ul", [element("li", line) for line in environments], class_="where")
        return element(
            "section",
            element("h1", sign(found.tone), element("span", found.text), id="headline"),
            element("p", prose(counts), class_="counts"),
            element("dl", numbers, class_="tiles"),
            lines if environments else None,
            class_=f"hero {found.tone}",
            aria_labelledby="headline",
        )

    def _left(self) -> Markup | None:
        lines = left_lines(self._results, Style())[1:] if self._command == "rewrite" else []
        if not lines:
            return None
        items = [element("li", element("p", prose(line.removeprefix("- ")))) for line in lines]
        return element(
            "section",
            element("h2", "What is left for you"),
            element("ul", items),
            class_="left",
            id="left",
        )

    def _file(self, at: str, result: FileResult) -> Markup:
        tone = self._tone(result)
        head = element("h2", element("a", result.path, href=f"#{at}"), id=f"{at}-name")
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
            self._graphs(at, result),
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
            found = number(len(result.sites), "raw expression")
            marks.append((found, "caution" if result.sites else "quiet"))
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

    def _graphs(self, at: str, result: FileResult) -> list[Markup]:
        graphs: list[Markup] = []
        for model in _models(result):
            if id(model) in self._drawn or len(self._drawn) >= GRAPHS_DRAWN:
                continue  # Files whose code meets in one model share it.
            graph = graph_of(model, self._sites, len(self._drawn) < OPEN_GRAPHS)
            if graph is not None:
                self._drawn[id(model)] = at
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
        diff = side_by_side(parts_of(result), min(self._diff_lines, DIFF_LINES))
        self._diff_lines = max(0, self._diff_lines - diff.lines)
        count = element("span", number(diff.lines, "line"), class_="count")
        return element(
            "details",
            element("summary", "Source, before and after ", count),
            diff.markup,
            class_="source",
            open=len(self._told) <= OPEN_FILES,
        )

    def _others(self) -> Markup | None:
        plain = [result for result in self._results if not _is_told(result, self._command)]
        lists = [
            element(
                "details",
                element("summary", f"{number(len(results), 'file')} {words}"),
                element("ul", _names(results)),
            )
            for results, words in (
                (self._too_many, "without a section"),
                (plain, "with nothing to tell"),
            )
            if results
        ]
        return element("section", lists, class_="others") if lists else None

    def _reading(self) -> Markup:
        tiers = [
            (element("dt", badge(tier, tone_of_claim(tier))), element("dd", text))
            for tier, text in MEANINGS.items()
        ]
        codes = [
            (
                element("dt", element("code", name), id=name),
                element("dd", _explained(name)),
            )
            for name in codes_of(self._results)
        ]
        verdicts = [] if self._command == "check" else [element("h3", "Verdicts"), _list(tiers)]
        return element(
            "section",
            element("h2", "How to read this"),
            verdicts,
            [element("h3", "Codes"), _list(codes)] if codes else [],
            class_="reading",
            id="reading",
        )

    def _numbered(self) -> list[tuple[str, FileResult]]:
        return [(f"file-{place}", result) for place, result in enumerate(self._told, 1)]

    def _tone(self, result: FileResult) -> Tone:
        return tone_of_file(result, self._command)


def _names(results: Sequence[FileResult]) -> list[Markup]:
    names = [result.path for result in results[:NAMES_OF_PAGE]]
    more = len(results) - len(names)
    return [element("li", name) for name in [*names, *([f"and {more} more"] if more else [])]]


def _explained(name: str) -> Markup:
    known = CODES[name]
    return prose(f"{known.title[0].upper()}{known.title[1:]}. {known.meaning} {known.advice}")


def _list(items: Content) -> Markup:
    return element("dl", inner(items))


def _models(result: FileResult) -> tuple[ModelVerdict, ...]:
    return result.verdict.models if result.verdict else ()


def _is_told(result: FileResult, command: Command) -> bool:
    return bool(
        command == "verify"
        or result.status != "unchanged"
        or result.sites
        or result.hazards
        or result.left
        or result.failed_builds
        or result.verdict
    )


@cache
def _asset(name: str) -> str:
    return files("codemod.reports.html").joinpath("assets", name).read_text(encoding="utf-8")
