"""Which sites of a module become calls of ``keras.ops``."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from transforms.generate.changed_later import changes_in_place
from transforms.generate.module_names import quote_of
from transforms.generate.ops_choice import OpsForm, ops_form
from transforms.generate.ops_marks import looks_sparse
from transforms.generate.ops_operands import OpsContext
from transforms.interpret.imports import keras_flavour
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.knowledge.keras_names import has_ops
from transforms.knowledge.keras_ops import FLOATS
from transforms.plan.lambda_choice import POLICIES
from transforms.plan.settings import PlanSettings
from transforms.sites.raw_expressions import RawExpression
from transforms.syntax.naming import snake_case
from transforms.syntax.nodes import walk
from transforms.syntax.source_text import SourceText

# Code of the user that may be given symbolic tensors, and apply ops of TensorFlow to them.
CLASSES = re.compile(r"^\s*class\s|\bLambda\(", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class OpsForms:
    """The sites that can be written with ``keras.ops``, and why others cannot, in ``notes``."""

    context: OpsContext
    forms: Mapping[RawExpression, OpsForm] = field(default_factory=dict)
    notes: Mapping[RawExpression, str] = field(default_factory=dict)


def ops_forms(
    analysis: Analysis,
    module: Module,
    text: SourceText,
    settings: PlanSettings,
    sites: Iterable[RawExpression],
    of_losses: Collection[RawExpression] = (),
) -> OpsForms:
    """The forms of ``sites``, where these are the target; a site that is planned finer has none.

    Nor has one that is part ``of_losses``, which only a layer can add.
    """
    mixed = POLICIES.search(text.text) is not None
    context = OpsContext(
        analysis=analysis,
        text=text,
        floats=FLOATS if mixed else frozenset({"float32"}),
        verified=settings.verified,
        must_prove=settings.verified and not settings.accepts_bits,
        quote=quote_of(text),
    )
    chosen = [site for site in sites if settings.target_at(text.span(site.root)) == "ops"]
    if not chosen:
        return OpsForms(context=context)
    context = replace(context, changes=changes_in_place(module))
    flavour = keras_flavour(module.imports)
    forms: dict[RawExpression, OpsForm] = {}
    notes: dict[RawExpression, str] = {}
    names = _names_of_layers(module.tree)
    for site in chosen:
        if site.refusal is not None:
            continue
        form: OpsForm | str = f"{flavour} has no keras.ops"
        if site in of_losses:
            form = "a layer adds what the model is given"
        elif text.span(site.root) in settings.finer:
            form = "with keras.ops it was not verified"
        elif text.span(site.root) in settings.names:
            form = "the name of its layer is used"
        elif has_ops(flavour):
            form = ops_form(context, site)
        if isinstance(form, OpsForm) and not form.names.isdisjoint(names):
            form = "the op would take the name of a layer"
        if isinstance(form, OpsForm):
            forms[site] = form
        else:
            notes[site] = form
    if notes or CLASSES.search(text.text):
        for site in [site for site, form in forms.items() if looks_sparse(context, site, form)]:
            del forms[site]
            notes[site] = "a layer that is given the product with a number would not build"
    return OpsForms(context=context, forms=forms, notes=notes)


def _names_of_layers(tree: ast.Module) -> frozenset[str]:
    """The names that layers of the module are given, or get from their class.

    Keras 3 names an op after its function, and refuses a name that is given twice; an automatic
    name that an op has taken is numbered for a layer.
    """
    names: set[str] = set()
    for node in walk(tree):
        if isinstance(node, ast.keyword) and node.arg == "name":
            if isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
                names.add(node.value.value)
        elif isinstance(node, ast.Attribute) and node.attr[:1].isupper():
            names.add(snake_case(node.attr))
        elif isinstance(node, ast.Name) and node.id[:1].isupper():
            names.add(snake_case(node.id))
    return frozenset(names)
