"""The whole report as one page of HTML that asks for nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from codemod.limits import FILES_OF_PAGE
from codemod.reports.html.file_sections import FileSections
from codemod.reports.html.headline import headline
from codemod.reports.html.markup import Markup, code, digest, element, path
from codemod.reports.html.sections import first_view, how_to_read, other_files, what_is_left
from codemod.reports.html.tones import sign, tone_of_file
from codemod.results import FileResult
from codemod.settings import Command
from codemod.version import installed_version

MANY_FILES = 100
"""Files from which on the browser leaves out of its work what is not seen; links jump less well."""


class Page:
    """Makes the page of one run; ``results`` are in the order of the files.

    ``is_fixed`` says that ``--fix keras3`` was asked for.
    """

    def __init__(
        self, results: Sequence[FileResult], command: Command, *, is_fixed: bool = False
    ) -> None:
        self._results = results
        self._is_fixed = is_fixed
        self._command = command
        told = [result for result in results if _is_told(result, command)]
        self._told, self._too_many = told[:FILES_OF_PAGE], told[FILES_OF_PAGE:]

    def document(self) -> bytes:
        """The page as it is written to a file."""
        head = headline(self._results, self._command)
        scripts = [_asset("page.js")]
        if any(_has_graphs(result) for result in self._told):
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
                element(
                    "a",
                    sign(tone_of_file(result, self._command)),
                    element("span", path(result.path)),
                    href=f"#{at}",
                ),
            )
            for at, result in self._numbered()
        ]
        last = element("li", element("a", "How to read this", href="#reading"))
        named = [element("p", "Files"), element("ol", items)] if items else []
        return element("nav", named, element("ol", last), aria_label="Contents")

    def _main(self) -> Markup:
        sections = FileSections(self._results, self._told, self._command)
        plain = [result for result in self._results if not _is_told(result, self._command)]
        lists = (("without a section", self._too_many), ("with nothing to tell", plain))
        return element(
            "main",
            first_view(self._results, self._command),
            what_is_left(self._results, self._is_fixed) if self._command == "rewrite" else None,
            [sections.section(at, result) for at, result in self._numbered()],
            other_files(lists),
            how_to_read(self._results, self._command),
            id="report",
            tabindex=-1,
        )

    def _numbered(self) -> list[tuple[str, FileResult]]:
        return [(f"file-{place}", result) for place, result in enumerate(self._told, 1)]


def _has_graphs(result: FileResult) -> bool:
    return result.verdict is not None and any(model.layers for model in result.verdict.models)


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
