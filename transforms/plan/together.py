"""Which sites are rewritten together, or not at all."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from transforms.interpret.symbolic import Analysis
from transforms.plan.division import Units
from transforms.sites.raw_expressions import RawExpression


def sites_together(
    analysis: Analysis, units: Units, sites: Iterable[RawExpression]
) -> list[list[RawExpression]]:
    """The sites by what they become: those of one layer stand together.

    So does a product with a number that becomes a layer since another site is given its result.
    """
    groups: dict[RawExpression, list[RawExpression]] = {}
    first_with: dict[object, RawExpression] = {}
    for site in sites:
        groups[site] = [site]
        for part in _parts(analysis, units, site):
            _join(groups, first_with.setdefault(part, site), site)
    return [*{id(group): group for group in groups.values()}.values()]


def _parts(analysis: Analysis, units: Units, site: RawExpression) -> Iterator[object]:
    yield from units.of_site[site]
    if site.code == "KC102":
        yield from site.operands.ops
    for operand in site.operands.symbolic:
        yield from analysis.facts[operand].scalings


def _join(
    groups: dict[RawExpression, list[RawExpression]], one: RawExpression, other: RawExpression
) -> None:
    larger, smaller = sorted((groups[one], groups[other]), key=len, reverse=True)
    if larger is smaller:
        return
    larger += smaller
    for site in smaller:
        groups[site] = larger
