"""The layer of Keras itself that computes what a raw op does, where that is certain."""

from __future__ import annotations

import ast
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from transforms.generate.idioms import idiom_of
from transforms.generate.layer_naming import helper_of
from transforms.generate.phrase_parts import REARRANGING
from transforms.generate.terms import short_name
from transforms.interpret.scopes import Module
from transforms.interpret.symbolic import Analysis
from transforms.interpret.value_kinds import Kind
from transforms.knowledge.keras_names import FUNCTIONAL_LAYERS, keras_path
from transforms.knowledge.stock_layers import (
    AVERAGING,
    MASK_MAKERS,
    MOVING,
    PASSING_ALONE,
    SHAPING,
)
from transforms.plan.lambda_choice import POLICIES, dtypes_of, fits_lambda, takes_placeholders
from transforms.plan.module_masks import ModuleMasks
from transforms.plan.stock_calls import StockCall, chosen_activation, stock_call
from transforms.sites.facts import fact_of, op_fact_of
from transforms.sites.kept_batches import keeps_batch
from transforms.sites.masks import Masks
from transforms.sites.ranks import rank_of
from transforms.sites.raw_expressions import RawExpression
from transforms.sites.run_statements import RunStatement, names_defined
from transforms.sites.runs import Run
from transforms.sites.single_ops import single_ops
from transforms.sites.units import Unit
from transforms.syntax.liveness import names_read
from transforms.syntax.nodes import walk
from transforms.syntax.places import COMPREHENSIONS, Definition
from transforms.syntax.source_text import SourceText

_TENSORS = Kind.EAGER | Kind.ARRAY
_FLOATS = frozenset({"policy", "floatx", "bfloat16", "float16", "float32", "float64"})


@dataclass(kw_only=True)
class StockChoice:
    """Chooses layers of Keras for units that are compared with the ops.

    They cast their inputs, and some pass on masks: it is made sure that nothing is cast, and that
    there is no mask where one would be passed on.
    """

    analysis: Analysis
    module: Module
    text: SourceText
    _uses: dict[str, list[ast.Call | None]] | None = None
    _calls: dict[Unit, StockCall | None] = field(default_factory=dict)

    def call_for(self, unit: Unit) -> StockCall | None:
        """The layer that computes what ``unit`` does, if there surely is one."""
        if unit not in self._calls:
            self._calls[unit] = self._call(unit)
        return self._calls[unit]

    def _call(self, unit: Unit) -> StockCall | None:
        if not isinstance(unit, RawExpression):
            return None
        op, operands = unit.root, unit.operands
        if not isinstance(op, ast.Call) or operands.functions or operands.inlined:
            return None
        if any(fact_of(self.analysis, node).kinds & _TENSORS for node in operands.captured):
            return None
        fact = op_fact_of(self.analysis, op)
        if fact_of(self.analysis, op.func).open:
            # Callers choose the function: the layer is given it.
            is_op = fact.certain and not fact.other
            found = chosen_activation(op, [*fact.keys], self.text.text_of) if is_op else None
        else:
            key = next(iter(fact.keys), "")
            found = stock_call(key, op, self.text.text_of, partial(self._are_of_image, unit))
        if found is None or not _holds_all(unit, op, found) or not self._fits_all(found, unit):
            return None
        if found.takes_list and not self._are_tensors(found.given, unit):
            return None
        if not found.ends_masks and not self._drops_masks(found, unit):
            return None
        if found.keeps_logits and not self._is_lost_behind(unit):
            return None
        if found.name.startswith(AVERAGING) and POLICIES.search(self.text.text):
            return None
        # Whoever imports the module may set a policy, which an input does not follow.
        fits = fits_lambda(self.analysis, unit, is_compared=True, has_policy=True)
        return found if fits else self._uncast(found, unit)

    def _drops_masks(self, found: StockCall, unit: RawExpression) -> bool:
        """Whether a mask ends before the layer, or behind it before anything reads it."""
        if self._masks.end_before(found.given, unit.place, unit.loops):
            return True
        # Along another axis, masks of some of the tensors cannot be joined. Where masks are made,
        # nobody expects a layer that passes them on in place of an op that does not.
        is_harmless = (
            not self._makes_masks
            and found.name in PASSING_ALONE
            and not (found.takes_list and found.arguments)
        )
        return is_harmless and self._is_lost_behind(unit)

    def _is_lost_behind(self, unit: RawExpression) -> bool:
        """Whether nothing that reads the value of ``unit`` sees what Keras has noted at it."""
        return self._all_masks.uses.are_lost_behind(self._masks, unit.root, unit.loops)

    def _are_of_image(self, unit: RawExpression, axes: ast.expr) -> bool:
        return self._masks.are_image_axes(axes, unit.place)

    def _uncast(self, found: StockCall, unit: RawExpression) -> StockCall | None:
        """The layer with the dtype of its input, where a cast is all that it would do else."""
        if not takes_placeholders(self.analysis, unit, is_compared=True):
            return None
        if found.name not in MOVING and not dtypes_of(self.analysis, unit) <= _FLOATS:
            return None
        first, item = found.given, ""
        if isinstance(first, (ast.List, ast.Tuple)):
            first = first.elts[0]
        elif found.takes_list:
            item = "[0]"
        if not _is_path(first):
            return None
        dtype = f"dtype={self.text.text_of(first)}{item}.dtype"
        return replace(found, arguments=(*found.arguments, dtype), is_uncast=True)

    def _fits_all(self, found: StockCall, unit: RawExpression) -> bool:
        """Whether it does what the op does for tensors of every shape that callers may choose.

        Verification has seen some. Where nobody chooses anything, these are all.
        """
        if not found.needs_rank and not found.inferred_sizes:
            return True
        around = (one for one in unit.place.definitions if not isinstance(one, ast.ClassDef))
        if not any(_parameters(function) for function in around):
            return True
        if found.inferred_sizes:
            own = any(isinstance(one, (ast.Lambda, *COMPREHENSIONS)) for one in unit.loops)
            return not own and keeps_batch(
                self._masks, found.given, found.inferred_sizes, unit.place
            )
        return rank_of(self._masks, found.given, unit.place) == found.needs_rank

    def parts_of(self, site: RawExpression, keep_operators: bool) -> list[RawExpression]:
        """The ops of ``site``, where all are layers of Keras, or operators that may stay."""
        if len(site.keys) == 1 or idiom_of(self.analysis, site) is not None:
            return []
        parts = single_ops(self.analysis, site, keep_operators)
        calls = [self.call_for(part) for part in parts]
        return parts if all(calls) and not _only_shapes(calls) else []

    def takes_apart(self, run: Run, keep_operators: bool) -> bool:
        """Whether layers of Keras do what ``run`` does, statement by statement.

        A run that has a name of its own, or moves elements alone, says more as one layer.
        """
        if not self._is_loose(run):
            return False
        own = [one for one in run.statements if one.expressions]
        calls = [
            call
            for one in own
            if not (keep_operators and one.is_native)
            for call in self._calls_of(one, keep_operators)
        ]
        return bool(calls) and all(calls) and not _only_shapes(calls)

    def ends_of(self, run: Run, keep_operators: bool) -> list[RawExpression]:
        """What stands first and last in ``run`` and is done by layers of Keras.

        A layer for the rest is a smaller idea. It gives no more than that for the whole run would.
        """
        if not self._is_loose(run) or helper_of(run) is not None:
            return []
        rest = [*run.statements]
        found: list[RawExpression] = []
        while rest[1:] and self._is_apart(rest[0], rest[1], keep_operators):
            found += rest.pop(0).expressions
        outputs = {*run.outputs}
        while rest[1:] and self._is_apart(rest[-1], rest[-2], keep_operators):
            last = rest[-1]
            given = {*names_read(last.node)} & names_defined(rest[:-1])
            more = (outputs - last.defines) | given
            if len(more) > max(1, len(outputs)):
                break
            outputs = more
            found += rest.pop().expressions
        return found

    def _is_loose(self, run: Run) -> bool:
        """Whether nothing holds the statements of ``run`` together: a name, or plain values."""
        whole = [one.borrowed or one.private or one.optional is not None for one in run.statements]
        return not run.hoisted and not any(whole) and idiom_of(self.analysis, run) is None

    def _is_apart(self, one: RunStatement, beside: RunStatement, keep_operators: bool) -> bool:
        """Whether layers of Keras do what ``one`` does, and ``beside`` does something else.

        They must stand there without words that a class makes needless.
        """
        calls = self._calls_of(one, keep_operators)
        if not calls or not all(call is not None and not call.is_uncast for call in calls):
            return False
        moves = {call.name for call in calls if call is not None} <= SHAPING
        keys = [key for site in beside.expressions for key in site.keys]
        return not (moves and any(short_name(key) in REARRANGING for key in keys))

    def _calls_of(self, one: RunStatement, keep_operators: bool) -> list[StockCall | None]:
        return [
            self.call_for(part)
            for site in one.expressions
            for part in self.parts_of(site, keep_operators) or [site]
        ]

    def _are_tensors(self, node: ast.expr, unit: RawExpression) -> bool:
        """Whether ``node`` is a display, or surely a list of several tensors.

        Keras 2 neither clones nor loads a model whose ``Concatenate`` is given one in a list.
        """
        if not isinstance(node, ast.Name):
            return isinstance(node, (ast.List, ast.Tuple))
        is_list = fact_of(self.analysis, node).kinds == Kind.HOLDS_SYMBOLIC
        return is_list and self._masks.are_several(node.id, unit.place)

    @cached_property
    def functional_layers(self) -> frozenset[str]:
        """The functions such as ``layers.add`` that the module calls: they number their layers."""
        return frozenset(
            name
            for node in self.module.nodes
            for name in [getattr(node, "attr", getattr(node, "id", ""))]
            if name in FUNCTIONAL_LAYERS and self._may_be_keras(node)
        )

    @cached_property
    def _makes_masks(self) -> bool:
        return any(
            getattr(node, name, None) in MASK_MAKERS
            for node in self.module.nodes
            for name in ("arg", "attr", "id")
        )

    @cached_property
    def words(self) -> frozenset[str]:
        """The strings of the module: any may be the name of a layer."""
        nodes = self.module.nodes
        values = (node.value for node in nodes if isinstance(node, ast.Constant))
        return frozenset(value for value in values if isinstance(value, str))

    def is_made_without_name(self, layer: str) -> bool:
        """Whether the module may make a ``layer`` whose name Keras numbers."""
        if self._uses is None:
            self._uses = _uses(self.module.nodes)
        return any(call is None or not _is_named(call) for call in self._uses.get(layer, ()))

    def _may_be_keras(self, node: ast.AST) -> bool:
        """Whether ``node`` is a name of Keras, or a bare name of nobody knows what."""
        attributes: list[str] = []
        while isinstance(node, ast.Attribute):
            attributes.insert(0, node.attr)
            node = node.value
        names = self.module.imports.names
        if not isinstance(node, ast.Name) or node.id not in names:
            return not attributes
        path = keras_path(".".join([names[node.id], *attributes]))
        return path is not None and path.startswith("layers.")

    @cached_property
    def _all_masks(self) -> ModuleMasks:
        return ModuleMasks(analysis=self.analysis)

    @cached_property
    def _masks(self) -> Masks:
        return self._all_masks.of(self.module)


def _uses(nodes: Sequence[ast.AST]) -> dict[str, list[ast.Call | None]]:
    """For each name of a class the calls that make an instance, None for other uses."""
    calls = {node.func: node for node in nodes if isinstance(node, ast.Call)}
    found: dict[str, list[ast.Call | None]] = {}
    for node in nodes:
        name = getattr(node, "attr", getattr(node, "id", ""))
        if name[:1].isupper() and isinstance(node, ast.expr):
            found.setdefault(name, []).append(calls.get(node))
    return found


def _is_named(call: ast.Call) -> bool:
    """Whether the layer that is made is surely given a name."""
    return any(
        word.arg == "name"
        and (
            isinstance(word.value, ast.JoinedStr)
            or (isinstance(word.value, ast.Constant) and isinstance(word.value.value, str))
        )
        for word in call.keywords
    )


def _parameters(function: Definition | ast.Lambda) -> list[ast.arg]:
    """The parameters of ``function``, without the object of a method."""
    own = function.args
    given = [*own.posonlyargs, *own.args, *own.kwonlyargs]
    more = [one for one in (own.vararg, own.kwarg) if one is not None]
    return [one for one in (*given, *more) if one.arg not in {"self", "cls"}]


def _is_path(node: ast.expr) -> bool:
    """Whether ``node`` is a name, or an attribute of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


def _only_shapes(calls: Sequence[StockCall | None]) -> bool:
    """Whether they are several layers that move elements, which say more as one."""
    return len(calls) > 1 and {call.name for call in calls if call is not None} <= SHAPING


def _holds_all(unit: RawExpression, op: ast.Call, found: StockCall) -> bool:
    """Whether the layer is given all tensors of ``unit``, and no other op stands in it.

    The size of the batch, which ``Reshape`` reads itself, may stand in it.
    """
    parts = found.given.elts if isinstance(found.given, (ast.List, ast.Tuple)) else [found.given]
    if {*parts} != {*unit.operands.symbolic} - _sizes(op):
        return False
    others = {node for node in unit.operands.ops if node is not op}
    return not others or (found.name == "Reshape" and others <= _sizes(op))


def _sizes(op: ast.Call) -> set[ast.AST]:
    """The parts of the size of the batch, where the shape that ``op`` is given begins with it."""
    shape = op.args[1] if len(op.args) > 1 else None
    first = shape.elts[0] if isinstance(shape, (ast.List, ast.Tuple)) and shape.elts else None
    return {*walk(first)} if isinstance(first, ast.Subscript) else set()
