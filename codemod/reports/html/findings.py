"""What was found in a file, with the source: new layers, hazards, what is left."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

from codemod.codes import CODES
from codemod.limits import LINES_OF_EXCERPT
from codemod.reports.html.highlighting import coloured_lines, shortened
from codemod.reports.html.markup import Content, Markup, element, prose
from codemod.reports.html.side_by_side import lines_of
from codemod.reports.html.tones import Tone, sign
from codemod.reports.places import Places
from codemod.reports.text import ONLY_SHOWN, by_refusal, not_found
from codemod.reports.words import describe_hazard, describe_layer
from codemod.results import FileResult
from transforms.syntax.records import Site, Span


class Findings:
    """The findings of one file."""

    def __init__(self, result: FileResult) -> None:
        self._result = result
        self._places = Places(result)

    @cached_property
    def _lines(self) -> list[Markup]:
        return coloured_lines(shortened(lines_of(self._result.original)))

    def left(self) -> Markup | None:
        """What is refused, and what only a run has shown."""
        items = [
            self._item(describe_layer(sites), [site.span for site in sites], "caution")
            for sites in by_refusal(self._result.sites).values()
        ]
        for op in not_found(self._result):
            span = Span(op.line, max(op.column, 0), op.end_line, max(op.end_column, 0))
            items.append(self._item(f"{op.op}: {ONLY_SHOWN}", [span], "caution"))
        return _section("Left for you", items)

    def hazards(self) -> Markup | None:
        """What is legal and probably not meant, in the source and in the rewritten models."""
        items = [
            self._item(describe_hazard(hazard), [hazard.span], "caution")
            for hazard in self._result.hazards
        ]
        verdict = self._result.verdict
        texts = verdict.hazards if verdict else ()
        items += [element("li", sign("caution"), element("p", prose(text))) for text in texts]
        return _section("Hazards", items)

    def layers(self) -> Markup | None:
        """What raw expressions have become, or could become."""
        is_done = self._result.status == "rewritten"
        items = [
            self._item(describe_layer(sites), [site.span for site in sites], "good")
            if is_done
            else self._item(describe_layer(sites), [site.span for site in sites], "quiet")
            for sites in _by_layer(self._result.sites)
        ]
        return _section("Raw expressions", items)

    def fixes(self) -> Markup | None:
        """What was mended for Keras 3."""
        before = self._result.before_fixes
        if before is None:
            return None
        earlier = Findings(replace(self._result, original=before, status="unchanged"))
        items = [
            earlier._item(describe_hazard(fix), [fix.span], "good") for fix in self._result.fixes
        ]
        return _section("Mended for Keras 3", items)

    def _item(self, text: str, spans: Sequence[Span], tone: Tone) -> Markup:
        head, _, rest = text.partition(" ")
        words: Content = prose(text)
        if head in CODES:
            words = [element("a", head, href=f"#{head}", class_="code"), " ", prose(rest)]
        where = ", ".join(dict.fromkeys(self._places.words(span.line) for span in spans))
        place = element("span", where, class_="place")
        source = self._excerpt(spans[0])
        return element("li", sign(tone), element("div", element("p", words, " ", place), source))

    def _excerpt(self, span: Span) -> Markup | None:
        """The source of a finding, as far as it is not too long to be read."""
        last = min(span.end_line, span.line + LINES_OF_EXCERPT - 1, len(self._lines))
        numbers = range(span.line, last + 1)
        if not numbers:
            return None
        cell_and_line = self._places.cell_and_line
        rows = [
            element("div", self._lines[line - 1], data_n=cell_and_line(line)[1]) for line in numbers
        ]
        return element("div", rows, class_="excerpt")


def codes_of(results: Iterable[FileResult]) -> list[str]:
    """The codes of all findings, in their order."""
    found = set()
    for result in results:
        found |= {site.code for site in result.sites}
        found |= {site.refusal.code for site in result.sites if site.refusal}
        found |= {hazard.code for hazard in (*result.hazards, *result.fixes)}
    return sorted(found & CODES.keys())


def _by_layer(sites: Iterable[Site]) -> Iterator[list[Site]]:
    groups: dict[object, list[Site]] = {}
    for site in sites:
        if site.status not in ("refused", "skipped"):
            key = (site.builder, site.target, site.class_name, site.layer_name)
            groups.setdefault(key if site.layer_name else site.span, []).append(site)
    yield from groups.values()


def _section(title: str, items: Sequence[Markup]) -> Markup | None:
    if not items:
        return None
    count = element("span", str(len(items)), class_="count")
    heading = element("h3", title, " ", count)
    return element("section", heading, element("ul", items, class_="findings"))
