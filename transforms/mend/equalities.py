"""``tf.equal`` in the place of ``==`` on symbolic tensors."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from transforms.generate.module_names import Vocabulary
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.mend.mends import Mend
from transforms.sites.equalities import equality_needs_proof, equality_obstacle
from transforms.sites.facts import op_fact_of, surely_symbolic
from transforms.sites.hazards import EQUALITY
from transforms.syntax.records import InsertImport, ReplaceText, Span
from transforms.syntax.source_text import SourceText


def mended_equalities(
    analysis: Analysis, module: Module, text: SourceText, vocabulary: Vocabulary
) -> Iterator[Mend]:
    """The mends of the hazards KC204 of ``module``."""
    symbolic = surely_symbolic(analysis)
    for node in module.nodes:
        if not isinstance(node, ast.Compare) or equality_obstacle(analysis, node, symbolic):
            continue
        if "operator.eq" not in op_fact_of(analysis, node).keys:
            continue
        span, left = text.span(node), text.span(node.left)
        right = text.span(node.comparators[0])
        between = Span(left.end_line, left.end_column, right.line, right.column)
        operator = text.slice(between)
        if operator.count("==") != 1:
            continue  # A comment between the sides has one too.
        function, needed = vocabulary.refer("tensorflow.equal")
        start = Span(span.line, span.column, span.line, span.column)
        end = Span(span.end_line, span.end_column, span.end_line, span.end_column)
        yield Mend(
            codes=(EQUALITY,),
            span=span,
            message="== on a KerasTensor compares identity in Keras 3: written as a function",
            source=text.slice(span),
            edits=(
                ReplaceText(start, f"{function}("),
                ReplaceText(between, re.sub(r"\s*==", ",", operator)),
                ReplaceText(end, ")"),
                *([InsertImport(needed)] if needed else []),
            ),
            needs_proof=equality_needs_proof(node),
        )
