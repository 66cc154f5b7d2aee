"""Functions of the module in the place of the lambdas that ``Lambda`` layers are made of."""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from transforms.generate.module_names import UNUSUAL, Vocabulary
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.mend.function_names import function_name, names_in
from transforms.mend.mends import Mend
from transforms.plan.module_edits import (
    has_room_for_classes,
    insertion_line,
    insertion_line_in_cell,
)
from transforms.sites.hazards import LATE, NOT_LOADED
from transforms.sites.lambda_layers import (
    Capture,
    LambdaLayer,
    defaults_to_give,
    lambda_layers,
)
from transforms.syntax.naming import parameter_name
from transforms.syntax.nodes import walk
from transforms.syntax.records import Edit, InsertImport, InsertStatements, ReplaceText, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, kw_only=True)
class _Function:
    """The text of a function without its name; ``given`` are its arguments for ``Lambda``."""

    parameters: str
    body: str
    given: tuple[tuple[str, str], ...]
    imports: tuple[str, ...]

    @property
    def key(self) -> tuple[str, str]:
        """What functions that do the same have in common."""
        return self.parameters, self.body


class LambdaFunctions:
    """Makes the functions of one module, equal ones once."""

    def __init__(
        self, analysis: Analysis, module: Module, text: SourceText, vocabulary: Vocabulary
    ) -> None:
        self._module = module
        self._text = text
        self._vocabulary = vocabulary
        self._taken = names_in(module)
        self._names: dict[tuple[str, str], str] = {}
        self._layers = [
            layer for layer in lambda_layers(analysis, module, text) if not layer.obstacle
        ]

    def mends(self) -> Iterator[Mend]:
        """The mends of the hazards KC203 and KC206."""
        if not self._layers:
            return
        firsts = [layer.statement for layer in self._layers]
        if not has_room_for_classes(self._module.tree, min(firsts, key=self._text.span)):
            return
        for layer in self._layers:
            mend = self._mend(layer, self._function(layer, layer.global_late))
            codes = (NOT_LOADED, *([LATE] if layer.late else []))
            needs_proof = bool(layer.late) or not layer.is_exact
            yield replace(mend, codes=codes, needs_proof=needs_proof)

    def _mend(self, layer: LambdaLayer, function: _Function) -> Mend:
        if function.key not in self._names:
            builder = self._builder(layer)
            self._names[function.key] = function_name(layer, builder, self._taken)
            self._taken.add(self._names[function.key])
        name = self._names[function.key]
        register, needed = self._vocabulary.keras("utils.register_keras_serializable")
        quote = self._vocabulary.quote
        package = self._package(quote)
        source = (
            f"@{register}(package={package})\n"
            f"def {name}({function.parameters}):\n"
            f"{self._vocabulary.indent}return {function.body}\n"
        )
        imports = {*function.imports, *([needed] if needed else [])}
        return Mend(
            codes=(NOT_LOADED,),
            span=self._text.span(layer.call),
            message=f"the Lambda has a function that can be loaded, `{name}`",
            source=self._text.slice(self._text.span(layer.call)),
            edits=(
                *(InsertImport(statement) for statement in sorted(imports)),
                InsertStatements(self._line(layer, source), source),
                *self._call_edits(layer, name, function.given),
            ),
        )

    def _package(self, quote: str) -> str:
        return f"{quote}{UNUSUAL.sub('_', self._module.name)}{quote}"

    def _builder(self, layer: LambdaLayer) -> str | None:
        holders = [
            node
            for node in self._module.nodes
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
            and self._text.span(node).holds(self._text.span(layer.call))
        ]
        return holders[-1].name if holders else None

    def _line(self, layer: LambdaLayer, source: str) -> int:
        words = set(source.replace("(", " ").replace("@", " ").split())
        words |= {word.partition(".")[0] for word in words}
        tree, text = self._module.tree, self._text
        if text.cell_borders:
            return insertion_line_in_cell(tree, text, layer.statement, words, text.cell_borders)
        first = min((one.statement for one in self._layers), key=text.span)
        return insertion_line(tree, text, first, words)

    def _function(self, layer: LambdaLayer, bound: Sequence[str]) -> _Function:
        """The function for ``layer``; the names ``bound`` of the module become arguments."""
        function = layer.function
        own = [argument.arg for argument in (*function.args.posonlyargs, *function.args.args)]
        words = {node.id for node in walk(function) if isinstance(node, ast.Name)}
        pieces: list[tuple[ast.expr, str]] = []
        given: list[tuple[str, str]] = []
        taken = {*own, *words}
        captures = [one for one in layer.captures if not one.parameter]
        captures += [_of_module(name, function) for name in bound]
        for capture in captures:
            is_name = capture.source.isidentifier()
            others = taken - {capture.source} if is_name else taken
            parameter = parameter_name(capture.source, "value", others)
            taken.add(parameter)
            given.append((parameter, capture.source))
            pieces += [(node, parameter) for node in capture.nodes]
        needed: list[str] = []
        for name, dotted in layer.imports.items():
            written, statement = self._vocabulary.refer(dotted)
            pieces.append((name, written))
            needed += [statement] if statement else []
        defaults = defaults_to_give(function)
        given = [(name, self._text.text_of(value)) for name, value in defaults] + given
        names = own if defaults else [self._text.slice(self._parameters(function))]
        parameters = [*names, *(name for name, _ in given if name not in own)]
        return _Function(
            parameters=", ".join(" ".join(text.split()) for text in parameters),
            body=self._body(function, pieces),
            given=tuple(given),
            imports=tuple(needed),
        )

    def _parameters(self, function: ast.Lambda) -> Span:
        arguments = [*function.args.posonlyargs, *function.args.args, *function.args.defaults]
        spans = [self._text.span(argument) for argument in arguments]
        first, last = min(spans), max(spans)
        return Span(first.line, first.column, last.end_line, last.end_column)

    def _body(self, function: ast.Lambda, pieces: Sequence[tuple[ast.expr, str]]) -> str:
        span = self._text.span(function.body)
        parts: list[str] = []
        line, column = span.line, span.column
        for node, written in sorted(pieces, key=lambda piece: self._text.span(piece[0])):
            place = self._text.span(node)
            parts += [self._text.slice(Span(line, column, place.line, place.column)), written]
            line, column = place.end_line, place.end_column
        parts.append(self._text.slice(Span(line, column, span.end_line, span.end_column)))
        text = "".join(parts)
        if "\n" not in text:
            return text
        first, _, rest = text.partition("\n")
        indent = self._vocabulary.indent
        if _has_string_of_lines(function.body):
            return text if _stands_alone(text) else f"(\n{indent * 2}{text}\n{indent})"
        if _stands_alone(text):
            return f"{first}\n{textwrap.indent(textwrap.dedent(rest), indent)}"
        lines = textwrap.indent(textwrap.dedent(rest), indent * 2)
        return f"(\n{indent * 2}{first}\n{lines}\n{indent})"

    def _call_edits(
        self, layer: LambdaLayer, name: str, given: Sequence[tuple[str, str]]
    ) -> Iterator[Edit]:
        yield ReplaceText(self._text.span(layer.function), name)
        if not given:
            return
        quote = self._vocabulary.quote
        items = ", ".join(f"{quote}{key}{quote}: {value}" for key, value in given)
        there = [item.value for item in layer.call.keywords if item.arg == "arguments"]
        if there and isinstance(there[0], ast.Dict):
            span = self._text.span(there[0])
            inner = self._text.slice(span)[1:-1].strip().rstrip(",")
            if "\n" in self._text.slice(span):
                whole = f"{{{items}, {self._text.slice(span)[1:]}"
            else:
                whole = f"{{{inner}, {items}}}" if inner else f"{{{items}}}"
            yield ReplaceText(span, whole)
            return
        last = max(
            (
                self._text.span(part)
                for part in (*layer.call.args, *(item.value for item in layer.call.keywords))
            ),
            key=lambda span: (span.end_line, span.end_column),
        )
        end = self._text.span(layer.call)
        rest = self._text.slice(
            Span(last.end_line, last.end_column, end.end_line, end.end_column - 1)
        )
        inside = rest[: _after_brackets(rest)]
        line = last.end_line + inside.count("\n")
        column = len(inside.rpartition("\n")[2]) + (0 if "\n" in inside else last.end_column)
        yield ReplaceText(Span(line, column, line, column), f", arguments={{{items}}}")


def _after_brackets(text: str) -> int:
    """Where the last closing bracket of ``text`` ends, which has brackets and comments alone."""
    code = re.sub(r"#[^\n]*", lambda comment: " " * len(comment.group()), text)
    return code.rfind(")") + 1


def _has_string_of_lines(node: ast.expr) -> bool:
    """Whether a text in it may go over several lines, whose indentation belongs to it."""
    return any(
        isinstance(part, (ast.Constant, ast.JoinedStr)) and part.lineno != part.end_lineno
        for part in walk(node)
    )


def _stands_alone(text: str) -> bool:
    """Whether brackets of its own hold the lines of an expression together."""
    try:
        ast.parse(f"value = {text}")
    except SyntaxError:
        return False
    return True


def _of_module(name: str, function: ast.Lambda) -> Capture:
    nodes = [
        node
        for node in walk(function.body)
        if isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load)
    ]
    return Capture(source=name, nodes=tuple(nodes), late=True, plain=False)
