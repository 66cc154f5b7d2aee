"""One new layer for one unit: its class or ``Lambda``, its name, and the call in place."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from transforms.generate.body_builder import LayerBody
from transforms.generate.effects import out_of_order
from transforms.generate.idioms import operand_names
from transforms.generate.lambda_source import lambda_arguments
from transforms.generate.layer_body import body_of
from transforms.generate.layer_description import description
from transforms.generate.layer_naming import helper_of
from transforms.generate.layer_source import (
    LayerClass,
    layer_class,
)
from transforms.generate.module_names import Vocabulary, spelling_of
from transforms.generate.op_arguments import (
    OpArgument,
    epsilon_of,
    items_of,
    op_arguments,
    shown_arguments,
)
from transforms.generate.ops_choice import OpsForm
from transforms.generate.ops_operands import OpsContext
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.plan.call_layout import call_in_place
from transforms.plan.cell_names import names_bound_below
from transforms.plan.choices import Choices
from transforms.plan.lambda_choice import fits_lambda, needs_class, sets_policy
from transforms.plan.layer_names import Repetition
from transforms.plan.new_layer import NewLayer, deletion
from transforms.plan.new_names import Naming
from transforms.plan.ops_calls import ops_call
from transforms.plan.said_names import SaidNames
from transforms.plan.stock_calls import QUOTED
from transforms.plan.stock_choice import StockChoice
from transforms.sites.added_losses import AddedLosses
from transforms.sites.dead import DeadStatement
from transforms.sites.facts import fact_of
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.units import Unit
from transforms.syntax.accesses import is_literal
from transforms.syntax.limits import MOST_BY_POSITION
from transforms.syntax.liveness import bound_inside
from transforms.syntax.naming import snake_case
from transforms.syntax.nodes import children
from transforms.syntax.places import COMPREHENSIONS
from transforms.syntax.records import Refusal, Target
from transforms.syntax.scope_bindings import hidden_names
from transforms.syntax.source_text import SourceText


@dataclass(kw_only=True)
class Rewriter:
    """Makes the layers of one module; units inside operands are rewritten there.

    ``choices`` says which units become something else than ``target``, and how they are named,
    ``naming`` gives the names.
    ``pieces`` are the units that are expressions, by root, and ``given`` arguments of ops that
    layers are given, with their names. ``forms`` are the units that become calls of ``keras.ops``,
    written in ``context``, ``compared`` those whose layers are compared with the ops, and
    ``guessed`` those of them that ``stock`` may choose, until verification says no. After all
    layers are made, ``nested`` are the roots of units that the calls of other layers hold.
    """

    analysis: Analysis
    module: Module
    text: SourceText
    vocabulary: Vocabulary
    target: Target
    choices: Choices
    naming: Naming
    pieces: Mapping[ast.AST, RawExpression]
    context: OpsContext
    stock: StockChoice
    forms: Mapping[RawExpression, OpsForm] = field(default_factory=dict)
    compared: Collection[RawExpression] = ()
    guessed: Collection[Unit] = ()
    given: Mapping[ast.expr, str] = field(default_factory=dict)
    nested: set[ast.AST] = field(default_factory=set)
    _results: dict[Unit, NewLayer | Refusal] = field(default_factory=dict)
    _hidden: dict[tuple[ast.AST, ...], frozenset[str]] = field(default_factory=dict)

    @property
    def said(self) -> SaidNames:
        """What the source says of the names of units."""
        return self.naming.said

    def reserve_automatic_names(self, units: Iterable[Unit]) -> None:
        """Keep literal names apart from those that Keras counts up for layers made many times."""
        made = []
        for unit in units:
            if isinstance(unit, DeadStatement) or self._form(unit) is not None:
                continue
            if self._target(unit) != "lambda":
                made.append(unit)
            elif not self._can_name_literally(unit):
                self.naming.count(self.said.layer_base(unit))
            if self._target(unit) == "lambda" and self._may_need_class(unit):
                self.naming.count(self.said.class_base(unit))
        self.naming.choose_named(made)

    def result(self, unit: Unit) -> NewLayer | Refusal:
        """The layer for ``unit``, or why there is none; made once."""
        if unit not in self._results:
            self._results[unit] = self._make(unit)
        return self._results[unit]

    def _make(self, unit: Unit) -> NewLayer | Refusal:
        if isinstance(unit, DeadStatement):
            return deletion(unit, self.text)
        form = self._form(unit)
        if form is not None:
            return ops_call(
                self.context, self._vocabulary_at(unit), unit.expressions[0], form, self._outside
            )
        stock = self._stock(unit)
        if stock is not None:
            return stock
        nested = set(self.nested)
        in_class = self._target(unit) != "lambda" or not self._fits_lambda(unit)
        body = self._body(unit, in_class)
        if isinstance(body, LayerBody) and not in_class and needs_class(body):
            in_class = True
            body = self._body(unit, in_class)
        if isinstance(body, Refusal):
            # What stands inside it is then rewritten where it stands.
            self.nested = nested
            return body
        return self._layer(unit, body) if in_class else self._lambda(unit, body)

    def _body(self, unit: Unit, in_class: bool) -> LayerBody | Refusal:
        # A class stands at module level, a Lambda where the raw expression stood.
        vocabulary = self._vocabulary_before(unit) if in_class else self._vocabulary_at(unit)
        names = vocabulary.names.without(self._hidden_at(unit))
        given: dict[ast.expr, str] = {
            node: self.given[node]
            for argument in self.op_arguments(unit)
            for node in (argument.node, *items_of(argument.node))
            if in_class and node in self.given
        }
        if len(unit.layer_ops) > 1:
            # What callers choose comes before what stands there.
            given = dict(sorted(given.items(), key=lambda item: is_literal(item[0])))
        idiom = self.said.idiom(unit)
        called = None if idiom is None else operand_names(self.analysis, unit, idiom)
        own = self.naming.own_name(unit) if in_class else None
        dropped = None if own is None else own.keyword
        return body_of(
            self.analysis,
            self.text,
            names,
            unit,
            self._outside,
            in_class,
            given,
            dropped=dropped,
            called=called,
            is_guessed=in_class and self._is_guessed(unit),
        )

    def op_arguments(self, unit: Unit) -> tuple[OpArgument, ...]:
        """The arguments of ops that the class of ``unit`` could be given."""
        return op_arguments(self.analysis, unit)

    def shown_arguments(self, unit: Unit) -> tuple[OpArgument, ...]:
        """The literals that the class of ``unit`` is given, so that its calls show them."""
        return () if self.said.idiom(unit) else shown_arguments(self.analysis, unit)

    def epsilon(self, unit: Unit) -> ast.expr | None:
        """The small number that a layer with a name of its own is given."""
        has_name = self.said.idiom(unit) is not None or helper_of(unit) is not None
        return epsilon_of(self.analysis, unit) if has_name else None

    def skeleton(self, unit: Unit) -> tuple[LayerClass, str] | None:
        """The class of ``unit`` without these arguments, and what it is named after."""
        blank = frozenset(argument.node for argument in self.op_arguments(unit))
        if not blank or self._is_stock(unit):
            return None
        vocabulary = self._vocabulary_before(unit)
        names = vocabulary.names.without(self._hidden_at(unit))
        body = body_of(
            self.analysis,
            self.text,
            names,
            unit,
            self._outside,
            in_class=True,
            blank=blank,
            is_guessed=self._is_guessed(unit),
        )
        if isinstance(body, Refusal):
            return None
        spelling, _ = spelling_of(vocabulary, self.module.name, body)
        return layer_class(body, "", spelling), self.said.class_base(unit)

    def _hidden_at(self, unit: Unit) -> frozenset[str]:
        """The names that are not those of the module where ``unit`` stands."""
        first = unit.expressions[0]
        inner = [one for one in first.loops if isinstance(one, (ast.Lambda, *COMPREHENSIONS))]
        scopes = (*first.place.definitions, *inner)
        if scopes not in self._hidden:
            self._hidden[scopes] = hidden_names(scopes, self.module.tree)
        return self._hidden[scopes]

    def _is_guessed(self, unit: Unit) -> bool:
        return all(one in self.guessed for one in unit.expressions)

    def _is_stock(self, unit: Unit) -> bool:
        """Whether ``unit``, whose layer is made, became a layer of Keras."""
        made = self._results.get(unit)
        found = self.stock.call_for(unit) if unit in self.guessed else None
        return isinstance(made, NewLayer) and found is not None and made.class_name == found.name

    def _vocabulary_at(self, unit: Unit) -> Vocabulary:
        first = unit.expressions[0]
        inside = bound_inside((*first.place.definitions, *first.loops))
        return self._vocabulary_before(unit).inside(inside)

    def _vocabulary_before(self, unit: Unit) -> Vocabulary:
        """What is there in the cell of ``unit``, of a script that has cells."""
        line = self.text.span(unit.expressions[0].statement).line
        borders = self.text.cell_borders
        return self.vocabulary.before(names_bound_below(self.module.tree, line, borders))

    def _outside(self, node: ast.expr) -> str:
        """The source of an operand with the units inside it rewritten."""
        replacements: dict[ast.AST, str] = {}
        pending: list[ast.AST] = [node]
        while pending:
            current = pending.pop()
            unit = self.pieces.get(current)
            layer = None if unit is None else self.result(unit)
            if isinstance(layer, NewLayer):
                replacements[current] = layer.call
                self.nested.add(current)
                continue
            pending.extend(children(current))
        return self.text.replaced(node, replacements)

    def _fits_lambda(self, unit: Unit) -> bool:
        return fits_lambda(self.analysis, unit, unit in self.compared, self._has_policy)

    def _may_need_class(self, unit: Unit) -> bool:
        """Whether a class, which Keras names, may be made where a Lambda is asked for."""
        if not isinstance(unit, RawExpression) or not self._fits_lambda(unit):
            return True
        operands = unit.operands
        kinds = [fact_of(self.analysis, node).kinds for node in operands.captured]
        return bool(operands.functions) or any(one & ~(Kind.PLAIN | Kind.NONE) for one in kinds)

    def _can_name_literally(self, unit: Unit) -> bool:
        """Whether a literal can name the layer, whoever calls the function that it is made in."""
        repeated = self.said.repetition(unit)
        if self.choices.layer_name_at(self.said.first_span(unit)):
            return not repeated.unbounded
        return self.said.style.can_name(unit.expressions[0].place, repeated)

    @cached_property
    def _has_policy(self) -> bool:
        return sets_policy(self.analysis, self.text)

    def _form(self, unit: Unit) -> OpsForm | None:
        """How ``unit`` is written with ``keras.ops``, if it is."""
        return self.forms.get(unit) if isinstance(unit, RawExpression) else None

    def _is_out_of_order(self, unit: Unit) -> bool:
        """Whether a layer would be given values before what they depend on is evaluated."""
        effects = self.vocabulary.names.effects
        return any(
            out_of_order(effects, one.operands.captured, one.operands.symbolic) is not None
            for one in unit.expressions
        )

    def _lambda(self, unit: Unit, body: LayerBody) -> NewLayer:
        vocabulary = self._vocabulary_at(unit)
        layer, layer_import = vocabulary.keras("layers.Lambda")
        base = self.said.layer_base(unit)
        quote = self.vocabulary.quote
        repeated = self.said.repetition(unit)
        imports = [layer_import]
        layer_name = self.naming.kept_name(unit)
        if layer_name is not None:
            name = f"{quote}{layer_name}{quote}"
        elif self.naming.is_counted(base) or not self._can_name_literally(unit):
            counter, counter_import = vocabulary.keras("backend.get_uid")
            imports.append(counter_import)
            inner = "'" if quote == '"' else '"'
            # Keras counts with an underscore: the dot keeps these names apart from its own.
            name = f"f{quote}{base}.{{{counter}({inner}{base}{inner})}}{quote}"
        else:
            layer_name = self.naming.unique_layer_name(base)
            name = _name_expression(layer_name, repeated, quote)
        arguments = lambda_arguments(body, name, quote)
        call = self._call(unit, layer, arguments, body.arguments, body.in_list)
        return NewLayer(
            edit=unit.edit(self.text, call),
            call=call,
            target="lambda",
            at=self.said.first_span(unit),
            is_named=layer_name is not None,
            layer_name=layer_name,
            class_name=None,
            imports=(*(statement for statement in imports if statement), *body.imports),
        )

    def _stock(self, unit: Unit) -> NewLayer | None:
        """A layer of Keras itself, where it computes the same and takes no name of another one."""
        if unit not in self.guessed or self._target(unit) != "layer":
            return None
        found = self.stock.call_for(unit)
        if found is None or self._is_out_of_order(unit):
            return None
        name = snake_case(found.name)
        vocabulary = self._vocabulary_at(unit)
        repeated = self.said.repetition(unit)
        kept_name = self.naming.kept_name(unit)
        arguments = [
            argument.replace('"', vocabulary.quote) if QUOTED.fullmatch(argument) else argument
            for argument in found.arguments
        ]
        if kept_name is not None:
            name = kept_name
            arguments.append(f"name={vocabulary.quote}{name}{vocabulary.quote}")
        elif self._is_taken(found.name) or self.choices.layer_name_at(self.said.first_span(unit)):
            if not self._can_name_literally(unit):
                return None
            name = self.naming.unique_layer_name(self.said.layer_base(unit))
            arguments.append(f"name={_name_expression(name, repeated, vocabulary.quote)}")
        callee, needed = vocabulary.keras_layer(found.name)
        given = found.given
        in_list = isinstance(given, (ast.List, ast.Tuple))
        operands = given.elts if isinstance(given, (ast.List, ast.Tuple)) else [given]
        sources = [self._outside(operand) for operand in operands]
        call = self._call(unit, callee, arguments, sources, in_list)
        return NewLayer(
            edit=unit.edit(self.text, call),
            call=call,
            target="layer",
            at=self.said.first_span(unit),
            is_named=any(argument.startswith("name=") for argument in arguments),
            layer_name=name,
            class_name=found.name,
            imports=() if needed is None else (needed,),
        )

    def _is_taken(self, layer: str) -> bool:
        """Whether layers of the user may have the name, so that a new one would number theirs."""
        name = snake_case(layer)
        known = self.naming.taken | self.stock.functional_layers | self.stock.words
        return name in known or self.stock.is_made_without_name(layer)

    def _layer(self, unit: Unit, body: LayerBody) -> NewLayer:
        spelling, imports = spelling_of(self._vocabulary_before(unit), self.module.name, body)
        told = description(unit, body, self.said.idiom(unit), self.vocabulary.line_length)
        made = layer_class(body, told, spelling)
        class_name = self.naming.class_name(unit, made)
        base = self.said.layer_base(unit)
        repeated = self.said.repetition(unit)
        arguments = self._constructor_arguments(body, made)
        kept_name = self.naming.kept_name(unit)
        layer_name = kept_name or snake_case(class_name)
        own = self.naming.own_name(unit)
        if own is not None:
            layer_name = own.literal or layer_name
            arguments.append(f"name={self._outside(own.keyword.value)}{own.otherwise}")
        elif kept_name is not None:
            arguments.append(f"name={self.vocabulary.quote}{kept_name}{self.vocabulary.quote}")
        elif self.naming.is_named(unit):
            layer_name = self.naming.unique_layer_name(base)
            name = _name_expression(layer_name, repeated, self.vocabulary.quote)
            arguments.append(f"name={name}")
        call = self._call(unit, class_name, arguments, body.arguments, body.in_list)
        return NewLayer(
            edit=unit.edit(self.text, call),
            also=unit.removals(self.text) if isinstance(unit, AddedLosses) else (),
            call=call,
            target="layer",
            at=self.said.first_span(unit),
            is_named=any(argument.startswith("name=") for argument in arguments),
            layer_name=layer_name,
            class_name=class_name,
            imports=(*imports, *body.imports),
        )

    def _constructor_arguments(self, body: LayerBody, made: LayerClass) -> list[str]:
        """What the class is given: by position as far as a name would say the same twice."""
        given = {captured.name: captured.given for captured in body.captured}
        arguments = [f"{name}={source}" for name, source in given.items()]
        order = [captured.name for captured in self.naming.class_like(made).captured]
        twice = next((at for at, name in enumerate(order) if given.get(name) != name), len(order))
        if not 0 < twice <= MOST_BY_POSITION or {*order} != {*given}:
            return arguments
        return [*order[:twice], *(f"{name}={given[name]}" for name in order[twice:])]

    def _call(
        self, unit: Unit, callee: str, arguments: list[str], operands: Sequence[str], in_list: bool
    ) -> str:
        return call_in_place(
            self.text,
            unit,
            callee,
            arguments,
            operands,
            in_list=in_list,
            step=self.vocabulary.indent,
            line_length=self.vocabulary.line_length,
        )

    def _target(self, unit: Unit) -> Target:
        return self.choices.target_at(self.said.first_span(unit)) or self.target


def _name_expression(name: str, repeated: Repetition, quote: str) -> str:
    """The literal ``name``; in a loop, an f-string that its counters make unique."""
    if repeated.once:
        return f"{quote}{name}{quote}"
    suffix = "_".join(f"{{{variable}}}" for variable in repeated.variables)
    return f"f{quote}{name}_{suffix}{quote}"
