"""The whole way for one module without verification: source in, plan or source out."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path

from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis, analyse
from transforms.plan.fitting import Rewriting, fitting_plan
from transforms.plan.module_plan import Plan, plan_module
from transforms.plan.settings import PlanSettings, unverified_settings
from transforms.sites.refusals import not_exercised
from transforms.syntax.records import Site, Span, Target
from transforms.syntax.source_text import SourceText, read_source_text

NOT_ASKED_FOR = not_exercised()
"""The refusal of sites that nobody is told of."""


OPERATOR = "KC102"


def planned_source(
    source: bytes, path: Path, settings: PlanSettings, trees: Mapping[Path, ast.Module]
) -> Plan:
    """``source`` alone, planned and not edited; ``trees`` are those that are parsed already."""
    analysis = analyse({path: source}, [path], trees=trees)
    module = analysis.modules.get(path)
    if module is None:
        return Plan()
    return plan_module(analysis, module, read_source_text(source), settings)


def rewritten_source(
    source: bytes, path: Path, settings: PlanSettings, only: Collection[Span] | None = None
) -> Rewriting:
    """``source`` alone, planned and edited; ``path`` says where it stands, for its imports.

    With ``only`` nothing is planned for sites at other places, but for what the others need.
    """
    analysis = analyse({path: source}, [path])
    module = analysis.modules.get(path)
    if module is None:
        return Rewriting(plan=Plan(), rewritten=source)
    text = read_source_text(source)
    if only is None:
        return fitting_plan(analysis, module, source, text, settings)
    left = _others(analysis, module, text, settings, only)
    settings = replace(settings, refused={**settings.refused, **dict.fromkeys(left, NOT_ASKED_FOR)})
    rewriting = fitting_plan(analysis, module, source, text, settings)
    sites = tuple(site for site in rewriting.plan.sites if site.span not in left)
    return replace(rewriting, plan=replace(rewriting.plan, sites=sites))


def _others(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    settings: PlanSettings,
    only: Collection[Span],
) -> set[Span]:
    """The sites that are not in ``only``.

    Operators that become layers for the sake of a site go with it: they are those that are left
    alone where no other site is rewritten.
    """

    def sites_without(left: Collection[Span]) -> tuple[Site, ...]:
        refused = {**settings.refused, **dict.fromkeys(left, NOT_ASKED_FOR)}
        return plan_module(analysis, module, text, replace(settings, refused=refused)).sites

    ops = [site.span for site in sites_without(()) if site.code != OPERATOR]
    others = {site.span for site in sites_without(ops)} | {*ops}
    return others.difference(only)


def rewrite_module(source: bytes, path: Path, target: Target) -> tuple[bytes, Plan]:
    """Rewrite the raw ops of ``source``, one layer for each op."""
    rewriting = rewritten_source(source, path, unverified_settings(target))
    return rewriting.rewritten, rewriting.plan
