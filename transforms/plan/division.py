"""Dividing the sites of a module into units: runs, deletions, single expressions and ops."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from transforms.generate.idioms import idiom_of
from transforms.generate.layer_naming import helper_of
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.plan.names_read_later import names_read_later
from transforms.plan.ops_sites import OpsForms, ops_forms
from transforms.plan.settings import Granularity, PlanSettings
from transforms.plan.stock_choice import StockChoice
from transforms.sites.dead import DELETED, DeadStatement, find_dead
from transforms.sites.loss_search import find_added_losses
from transforms.sites.raw_expressions import AugmentedAssignment, RawExpression, is_operator
from transforms.sites.run_statements import RunStatement
from transforms.sites.runs import Run, find_runs
from transforms.sites.shared_sizes import (
    are_computed_in_time,
    borrowers,
    find_shared_sizes,
    is_read_by_layers_only,
)
from transforms.sites.single_ops import single_ops
from transforms.sites.sized_expressions import find_sized
from transforms.sites.units import Unit
from transforms.syntax.limits import SHORTEST_RUN
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, kw_only=True)
class Units:
    """The units of a module, and for each site the units that its rewrite is made of.

    ``gone`` are the sites of statements that are deleted, ``ops`` those that can be written with
    ``keras.ops``, ``compared`` those whose layers verification compares with the ops, and that are
    planned again where they differ, ``guessed`` those of them that no plan has failed for yet:
    ``stock`` may choose layers of Keras for them.
    """

    runs: Sequence[Run]
    deletions: Sequence[DeadStatement]
    gone: Collection[RawExpression]
    pieces: Sequence[RawExpression]
    of_site: Mapping[RawExpression, Sequence[Unit]]
    ops: OpsForms
    compared: frozenset[RawExpression] = frozenset()
    guessed: frozenset[RawExpression] = frozenset()
    stock: StockChoice

    def note_of(self, site: RawExpression) -> str | None:
        """What is to be told of what becomes of ``site``."""
        return DELETED if site in self.gone else self.ops.notes.get(site)

    def in_order(self, text: SourceText) -> list[Unit]:
        """All units in the order of the source, which is that of the numbers in their names."""
        units: list[Unit] = [*self.runs, *self.deletions, *self.pieces]
        return sorted(units, key=lambda unit: text.span(unit.expressions[0].root))


def divide(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    settings: PlanSettings,
    selected: Sequence[RawExpression],
    shown: Sequence[RawExpression],
) -> Units:
    """Divide the sites into units: runs where they may be so large, then what is left."""
    keep_operators = settings.operators == "keep"
    granularity = {
        site: settings.granularity_at(text.span(site.root)) for site in {*selected, *shown}
    }
    live = names_read_later(analysis, module, selected)
    targets = {site: settings.target_at(text.span(site.root)) for site in selected}
    in_layers = [
        site for site in selected if granularity[site] == "run" and targets[site] != "lambda"
    ]
    # What is for Keras 3 alone has no finer plan: no model takes a loss there.
    given = [site for site in selected if site in in_layers or targets[site] == "ops"]
    losses = find_added_losses(given, live, text.cell_borders) if given else []
    of_losses = {site for loss in losses for site in loss.expressions}
    in_ops = ops_forms(analysis, module, text, settings, shown, of_losses)
    runs: list[Run] = [*losses]
    shared: list[RunStatement] = []
    removable = [
        site
        for site in shown
        if site.refusal is None and site not in in_ops.forms and site not in of_losses
    ]
    dead = find_dead(removable, live, text)
    gone = {site for statement in dead for site in statement.expressions}
    collapsible = [
        site
        for site in in_layers
        if site not in of_losses and site not in in_ops.forms and site not in gone
    ]
    stock = StockChoice(analysis=analysis, module=module, text=text)
    guessed = {
        site
        for site, size in granularity.items()
        if settings.verified and size != "op" and text.span(site.root) not in settings.finer
        if targets.get(site) == "layer"
    }
    while collapsible:
        dead_nodes = {statement.node for statement in dead}
        found, shared = _runs_with_sizes(
            partial(
                find_runs,
                analysis,
                collapsible,
                live,
                keep_operators,
                text.cell_borders,
                is_one=lambda run: (
                    helper_of(run) is not None or idiom_of(analysis, run) is not None
                ),
                paths=module.imports.names,
            ),
            dead_nodes,
            collapsible,
            shown,
            module.tree,
            text,
        )
        apart = {
            site
            for run in found
            if guessed.issuperset(run.expressions) and stock.takes_apart(run, keep_operators)
            for site in run.expressions
        } | {site for run in found for site in _idioms_in(analysis, run)}
        if not apart:
            for run in found:
                ends = guessed.issuperset(run.expressions) and stock.ends_of(run, keep_operators)
                runs += run.without(ends, live) if ends else [run]
            break
        collapsible = [site for site in collapsible if site not in apart]
    of_site: dict[RawExpression, Sequence[Unit]] = {
        site: (run,) for run in runs for site in run.expressions
    }
    deletions: list[DeadStatement] = []
    for statement in [*dead, *shared]:
        parts: list[Unit] = [run for run in runs if run.holds(statement, text)]
        if not parts:
            deletions.append(DeadStatement(statement=statement))
            parts = [deletions[-1]]
        parts += [run for run in borrowers(statement, runs) if run not in parts]
        of_site.update(dict.fromkeys(statement.expressions, parts))
    remaining = [site for site in shown if site.refusal is None and site not in of_site]
    takers: dict[ast.AST, RawExpression] = {
        site.value_inside: site
        for site in remaining
        if site.value_inside is not None and _takes_value(site, granularity[site])
    }
    pieces: list[RawExpression] = []
    for site in remaining:
        if site.root not in takers:
            own = [site]
            if granularity[site] == "op" and site not in in_ops.forms:
                own = single_ops(analysis, site, keep_operators)
            elif site in in_layers and _repeats_one_op(analysis, site):
                own = single_ops(analysis, site, keep_operators)
                guessed.update(own if site in guessed else ())
            elif site in guessed:
                own = stock.parts_of(site, keep_operators) or own
                guessed.update(own)
            of_site[site] = own
            pieces += own
    for site in remaining:
        if site.root in takers:
            of_site[site] = of_site[takers[site.root]]
    compared = {*guessed} | {
        site for site in remaining if settings.verified and granularity[site] != "op"
    }
    return Units(
        runs=runs,
        deletions=deletions,
        gone=gone,
        pieces=pieces,
        of_site=of_site,
        ops=in_ops,
        compared=frozenset(compared),
        guessed=frozenset(guessed),
        stock=stock,
    )


def _runs_with_sizes(
    find: Callable[..., list[Run]],
    dead: set[ast.stmt],
    others: Sequence[RawExpression],
    every: Sequence[RawExpression],
    tree: ast.Module,
    text: SourceText,
) -> tuple[list[Run], list[RunStatement]]:
    """The runs, and the sizes that several of them compute instead of being given them.

    They are made of ``others``; ``every`` are all raw expressions that are looked at.
    """
    runs = find(dead)
    shared = find_shared_sizes(others, runs, tree, text)
    while shared:
        gone = {*dead, *(one.node for one in shared)}
        longer = find(gone, shared)
        taken = {raw for run in longer for raw in run.expressions}
        longer += find_sized([raw for raw in others if raw not in taken], every, shared, gone)
        kept = [
            one
            for one in shared
            if is_read_by_layers_only(one, longer, tree)
            and are_computed_in_time(one, longer, tree, text)
        ]
        if len(kept) == len(shared):
            return longer, shared
        shared = kept
    return runs, []


def _takes_value(site: RawExpression, granularity: Granularity) -> bool:
    """Whether the value inside ``site`` is no unit of its own.

    An unpacking is one op when ops are rewritten one by one. An augmented assignment is not
    divided from its value: the value may be no raw op alone.
    """
    return isinstance(site, AugmentedAssignment) or granularity != "op"


def _idioms_in(analysis: Analysis, run: Run) -> list[RawExpression]:
    """The expressions that have names of their own in a run that has none.

    With several of them a reader expects their names, and a layer for what is left.
    """
    if helper_of(run) is not None or idiom_of(analysis, run) is not None:
        return []
    if any(one.borrowed or one.private or one.optional is not None for one in run.statements):
        return []
    named = [
        site for site in run.expressions if idiom_of(analysis, site) is not None and site.keys[1:]
    ]
    return named if len(named) >= SHORTEST_RUN else []


def _repeats_one_op(analysis: Analysis, site: RawExpression) -> bool:
    """Whether one op is applied to what it makes, as ``tf.expand_dims(tf.expand_dims(x, 1), 1)``.

    A layer of the op says that twice.
    """
    is_one = len(site.keys) > 1 and len({*site.keys}) == 1 and not is_operator(site.keys[0])
    return is_one and len(site.operands.symbolic) == 1 and idiom_of(analysis, site) is None
