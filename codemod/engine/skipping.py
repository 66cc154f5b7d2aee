"""Comments that skip what is refused, so that it is not told again."""

from __future__ import annotations

import io
import tokenize
from dataclasses import replace

from codemod.reports.present_lines import line_after
from codemod.results import FileResult
from codemod.settings import Settings
from transforms.plan.skips import COMMENT
from transforms.sites import refusals
from transforms.syntax.records import Site
from transforms.syntax.source_text import LINE_END, SourceText, read_source_text

UNDECIDED, NOT_ASKED = refusals.undecided(), refusals.not_asked()


def with_skips(result: FileResult, settings: Settings) -> FileResult:
    """``result``, planned and not written, with a comment on the line of each refusal.

    They are put only where ``settings`` ask for it, and in files that are verified where that is
    asked for too. A site whose line cannot take a comment stays refused.
    """
    refused = [
        site
        for site in result.sites
        if site.status == "refused" and site.refusal not in (UNDECIDED, NOT_ASKED)
    ]
    if not settings.add_skip or not refused or result.error or result.status == "failed":
        return result
    text = read_source_text(result.rewritten)
    before = read_source_text(result.original)
    line_now = line_after(result.original, result.rewritten)
    ends = _ends(text)
    marked: dict[int, int] = {}
    skipped: dict[Site, Site] = {}
    for site in refused:
        for line in range(site.span.line, site.span.end_line + 1):
            now = line_now(line)
            # What was rewritten on the same line would be skipped too.
            if now in ends and text.lines[now - 1] == before.lines[line - 1]:
                marked[now] = ends[now]
                skipped[site] = replace(site, status="skipped")
                break
    if not skipped:
        return result
    spans = [site.span for site in skipped]
    left = tuple(
        op for op in result.left if not any(span.line <= op.line <= span.end_line for span in spans)
    )
    return replace(
        result,
        status="would-rewrite",
        sites=tuple(skipped.get(site, site) for site in result.sites),
        left=left,
        rewritten=_commented(text, marked),
    )


def _ends(text: SourceText) -> dict[int, int]:
    """The lines that can take a comment, with the column at which their code or comment ends."""
    found: dict[int, int] = {}
    joined = "\n".join(text.lines)
    try:
        for token in tokenize.generate_tokens(io.StringIO(joined).readline):
            line, column = token.start
            if token.type in (tokenize.NEWLINE, tokenize.NL):
                found[line] = len(text.lines[line - 1][:column].rstrip())
    except (tokenize.TokenError, SyntaxError):
        return {}
    # In a notebook the marks of magics must stay at the end.
    return {line: column for line, column in found.items() if " #:" not in text.lines[line - 1]}


def _commented(text: SourceText, marked: dict[int, int]) -> bytes:
    lines = list(text.lines)
    for line, column in marked.items():
        lines[line - 1] = f"{lines[line - 1][:column]}  {COMMENT}"
    ends = [*LINE_END.findall(text.text), ""]
    whole = "".join(line + end for line, end in zip(lines, ends))
    return text.mark + whole.encode(text.encoding)
