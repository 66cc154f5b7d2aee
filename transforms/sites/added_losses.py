"""Losses and metrics of symbolic tensors that a model is given: ``model.add_loss(expression)``.

Keras 3 takes none, so a layer before the model computes them, adds them and passes one of the
model's outputs on. That is done where nothing else sees the difference: the model is made in the
same suite, and what the losses are made of is there before it and read by nothing else.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transforms.sites.runs import Run
from transforms.syntax.accesses import is_access
from transforms.syntax.nodes import lines_of
from transforms.syntax.records import Edit, ReplaceStatements, ReplaceText, Span
from transforms.syntax.source_text import SourceText


@dataclass(frozen=True, eq=False, kw_only=True)
class Addition:
    """A statement that gives a model a loss or a metric.

    ``model`` is the source of the model; ``metric`` is the name of the metric, None of a loss.
    """

    node: ast.stmt
    model: str
    value: ast.expr
    metric: str | None = None


@dataclass(frozen=True, eq=False, kw_only=True)
class AddedLosses(Run):
    """The statements that compute losses and metrics, and those that give them to the model.

    ``model`` is the statement that makes the model, ``name`` what the layer is called. The layer
    passes the output ``outputs[0]`` on; with ``nested`` its call stands in the model's. With
    ``moved`` the model is made behind what stands between it and the first addition.
    """

    model: ast.Assign
    name: str
    additions: tuple[Addition, ...]
    nested: bool
    moved: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        """The names of the metrics that the model is given."""
        return tuple(one.metric for one in self.additions if one.metric is not None)

    @property
    def assigned_name(self) -> str | None:
        """What the layer is called."""
        return self.name

    def span(self, text: SourceText) -> Span:
        """The statement before which the layer will stand."""
        return text.span(self.model)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts the layer before the model and takes the statements away."""
        own = [statement.node for statement in self.statements]
        nodes = sorted([self.model, *own], key=lambda node: node.lineno)
        removed = {line for node in own for line in lines_of(node)}
        leading = [] if nodes[0] is own[0] else _comments_above(text, own[0])
        before = range(nodes[0].lineno, self.model.lineno)
        after = range(lines_of(self.model).stop, lines_of(nodes[-1]).stop)
        indent = text.indent_of(self.model.lineno)
        call = call.replace("\n", f"\n{indent}")
        if self.moved:
            before = after = range(0)
            leading = []
            nodes = [self.additions[0].node]
        if self.nested:
            output = first_output(self.model)
            assert output is not None
            made = (indent + text.replaced(self.model, {output: call})).split("\n")
        else:
            made = f"{indent}{self.outputs[0]} = {call}".split("\n")
            made += [text.lines[line - 1] for line in lines_of(self.model)]
        parts = [*_kept(text, before, removed), *leading, *made, *_kept(text, after, removed)]
        source = "\n".join(line.removeprefix(indent) for line in parts).strip("\n") + "\n"
        return ReplaceStatements(
            first=text.span(nodes[0]), last=text.span(nodes[-1]), source=source
        )

    def removals(self, text: SourceText) -> tuple[Edit, ...]:
        """The edits that take away what ``edit`` does not replace, where the model is moved."""
        if not self.moved:
            return ()
        own = [statement.node for statement in self.statements]
        gone = [self.model, *(node for node in own if node is not self.additions[0].node)]
        edits: list[Edit] = []
        for node in gone:
            span = text.span(node)
            edits.append(ReplaceStatements(first=span, last=span, source=""))
        # What stands above the first one stays above the layer.
        for node in own[1:]:
            comments = _comments_above(text, node)
            first = node.lineno - len(comments)
            if comments:
                edits.append(ReplaceText(Span(first, 0, node.lineno, 0), ""))
        return tuple(edits)


def _comments_above(text: SourceText, node: ast.stmt) -> list[str]:
    """The comments that stand directly above ``node``."""
    first = node.lineno
    while text.lines[first - 2].strip().startswith("#"):
        first -= 1
    return [text.lines[line - 1] for line in range(first, node.lineno)]


def _kept(text: SourceText, numbers: range, removed: set[int]) -> list[str]:
    """The lines that stay: what stands above a removed one has gone into the layer with it."""
    kept: list[str] = []
    for number in numbers:
        if number not in removed:
            kept.append(text.lines[number - 1])
            continue
        while kept and (kept[-1].strip().startswith("#") or not kept[-1].strip()):
            kept.pop()
    return kept


def first_output(statement: ast.Assign) -> ast.expr | None:
    """The first output of the model that ``statement`` makes, a name or attributes of one."""
    call = statement.value
    assert isinstance(call, ast.Call)
    named = [keyword.value for keyword in call.keywords if keyword.arg == "outputs"]
    given = named or list(call.args[1:2])
    if not given:
        return None
    output = given[0]
    if isinstance(output, (ast.List, ast.Tuple)) and output.elts:
        output = output.elts[0]
    return output if is_access(output) else None
