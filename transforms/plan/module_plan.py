"""The plan for one module: which raw expressions become which layers, and the edits for it."""

from __future__ import annotations

import ast
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from transforms.generate.module_names import vocabulary_of
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis, internal_error
from transforms.plan import selection
from transforms.plan.division import Units, divide
from transforms.plan.mended import is_mended
from transforms.plan.module_edits import edits_of_module, has_room_for_classes
from transforms.plan.new_layer import NewLayer
from transforms.plan.new_layers import Rewriter
from transforms.plan.new_names import Naming
from transforms.plan.said_names import SaidNames
from transforms.plan.settings import GRANULARITIES, Granularity, PlanSettings
from transforms.plan.shared_classes import arguments_to_give
from transforms.plan.skips import skips_file, unused_skips
from transforms.plan.together import sites_together
from transforms.sites import refusals
from transforms.sites.functions_given import functions_given
from transforms.sites.hazards import (
    CUT_SHORT,
    cut_short,
    failed,
    find_hazards,
    layers_made_eagerly,
)
from transforms.sites.names_said import names_said
from transforms.sites.operator_hazards import operator_hazards
from transforms.sites.port_hazards import find_port_hazards, operators_in_h5
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.refusals import unsupported_assignment
from transforms.sites.sites import find_raw_expressions
from transforms.sites.units import Unit
from transforms.syntax.records import Edit, Hazard, Refusal, Site, Span
from transforms.syntax.source_text import SourceText

__all__ = ["GRANULARITIES", "Granularity", "Plan", "PlanSettings", "plan_module"]


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What becomes of each raw expression, and the edits for it.

    ``together`` are the places of sites that are rewritten together or not at all; operators may
    be among them that no site tells of. ``kept`` are operators and slices that stay, since Keras 3
    takes them. ``unit_edits`` put the calls of new layers in place, one for each unit;
    ``module_edits`` add the imports and classes that they need.
    """

    sites: tuple[Site, ...] = ()
    hazards: tuple[Hazard, ...] = ()
    kept: tuple[Span, ...] = ()
    together: tuple[tuple[Span, ...], ...] = ()
    unit_edits: tuple[Edit, ...] = ()
    module_edits: tuple[Edit, ...] = ()

    @property
    def edits(self) -> tuple[Edit, ...]:
        """All edits of the module."""
        return (*self.module_edits, *self.unit_edits)

    def without_edits(self) -> Plan:
        """The same sites and hazards, with nothing to change."""
        return replace(self, unit_edits=(), module_edits=())


@dataclass(frozen=True, kw_only=True)
class _Rewrite:
    """What each site with a rewrite becomes, with the edits of units and module.

    ``refused_alone`` are sites of refused runs that no layer of their own could take the place of.
    """

    of_site: Mapping[RawExpression, NewLayer | Refusal] = field(default_factory=dict)
    unit_edits: tuple[Edit, ...] = ()
    module_edits: tuple[Edit, ...] = ()
    refused_alone: frozenset[RawExpression] = frozenset()


def plan_module(
    analysis: Analysis, module: Module, text: SourceText, settings: PlanSettings
) -> Plan:
    """Plan the rewrite of ``module``.

    Nothing is planned where it nests too deeply for Python, or where the planning itself fails:
    the other files of a run are none the worse for it.
    """
    failure = analysis.failures.get(module.path)
    if failure is not None:
        # What was not looked at may run the same code in another way.
        return Plan(hazards=(failed(failure.line, failure.message),))
    try:
        return _plan_module(analysis, module, text, settings)
    except RecursionError:
        return Plan(hazards=(cut_short(),))
    except Exception as error:  # the fault is ours: it must not end the run
        return Plan(hazards=(failed(1, internal_error(error)),))


def _plan_module(
    analysis: Analysis, module: Module, text: SourceText, settings: PlanSettings
) -> Plan:
    everything = find_raw_expressions(analysis, module, text)
    if skips_file(text):
        return _plan_of_skipped(analysis, module, text, settings, everything)
    expressions = selection.not_skipped(everything, text)
    hazards = [
        *find_hazards(analysis, module, text, expressions),
        *find_port_hazards(analysis, module, text),
    ]
    selected = selection.selected(expressions, text, settings)
    shown = selection.shown(analysis, selected, settings)
    units = divide(analysis, module, text, settings, selected, shown)
    rewrite = _rewrite(analysis, module, text, settings, units)
    while apart := _set_apart(units, rewrite):
        finer = {text.span(site.root): GRANULARITIES[1] for site in apart}
        settings = replace(settings, finer={**settings.finer, **finer})
        units = divide(analysis, module, text, settings, selected, shown)
        rewrite = _rewrite(analysis, module, text, settings, units)
    kept = [one for one in selected if one not in shown and one not in units.of_site]
    hazards += operator_hazards(analysis, text, kept)
    beside = [site for site in shown if _has_operators(site, text, rewrite.of_site.get(site))]
    hazards += operators_in_h5(analysis, module, text, [*kept, *beside])
    hazards += layers_made_eagerly(analysis, text, _with_layers(rewrite))
    hazards += functions_given(analysis, text, _with_layers(rewrite))
    if not settings.verified:
        hazards += names_said(analysis, module, text, _with_layers(rewrite))
    hazards += _unused_skips(text, everything, hazards)
    return Plan(
        sites=tuple(
            replace(_site(site, text, rewrite.of_site.get(site)), note=units.note_of(site))
            for site in shown
        ),
        hazards=selection.selected_hazards(
            [hazard for hazard in hazards if not is_mended(hazard, units, rewrite.of_site, text)],
            text,
            settings,
        ),
        kept=tuple(text.span(expression.root) for expression in kept),
        together=tuple(
            tuple(sorted(text.span(site.root) for site in sites))
            for sites in sites_together(analysis, units, _with_layers(rewrite))
        ),
        unit_edits=rewrite.unit_edits,
        module_edits=rewrite.module_edits,
    )


def _plan_of_skipped(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    settings: PlanSettings,
    expressions: list[RawExpression],
) -> Plan:
    """The plan for a module that is kept as it is: whether there is anything to keep."""
    hazards = [
        *find_hazards(analysis, module, text, expressions),
        *find_port_hazards(analysis, module, text),
    ]
    unused = _unused_skips(text, expressions, hazards)
    return Plan(hazards=selection.selected_hazards(unused, text, settings))


def _has_operators(site: RawExpression, text: SourceText, new: NewLayer | Refusal | None) -> bool:
    """Whether operators of ``site`` stay as they are, in what its layer is given."""
    if not isinstance(new, NewLayer):
        return False
    operators = [op for op in site.operands.ops if not isinstance(op, ast.Call)]
    return any(text.text_of(op) in new.call for op in operators)


def _unused_skips(
    text: SourceText, expressions: Sequence[RawExpression], hazards: Sequence[Hazard]
) -> list[Hazard]:
    if any(hazard.code == CUT_SHORT for hazard in hazards):
        return []  # There may be more to skip than was found.
    spans = [text.span(expression.root) for expression in expressions]
    return list(unused_skips(text, [*spans, *(hazard.span for hazard in hazards)]))


def _with_layers(rewrite: _Rewrite) -> Iterator[RawExpression]:
    for site, result in rewrite.of_site.items():
        if isinstance(result, NewLayer):
            yield site


def _rewrite(
    analysis: Analysis, module: Module, text: SourceText, settings: PlanSettings, units: Units
) -> _Rewrite:
    """Make the layers of all units but those of sites that turn out to be refused.

    Layers are made again without these: one around such a site would hold calls of its layers.
    They are made again, too, where classes that differ in arguments can be one.
    """
    if not units.of_site:
        return _Rewrite()
    refused: dict[RawExpression, Refusal] = {}
    given: dict[ast.expr, str] | None = None
    vocabulary = vocabulary_of(module, text, settings.line_length)
    said = SaidNames(
        analysis=analysis,
        module=module,
        text=text,
        call_places=analysis.places,
        choices=settings.choices,
    )
    names_in_forms = frozenset[str]().union(*(form.names for form in units.ops.forms.values()))
    while True:
        left_out = {unit for site in refused for unit in units.of_site[site]}
        ordered = [unit for unit in units.in_order(text) if unit not in left_out]
        naming = Naming(
            said=said,
            vocabulary=vocabulary,
            taken=settings.taken,
            fixed=settings.fixed,
            reserved=names_in_forms,
            kept_names=settings.names,
        )
        rewriter = Rewriter(
            analysis=analysis,
            module=module,
            text=text,
            vocabulary=vocabulary,
            target=settings.target,
            choices=settings.choices,
            naming=naming,
            pieces={piece.root: piece for piece in units.pieces if piece not in left_out},
            context=units.ops.context,
            forms=units.ops.forms,
            compared=units.compared,
            guessed=units.guessed,
            stock=units.stock,
            given=given or {},
        )
        rewriter.reserve_automatic_names(ordered)
        results = {unit: rewriter.result(unit) for unit in ordered}
        # A site is rewritten as a whole: where one of its units is refused, all are left out.
        more = {
            site: refusal
            for site, parts in units.of_site.items()
            if site not in refused and (refusal := _first_refusal(parts, results)) is not None
        }
        if not more and given is None:
            given = arguments_to_give(rewriter, ordered)
            if given:
                continue
        if not more:
            rewrite = _rewritten(module, text, units, refused, rewriter, results)
            in_refused = [site for run in units.runs for site in run.expressions if site in refused]
            alone = {site for site in in_refused if isinstance(rewriter.result(site), Refusal)}
            return replace(rewrite, refused_alone=frozenset(alone))
        refused |= more


def _set_apart(units: Units, rewrite: _Rewrite) -> set[RawExpression]:
    """The sites for which runs are refused: without them the rest of each may be one."""
    apart: set[RawExpression] = set()
    for run in units.runs:
        if any(isinstance(rewrite.of_site.get(site), Refusal) for site in run.expressions):
            apart |= rewrite.refused_alone.intersection(run.expressions) or {*run.expressions}
    return apart


def _first_refusal(
    parts: Sequence[Unit], results: Mapping[Unit, NewLayer | Refusal]
) -> Refusal | None:
    """Why one of ``parts`` is refused; one that is in no result was left out with another site."""
    refusals = [result for part in parts if isinstance(result := results.get(part), Refusal)]
    if refusals:
        return refusals[0]
    return None if all(part in results for part in parts) else unsupported_assignment()


def _rewritten(
    module: Module,
    text: SourceText,
    units: Units,
    refused: Mapping[RawExpression, Refusal],
    rewriter: Rewriter,
    results: Mapping[Unit, NewLayer | Refusal],
) -> _Rewrite:
    # The last layer of a site is the one whose call holds those of the others.
    of_site = {
        site: refused[site] if site in refused else results[parts[-1]]
        for site, parts in units.of_site.items()
    }
    layers = {unit: layer for unit, layer in results.items() if isinstance(layer, NewLayer)}
    # Two units may have one root: an op in a list also belongs to the op that is given the list.
    edited = [unit for unit in layers if unit.expressions[0].root not in rewriter.nested]
    if not edited:
        return _Rewrite(of_site=of_site)
    first = min((unit.expressions[0].statement for unit in edited), key=text.span)
    if not has_room_for_classes(module.tree, first):
        refusal = refusals.no_edit("the statements before it stand on its line; put it on its own")
        return _Rewrite(of_site={**dict.fromkeys(of_site, refusal), **refused})
    return _Rewrite(
        of_site=of_site,
        unit_edits=tuple(
            edit for unit in edited for edit in (layers[unit].edit, *layers[unit].also)
        ),
        module_edits=edits_of_module(
            layers.values(),
            rewriter.naming.classes,
            rewriter.naming.base_class,
            _first_uses(edited, layers, text),
            module.tree,
            text,
        ),
    )


def _first_uses(
    edited: Sequence[Unit], layers: Mapping[Unit, NewLayer], text: SourceText
) -> dict[str | None, ast.stmt]:
    """For the class of each layer the first statement that is given a call of it."""
    uses: dict[str | None, ast.stmt] = {}
    starts = sorted((unit.expressions[0].statement for unit in edited), key=text.span)
    spans = [text.span(start) for start in starts]
    for unit, layer in layers.items():
        own = unit.expressions[0].statement
        # A nested layer stands in the edit of the one around it, which may begin higher up.
        last = starts[max(0, bisect_right(spans, text.span(own)) - 1)]
        known = uses.get(layer.class_name)
        if known is None or text.span(last) < text.span(known):
            uses[layer.class_name] = last
    return uses


def _site(expression: RawExpression, text: SourceText, result: NewLayer | Refusal | None) -> Site:
    site = Site(
        code=expression.code,
        span=text.span(expression.root),
        ops=expression.keys,
        builder=expression.place.builder,
        status="rewritable",
    )
    if isinstance(result, NewLayer) and not result.call:
        return site
    if isinstance(result, NewLayer):
        return replace(
            site,
            target=result.target,
            layer_name=result.layer_name,
            class_name=result.class_name,
            functions=result.functions,
            layer=result.at,
            is_named=result.is_named,
        )
    refusal = result or expression.refusal or unsupported_assignment()
    return replace(site, status="refused", refusal=refusal)
