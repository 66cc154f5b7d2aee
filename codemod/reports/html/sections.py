"""The parts of the page that are about the whole run."""

from __future__ import annotations

from collections.abc import Sequence

from codemod.codes import CODES
from codemod.limits import NAMES_OF_PAGE
from codemod.reports.html.findings import codes_of
from codemod.reports.html.headline import headline, tiles
from codemod.reports.html.markup import Content, Markup, element, inner, prose
from codemod.reports.html.tones import MEANINGS, badge, sign, tone_of_claim
from codemod.reports.style import Style
from codemod.reports.summary import left_lines, summary_lines
from codemod.reports.words import number
from codemod.results import FileResult
from codemod.settings import Command


def first_view(results: Sequence[FileResult], command: Command) -> Markup:
    """What came out: in a sentence, in numbers, and where it was run."""
    found = headline(results, command)
    *environments, counts = summary_lines(results, command, Style())
    numbers = [
        element("div", element("dt", name), element("dd", value))
        for value, name in tiles(results, command)
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


def what_is_left(results: Sequence[FileResult], is_fixed: bool) -> Markup | None:
    """What a rewrite leaves for the user, as a list to work off."""
    lines = left_lines(results, Style(), is_fixed=is_fixed)[1:]
    if not lines:
        return None
    items = [element("li", element("p", prose(line.removeprefix("- ")))) for line in lines]
    heading = element("h2", "What is left for you", id="left-name")
    return element(
        "section", heading, element("ul", items), class_="left", aria_labelledby="left-name"
    )


def other_files(lists: Sequence[tuple[str, Sequence[FileResult]]]) -> Markup | None:
    """Files without sections: for each list what they are, and their names, folded."""
    folded = [
        element(
            "details",
            element("summary", f"{number(len(results), 'file')} {words}"),
            element("ul", _names(results)),
        )
        for words, results in lists
        if results
    ]
    return element("section", folded, class_="others") if folded else None


def how_to_read(results: Sequence[FileResult], command: Command) -> Markup:
    """What the verdicts and codes of this page mean."""
    tiers = [
        (element("dt", badge(tier, tone_of_claim(tier))), element("dd", text))
        for tier, text in MEANINGS.items()
    ]
    codes = [
        (element("dt", element("code", name), id=name), element("dd", _explained(name)))
        for name in codes_of(results)
    ]
    return element(
        "section",
        element("h2", "How to read this"),
        [element("h3", "Verdicts"), _list(tiers)] if command != "check" else [],
        [element("h3", "Codes"), _list(codes)] if codes else [],
        class_="reading",
        id="reading",
    )


def _names(results: Sequence[FileResult]) -> list[Markup]:
    names = [result.path for result in results[:NAMES_OF_PAGE]]
    more = len(results) - len(names)
    return [element("li", name) for name in [*names, *([f"and {more} more"] if more else [])]]


def _explained(name: str) -> Markup:
    known = CODES[name]
    return prose(f"{known.title[0].upper()}{known.title[1:]}. {known.meaning} {known.advice}")


def _list(items: Content) -> Markup:
    return element("dl", inner(items))
