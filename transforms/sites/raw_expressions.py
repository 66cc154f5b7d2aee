"""Raw expressions: the maximal trees of raw ops, each of which a layer can take the place of.

There are three kinds: a value (``tf.exp(x) + 1``), an augmented assignment (``x *= 2``) and the
unpacking of a tensor (``a, b = tensor``).
"""

from __future__ import annotations

import ast
from dataclasses import dataclass

from transforms.sites.operands import Operands
from transforms.syntax.places import Place
from transforms.syntax.records import Edit, Refusal, ReplaceExpression, ReplaceStatements, Span
from transforms.syntax.source_text import SourceText

UNPACKING = "operator.getitem"


def is_operator(key: str) -> bool:
    """Whether ``key`` is a Python operator, slice or Keras activation, native in Keras 3."""
    return key.startswith(("operator.", "keras.activations.", "tf.keras.activations."))


@dataclass(frozen=True, eq=False, kw_only=True)
class RawExpression:
    """A value that raw ops make, alone a unit of one.

    ``keys`` are the keys of its ops in the order of the source. ``loops`` are the loops,
    comprehensions and lambdas around it. ``native`` is true where Keras 3 applies all its ops to
    KerasTensors itself. ``refusal`` says why no layer may take its place.
    """

    root: ast.expr | ast.AugAssign
    place: Place
    loops: tuple[ast.AST, ...]
    keys: tuple[str, ...]
    native: bool
    operands: Operands
    refusal: Refusal | None

    @property
    def statement(self) -> ast.stmt:
        """The statement that it stands in."""
        return self.place.statement

    @property
    def code(self) -> str:
        """KC101 for functions of TensorFlow, KC103 for keras.backend, KC102 for operators."""
        functions = [key for key in self.keys if not is_operator(key)]
        if not functions:
            return "KC102"
        return "KC103" if all(key.startswith("K.") for key in functions) else "KC101"

    @property
    def value_inside(self) -> ast.expr | None:
        """The value that is rewritten together with the statement that takes it, if any."""
        return None

    @property
    def expressions(self) -> tuple[RawExpression, ...]:
        """Itself: see ``Unit``."""
        return (self,)

    @property
    def statements(self) -> tuple[()]:
        """Nothing: the layer takes the place of an expression, not of whole statements."""
        return ()

    @property
    def outputs(self) -> tuple[()]:
        """Nothing: the statement around it says what takes the value."""
        return ()

    @property
    def layer_ops(self) -> tuple[str, ...]:
        """The keys of the ops that its layer applies."""
        return self.keys

    @property
    def assigned_name(self) -> str | None:
        """The variable or attribute that the value is assigned to."""
        statement = self.statement
        if not isinstance(statement, ast.Assign) or statement.value is not self.root:
            return None
        target = statement.targets[0]
        if isinstance(target, ast.Name):
            return target.id
        return target.attr if isinstance(target, ast.Attribute) else None

    def span(self, text: SourceText) -> Span:
        """The source that the layer's call replaces."""
        return text.span(self.root)

    def edit(self, text: SourceText, call: str) -> Edit:
        """The edit that puts the layer's call into the place of the raw expression."""
        return ReplaceExpression(self.span(text), call)


@dataclass(frozen=True, eq=False, kw_only=True)
class AugmentedAssignment(RawExpression):
    """``target op= value``, where the operator or the value is a raw op."""

    root: ast.AugAssign

    @property
    def value_inside(self) -> ast.expr | None:
        """The right side."""
        return self.root.value

    def edit(self, text: SourceText, call: str) -> Edit:
        """A plain assignment: the layer is also given the target's old value."""
        statement = f"{text.text_of(self.root.target)} = {call}"
        return ReplaceStatements(first=self.span(text), last=self.span(text), source=statement)


@dataclass(frozen=True, eq=False, kw_only=True)
class Unpacking(RawExpression):
    """``names = tensor`` with several names; ``root`` is the list of names.

    ``value`` is the tensor, and ``value_keys`` are the keys of the raw ops that make it.
    """

    value: ast.expr
    value_keys: tuple[str, ...] = ()

    @property
    def value_inside(self) -> ast.expr | None:
        """The tensor."""
        return self.value

    @property
    def layer_ops(self) -> tuple[str, ...]:
        """The ops of the value, and the function that takes its parts apart."""
        return (*self.value_keys, "tf.unstack")

    def span(self, text: SourceText) -> Span:
        """The value: the names stay."""
        return text.span(self.value)
