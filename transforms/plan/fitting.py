"""Plans whose edits fit the source: a site whose edit does not is refused, the others stay."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.plan.leftovers import leftovers
from transforms.plan.module_plan import Plan, plan_module
from transforms.plan.settings import PlanSettings
from transforms.sites import refusals
from transforms.syntax.records import Edit, ReplaceExpression, ReplaceStatements, Span
from transforms.syntax.source_text import EditError, SourceText, read_source_text


@dataclass(frozen=True, kw_only=True)
class Rewriting:
    """A plan, and the bytes of the module after its edits."""

    plan: Plan
    rewritten: bytes


def fitting_plan(
    analysis: Analysis, module: Module, source: bytes, text: SourceText, settings: PlanSettings
) -> Rewriting:
    """The plan for ``module`` without the sites whose edits cannot be made, and its result.

    Each of them is refused with what is wrong; no source keeps the rest from being rewritten.
    """
    while True:
        plan = plan_module(analysis, module, text, settings)
        if all(site.status == "refused" for site in plan.sites):
            return Rewriting(plan=plan.without_edits(), rewritten=source)
        outcome = _edited(source, plan.edits)
        if isinstance(outcome, bytes):
            tidied = _without_leftovers(analysis, module, text, outcome, settings.line_length)
            return Rewriting(plan=plan, rewritten=tidied)
        rewritable = [site.span for site in plan.sites if site.status == "rewritable"]
        refused = {}
        for together in _together(plan, rewritable):
            others = [span for span in rewritable if span not in together]
            alone = plan_module(analysis, module, text, _refusing(settings, others, outcome))
            problem = _edited(source, alone.edits)
            if isinstance(problem, str):
                refused.update(dict.fromkeys(together, refusals.no_edit(problem)))
        if not refused:
            # Each edit fits alone, and not with the others.
            refused = dict.fromkeys(rewritable, refusals.no_edit(outcome))
        settings = replace(settings, refused={**settings.refused, **refused})


def _refusing(settings: PlanSettings, spans: Iterable[Span], problem: str) -> PlanSettings:
    refused = dict.fromkeys(spans, refusals.no_edit(problem))
    return replace(settings, refused={**settings.refused, **refused})


def _edited(source: bytes, edits: tuple[Edit, ...]) -> bytes | str:
    """The source after ``edits``, or why they cannot be made."""
    # LibCST takes a third of a second to import, and most files are not edited.
    from transforms.edit.edits import apply_edits

    try:
        return apply_edits(source, edits)
    except EditError as error:
        return str(error)
    except RecursionError:
        return "an expression is nested too deeply; split it"


def _without_leftovers(
    analysis: Analysis, module: Module, text: SourceText, rewritten: bytes, line_length: int
) -> bytes:
    """``rewritten`` without the assignments that only raw ops have read."""
    edits = leftovers(analysis, module, text, read_source_text(rewritten), line_length)
    tidied = _edited(rewritten, edits) if edits else rewritten
    return tidied if isinstance(tidied, bytes) else rewritten


def _together(plan: Plan, spans: Sequence[Span]) -> Iterator[list[Span]]:
    """The sites that each edit of a plan replaces."""
    for edit in plan.unit_edits:
        yield [span for span in spans if _holds(edit, span)]


def _holds(edit: Edit, span: Span) -> bool:
    """Whether ``edit`` replaces what stands at ``span``."""
    if isinstance(edit, ReplaceExpression):
        first = last = edit.span
    elif isinstance(edit, ReplaceStatements):
        first, last = edit.first, edit.last
    else:
        return False
    start, end = (first.line, first.column), (last.end_line, last.end_column)
    return start <= (span.line, span.column) and (span.end_line, span.end_column) <= end
