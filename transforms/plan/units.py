"""One layer for one unit: a run, a raw expression or a single op."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from transforms.generate.body_builder import LayerBody
from transforms.generate.lambda_source import lambda_arguments
from transforms.generate.layer_body import body_of
from transforms.generate.layer_source import class_source
from transforms.generate.module_names import Vocabulary, spelling_of
from transforms.interpret.scopes import Fact, Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge import keras_names
from transforms.plan.layer_names import Repetition, repetition
from transforms.plan.module_edits import PLACEHOLDER, UnitResult, finish
from transforms.sites.runs import Run
from transforms.sites.sites import RawExpression, is_operator
from transforms.syntax.call_format import layer_call
from transforms.syntax.naming import camel_case, layer_name_for, snake_case
from transforms.syntax.places import CallPlaces
from transforms.syntax.records import (
    Edit,
    Refusal,
    ReplaceExpression,
    ReplaceStatements,
    Span,
    Target,
)
from transforms.syntax.source_text import SourceText

POLICIES = re.compile(r"mixed_precision|set_global_policy|set_policy|set_floatx|float16")
FLOATS = frozenset({"policy", "floatx"})
Unit = RawExpression | Run


@dataclass
class Rewriter:
    """Rewrites the units of one module; nested units are rewritten inside their outer ones."""

    analysis: Analysis
    module: Module
    text: SourceText
    vocabulary: Vocabulary
    call_places: CallPlaces
    target: Target
    units: Mapping[ast.AST, RawExpression]
    _results: dict[Unit, UnitResult] = field(default_factory=dict)
    _classes: dict[str, str] = field(default_factory=dict)
    _layer_names: set[str] = field(default_factory=set)
    _class_names: set[str] = field(default_factory=set)
    _nested: set[ast.AST] = field(default_factory=set)
    _automatic: set[str] = field(default_factory=set)

    def reserve_automatic_names(self, units: Iterable[Unit]) -> None:
        """Keep literal names apart from those that Keras counts up for layers made many times."""
        for unit in units:
            if self._repetition(unit).unbounded:
                base = self._base_name if self.target == "lambda" else self._class_base
                self._automatic.add(base(unit))

    def result(self, unit: Unit) -> UnitResult:
        """The result for ``unit``, made once."""
        if unit not in self._results:
            self._results[unit] = self._make(unit)
        return self._results[unit]

    def finished(self, results: dict[RawExpression, UnitResult]) -> dict[RawExpression, UnitResult]:
        """The results with the edits at module level added to the first of them."""
        return finish(results, self._nested, self._classes, self.module.tree, self.text)

    def _make(self, unit: Unit) -> UnitResult:
        nested = set(self._nested)
        in_class = self.target != "lambda" or not self._fits_lambda(unit)
        body = body_of(
            self.analysis, self.text, self.vocabulary.names, unit, self._outside, in_class
        )
        if isinstance(body, LayerBody) and not in_class and _needs_class(body):
            in_class = True
            body = body_of(
                self.analysis, self.text, self.vocabulary.names, unit, self._outside, True
            )
        if isinstance(body, Refusal):
            # What stands inside it is then rewritten where it stands.
            self._nested = nested
            return UnitResult(body)
        return self._layer(unit, body) if in_class else self._lambda(unit, body)

    def _outside(self, node: ast.expr) -> str:
        """The source of an operand with the units inside it rewritten."""
        replacements: dict[ast.AST, str] = {}
        pending: list[ast.AST] = [node]
        while pending:
            current = pending.pop()
            unit = self.units.get(current)
            if unit is not None and self.result(unit).refusal is None:
                replacements[current] = self.result(unit).source
                self._nested.add(current)
                continue
            pending.extend(ast.iter_child_nodes(current))
        return self.text.replaced(node, replacements)

    def _fits_lambda(self, unit: Unit) -> bool:
        """Whether a ``Lambda`` can neither cast an operand nor lose a dtype in Keras 3."""
        allowed = FLOATS
        if any(POLICIES.search(line) for line in self.text.lines):
            allowed = frozenset({"policy"})
        expressions = unit.expressions if isinstance(unit, Run) else (unit,)
        for expression in expressions:
            if expression.operands.functions:
                return False
            for node in (expression.root, *expression.operands.symbolic):
                fact = self.analysis.facts.get(node, Fact())
                if not fact.dtypes <= allowed:
                    return False
                if fact.kinds & Kind.HOLDS_SYMBOLIC and node is not expression.root:
                    return False
        return True

    def _lambda(self, unit: Unit, body: LayerBody) -> UnitResult:
        layer, needed = self.vocabulary.keras("layers.Lambda")
        base = self._base_name(unit)
        quote = self.vocabulary.quote
        repeated = self._repetition(unit)
        imports = [needed] if needed else []
        layer_name: str | None = None
        if repeated.unbounded or base in self._automatic:
            counter, import_ = self.vocabulary.keras("backend.get_uid")
            imports += [import_] if import_ else []
            inner = "'" if quote == '"' else '"'
            # Keras counts with an underscore: the dot keeps these names apart from its own.
            name = f"f{quote}{base}.{{{counter}({inner}{base}{inner})}}{quote}"
        else:
            layer_name = self._unique_layer_name(base)
            name = _name_expression(layer_name, repeated, quote)
        source = self._call(unit, layer, lambda_arguments(body, name, quote), body)
        edits = (self._edit(unit, source),)
        return UnitResult(
            None, edits, source, "lambda", layer_name, None, (*imports, *body.imports)
        )

    def _layer(self, unit: Unit, body: LayerBody) -> UnitResult:
        spelling, needed = spelling_of(self.vocabulary, self.module.name, body)
        text = class_source(PLACEHOLDER, body, self._ops(unit), spelling)
        base = self._base_name(unit)
        class_name = self._class_name(unit, text)
        repeated = self._repetition(unit)
        quote = self.vocabulary.quote
        arguments = [f"{item.name}={item.source}" for item in body.captured]
        layer_name = snake_case(class_name)
        if not repeated.unbounded and base not in self._automatic:
            layer_name = self._unique_layer_name(base)
            arguments.append(f"name={_name_expression(layer_name, repeated, quote)}")
        source = self._call(unit, class_name, arguments, body)
        edits = (self._edit(unit, source),)
        return UnitResult(
            None, edits, source, "layer", layer_name, class_name, (*needed, *body.imports)
        )

    def _call(self, unit: Unit, callee: str, arguments: list[str], body: LayerBody) -> str:
        """The call of a layer, laid out for the place where it will stand."""
        span = self._span(unit)
        line = self.text.lines[span.line - 1]
        indent = line[: len(line) - len(line.lstrip())]
        whole = isinstance(unit, Run)
        if whole:
            # A new statement is indented as one; its later lines keep only what is their own.
            arguments = [argument.replace(f"\n{indent}", "\n") for argument in arguments]
        return layer_call(
            callee,
            arguments,
            body.arguments,
            span.column + (len(", ".join(unit.outputs)) + 3 if isinstance(unit, Run) else 0),
            self._code_after(span),
            "" if whole else indent,
            self.vocabulary.indent,
        )

    def _class_base(self, unit: Unit) -> str:
        """What the class is named after, as its automatic layer name."""
        ops = self._ops(unit)
        functions = [key for key in ops if not is_operator(key)] or list(ops)
        variable = _variable(unit) if len(functions) > 1 else None
        return _own_name(layer_name_for(variable, functions))

    def _class_name(self, unit: Unit, text: str) -> str:
        """The name of the class ``text``; equal classes are made once."""
        if text not in self._classes:
            base = camel_case(self._class_base(unit))
            name, number = base, 1
            while name in self.vocabulary.identifiers | self._class_names:
                number += 1
                name = f"{base}{number}"
            self._classes[text] = name
            self._class_names.add(name)
        return self._classes[text]

    def _code_after(self, span: Span) -> int:
        """The characters of code that follow on the last line of ``span``."""
        rest = self.text.lines[span.end_line - 1][span.end_column :]
        return 0 if rest.lstrip().startswith("#") else len(rest)

    def _edit(self, unit: Unit, source: str) -> Edit:
        if isinstance(unit, RawExpression):
            if isinstance(unit.root, ast.AugAssign):
                statement = f"{self.text.text_of(unit.root.target)} = {source}"
                return ReplaceStatements(self._span(unit), self._span(unit), statement)
            return ReplaceExpression(self._span(unit), source)
        statements = [statement.node for statement in unit.statements]
        outputs = ", ".join(unit.outputs)
        statement = f"return {source}" if unit.returns else f"{outputs} = {source}"
        return ReplaceStatements(
            self.text.span(statements[0]), self.text.span(statements[-1]), statement
        )

    def _span(self, unit: Unit) -> Span:
        """The source that is replaced, or the first statement of it."""
        if isinstance(unit, Run):
            return self.text.span(unit.statements[0].node)
        return self.text.span(unit.root if unit.unpacks is None else unit.unpacks)

    def _repetition(self, unit: Unit) -> Repetition:
        first = unit if isinstance(unit, RawExpression) else unit.expressions[0]
        return repetition(self.analysis, self.call_places, first.place, first.loops)

    def _ops(self, unit: Unit) -> tuple[str, ...]:
        if isinstance(unit, Run):
            return tuple(key for expression in unit.expressions for key in expression.keys)
        if unit.unpacks is None:
            return unit.keys
        inner = unit.operands.ops[1:]
        return (*(key for op in inner for key in self.analysis.ops[op].keys), "tf.unstack")

    def _base_name(self, unit: Unit) -> str:
        ops = self._ops(unit)
        functions = [key for key in ops if not is_operator(key)] or list(ops)
        return _own_name(layer_name_for(_variable(unit), functions))

    def _unique_layer_name(self, base: str) -> str:
        """A name like ``relu2``: Keras counts with an underscore, and loops do too."""
        taken = {name.lower() for name in self._layer_names | self.vocabulary.layer_names}
        name, number = base, 1
        while name.lower() in taken:
            number += 1
            name = f"{base}{number}"
        self._layer_names.add(name)
        return name


def _own_name(name: str) -> str:
    """``name``, or ``name_op`` where Keras gives that name to layers and operators itself."""
    return f"{name}_op" if name.lower() in keras_names.AUTOMATIC_NAMES else name


def _needs_class(body: LayerBody) -> bool:
    """Bound values that a ``Lambda`` could not save."""
    return any(item.form != "plain" for item in body.captured) or bool(body.lines)


def _name_expression(name: str, repeated: Repetition, quote: str) -> str:
    if repeated.once:
        return f"{quote}{name}{quote}"
    suffix = "_".join(f"{{{variable}}}" for variable in repeated.variables)
    return f"f{quote}{name}_{suffix}{quote}"


def _variable(unit: Unit) -> str | None:
    """The name that the unit's value is assigned to."""
    if isinstance(unit, Run):
        return unit.outputs[-1] if unit.outputs else None
    statement = unit.statement
    if isinstance(statement, ast.Assign) and statement.value is unit.root:
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id
        if isinstance(target, ast.Attribute):
            return target.attr
    return None
