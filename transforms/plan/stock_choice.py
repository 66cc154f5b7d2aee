"""The layer of Keras itself that computes what a raw op does, where that is certain."""

from __future__ import annotations

import ast
from collections.abc import Collection
from dataclasses import dataclass, field

from transforms.generate.module_names import Vocabulary
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.knowledge import tf_catalog
from transforms.knowledge.stock_layers import (
    ACTIVATIONS,
    CONCATENATIONS,
    DEFAULT_AXIS,
    LEAKY_RELU,
    TF_SLOPE,
    StockLayer,
)
from transforms.sites.facts import fact_of
from transforms.sites.masks import DEFINITIONS, Masks
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.units import Unit
from transforms.syntax.liveness import bound_inside


@dataclass(kw_only=True)
class StockChoice:
    """Chooses layers of Keras for the units ``allowed`` to be one.

    They cast their inputs and pass on masks: a caller asks for dtypes, here it is made sure that
    there is no mask.
    """

    analysis: Analysis
    module: Module
    vocabulary: Vocabulary
    allowed: Collection[RawExpression]
    _masks: Masks | None = field(default=None)

    def call_for(self, unit: Unit) -> tuple[StockLayer, ast.expr] | None:
        """The layer, and the tensor or display of tensors that it is given."""
        if not isinstance(unit, RawExpression) or unit not in self.allowed:
            return None
        op = unit.root
        if not isinstance(op, ast.Call) or len(unit.operands.ops) > 1 or len(unit.keys) != 1:
            return None
        operands = unit.operands
        if operands.functions or operands.captured or operands.inlined:
            return None
        if fact_of(self.analysis, op.func).open:
            # Callers choose the function: the layer is given it.
            return None
        key = unit.keys[0]
        found = _activation(key, op) or _leaky_relu(key, op) or _concatenation(key, op)
        if found is None or not self._all_masks().end_before(found[1], unit.place):
            return None
        return found

    def _all_masks(self) -> Masks:
        if self._masks is None:
            tree = self.module.tree
            hidden = bound_inside(node for node in tree.body if isinstance(node, DEFINITIONS))
            names = self.vocabulary.names
            self._masks = Masks(
                analysis=self.analysis,
                tree=tree,
                imported={
                    name: dotted
                    for name, dotted in self.vocabulary.table.names.items()
                    if name in names.imported and name not in hidden
                },
                functions={
                    node.name: node
                    for node in tree.body
                    if isinstance(node, ast.FunctionDef)
                    and node.name in names.functions - hidden
                    and not node.decorator_list
                },
            )
        return self._masks


def _activation(key: str, op: ast.Call) -> tuple[StockLayer, ast.expr] | None:
    layer = ACTIVATIONS.get(key)
    given = _arguments(key, op)
    first = tf_catalog.signature(key)[:1]
    if layer is None or given is None or tuple(given) != first:
        return None
    return layer, given[first[0]]


def _leaky_relu(key: str, op: ast.Call) -> tuple[StockLayer, ast.expr] | None:
    """``LeakyReLU``, given the slope by position: its name changed with Keras 3."""
    given = _arguments(key, op)
    if (
        key != LEAKY_RELU
        or given is None
        or not {"features"} <= set(given) <= {"features", "alpha"}
    ):
        return None
    slope = given.get("alpha", ast.Constant(TF_SLOPE))
    if not isinstance(slope, ast.Constant) or not isinstance(slope.value, float):
        return None
    return StockLayer("LeakyReLU", (repr(slope.value),)), given["features"]


def _concatenation(key: str, op: ast.Call) -> tuple[StockLayer, ast.expr] | None:
    """``tf.concat([a, b], axis=1)``: one tensor alone is no list for the layer of Keras."""
    given = _arguments(key, op)
    if key not in CONCATENATIONS or given is None:
        return None
    values = given.get("values", given.get("tensors"))
    if not isinstance(values, (ast.List, ast.Tuple)) or len(values.elts) < 2:
        return None
    if any(isinstance(item, ast.Starred) for item in values.elts):
        return None
    axis = DEFAULT_AXIS
    if "axis" in given:
        try:
            axis = ast.literal_eval(given["axis"])
        except ValueError:
            return None
    # The batch is no axis for Keras.
    if not isinstance(axis, int) or axis == 0 or set(given) - {"values", "tensors", "axis"}:
        return None
    arguments = () if axis == DEFAULT_AXIS else (f"axis={axis}",)
    return StockLayer("Concatenate", arguments), values


def _arguments(key: str, op: ast.Call) -> dict[str, ast.expr] | None:
    """The arguments of ``op`` by the names of its parameters, but for its own name."""
    given = dict(zip(tf_catalog.signature(key), op.args))
    for word in op.keywords:
        if word.arg is None:
            return None
        given[word.arg] = word.value
    return {name: value for name, value in given.items() if name != "name"}
