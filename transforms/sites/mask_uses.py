"""Whether a mask on a tensor would be lost before anything could read it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from transforms.knowledge.stock_layers import (
    ACTIVATIONS,
    AVERAGES,
    CONCATENATIONS,
    ENDING_MASKS,
    KEEPING_LOGITS,
    LEAKY_RELU,
    MERGES,
    PASSING_UNREAD,
    SHAPE_READERS,
)
from transforms.sites.facts import op_fact_of
from transforms.sites.masks import Masks
from transforms.sites.origins import DEFINITIONS, Parameter
from transforms.syntax.limits import STEPS_BACK_FROM_A_TENSOR
from transforms.syntax.nodes import parents_of, walk
from transforms.syntax.places import COMPREHENSIONS, Place

# What is read of these is no tensor.
_PLAIN_ATTRIBUTES = frozenset({"shape", "dtype", "name", "get_shape"})
_TELLING = frozenset({"isinstance", "len", "print"})
# Layers that pass on masks may take the place of these.
_MAY_PASS = frozenset({*ACTIVATIONS, *CONCATENATIONS, *KEEPING_LOGITS, LEAKY_RELU, *MERGES})


@dataclass(frozen=True)
class _Step:
    """A value that would have the mask, in the module of ``masks``."""

    masks: Masks
    node: ast.AST


@dataclass(kw_only=True)
class MaskUses:
    """Follows a tensor forward, to the layers that drop its mask.

    An op drops it too, but where a layer that passes it on may take the place of the op, what that
    makes is followed as if it had the mask.
    """

    _parents: dict[ast.Module, Mapping[ast.AST, ast.AST]] = field(default_factory=dict)

    def are_lost_behind(self, masks: Masks, node: ast.AST, inside: tuple[ast.AST, ...]) -> bool:
        """Whether all that reads ``node`` and what is made of it drops its mask.

        ``inside`` are the loops, comprehensions and lambdas around it.
        """
        if any(isinstance(one, (ast.Lambda, *COMPREHENSIONS)) for one in inside):
            return False
        walked = _Walk(uses=self)
        return walked.is_lost(_Step(masks, node), calls=())

    def parents(self, masks: Masks) -> Mapping[ast.AST, ast.AST]:
        """The node around each node of a module."""
        if masks.tree not in self._parents:
            self._parents[masks.tree] = parents_of(walk(masks.tree))
        return self._parents[masks.tree]


@dataclass(kw_only=True)
class _Walk:
    """One walk from a tensor to all that reads it."""

    uses: MaskUses
    _seen: set[tuple[ast.AST, tuple[ast.AST, ...]]] = field(default_factory=set)

    def is_lost(self, step: _Step, calls: tuple[_Step, ...]) -> bool:
        """Whether a mask of the value of ``step`` ends; ``calls`` are those that led into it."""
        key = (step.node, tuple(one.node for one in calls))
        if key in self._seen:
            return True
        self._seen.add(key)
        if len(self._seen) > STEPS_BACK_FROM_A_TENSOR:
            return False
        if isinstance(step.node, ast.AugAssign):
            return self._is_lost_in_target(step, step.node, calls)
        parents = self.uses.parents(step.masks)
        parent = parents.get(step.node)
        if isinstance(parent, ast.keyword):
            return self._is_lost_in_call(step, parents.get(parent), parent.arg, calls)
        if parent is None:
            return False
        if op_fact_of(step.masks.analysis, parent).keys:
            return self._is_lost_in_op(_Step(step.masks, parent), calls)
        match parent:
            case ast.Attribute(attr=name):
                return name in _PLAIN_ATTRIBUTES
            case ast.Compare():
                return all(isinstance(one, (ast.Is, ast.IsNot)) for one in parent.ops)
            case ast.Expr():
                return True
            case ast.Call():
                return self._is_lost_in_call(step, parent, None, calls)
            case ast.IfExp() if step.node is not parent.test:
                return self.is_lost(_Step(step.masks, parent), calls)
            case ast.List() | ast.Tuple() if isinstance(parents.get(parent), ast.Call):
                return self._is_lost_in_list(step, parent, calls)
            case ast.Return():
                return bool(calls) and self.is_lost(calls[-1], calls[:-1])
            case ast.Assign() | ast.AugAssign():
                return self._is_lost_in_target(step, parent, calls)
        return False

    def _is_lost_in_op(self, op: _Step, calls: tuple[_Step, ...]) -> bool:
        """A layer in place of an average would weigh with the mask."""
        fact = op_fact_of(op.masks.analysis, op.node)
        if fact.certain and not fact.other and not fact.open and _MAY_PASS.isdisjoint(fact.keys):
            return AVERAGES.isdisjoint(fact.keys)
        return AVERAGES.isdisjoint(fact.keys) and self.is_lost(op, calls)

    def _is_lost_in_list(
        self, step: _Step, items: ast.List | ast.Tuple, calls: tuple[_Step, ...]
    ) -> bool:
        call = self.uses.parents(step.masks)[items]
        if op_fact_of(step.masks.analysis, call).keys:
            return self._is_lost_in_op(_Step(step.masks, call), calls)
        return False

    def _is_lost_in_call(
        self, step: _Step, call: ast.AST | None, word: str | None, calls: tuple[_Step, ...]
    ) -> bool:
        if not isinstance(call, ast.Call) or call.func is step.node:
            return False
        if op_fact_of(step.masks.analysis, call).keys:
            return self._is_lost_in_op(_Step(step.masks, call), calls)
        place = self._place(step)
        if place is None or not isinstance(place.function, ast.FunctionDef):
            return False
        if step.masks.path(call.func, place) in SHAPE_READERS:
            return True
        if isinstance(call.func, ast.Name) and call.func.id in _TELLING:
            return step.masks.is_builtin(call.func.id, place)
        helper = step.masks.helper_of(call.func, place)
        if helper is not None:
            return self._is_lost_in_helper(step, call, word, helper, calls)
        made = step.masks.layers_made(call.func, place)
        if not made or len(call.args) != 1 or word is not None:
            return False
        if made <= ENDING_MASKS:
            return True
        return made <= ENDING_MASKS | PASSING_UNREAD and self.is_lost(
            _Step(step.masks, call), calls
        )

    def _is_lost_in_helper(
        self,
        step: _Step,
        call: ast.Call,
        word: str | None,
        helper: tuple[Masks, ast.FunctionDef],
        calls: tuple[_Step, ...],
    ) -> bool:
        masks, function = helper
        own = function.args
        names = [item.arg for item in (*own.posonlyargs, *own.args)]
        if word is None:
            index = next((at for at, item in enumerate(call.args) if item is step.node), None)
            starred = any(isinstance(item, ast.Starred) for item in call.args)
            if index is None or starred or index >= len(names):
                return False
            word = names[index]
        elif word not in {item.arg for item in (*own.args, *own.kwonlyargs)}:
            return False
        if any(isinstance(node, (ast.Yield, ast.YieldFrom)) for node in walk(function)):
            return False
        inner = (*calls, _Step(step.masks, call))
        if any(one.node is call for one in calls):
            return False
        return self._are_reads_lost(masks, function, word, Parameter(word), inner)

    def _is_lost_in_target(
        self, step: _Step, statement: ast.Assign | ast.AugAssign, calls: tuple[_Step, ...]
    ) -> bool:
        """All reads of the variable are looked at that may see this value."""
        source = statement.value if isinstance(statement, ast.Assign) else statement
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        place = self._place(step)
        if place is None or not isinstance(place.function, ast.FunctionDef):
            return False
        return all(
            isinstance(target, ast.Name)
            and self._are_reads_lost(step.masks, place.function, target.id, source, calls)
            for target in targets
        )

    def _are_reads_lost(
        self,
        masks: Masks,
        function: ast.FunctionDef,
        name: str,
        source: ast.AST | Parameter,
        calls: tuple[_Step, ...],
    ) -> bool:
        for read in _reads(function, name):
            if read is None:
                return False
            step = _Step(masks, read)
            place = self._place(step)
            values = None if place is None else masks.origins.of(name, place)
            given = (
                ()
                if values is None
                else [one if isinstance(one, Parameter) else one[0] for one in values]
            )
            if (values is None or source in given) and not self.is_lost(step, calls):
                return False
        return True

    def _place(self, step: _Step) -> Place | None:
        parents = self.uses.parents(step.masks)
        node: ast.AST | None = step.node
        while node is not None and node not in step.masks.origins.places:
            node = parents.get(node)
        return None if node is None else step.masks.origins.places[node]  # type: ignore[index]


def _reads(function: ast.FunctionDef, name: str) -> Iterator[ast.Name | None]:
    """Where ``function`` reads its variable; None where other functions may read it too."""
    for node in walk(function):
        if isinstance(node, (ast.Global, ast.Nonlocal)) and name in node.names:
            yield None
        inner = isinstance(node, (*DEFINITIONS, ast.Lambda, *COMPREHENSIONS))
        if inner and node is not function:
            if any(isinstance(one, ast.Name) and one.id == name for one in walk(node)):
                yield None
        elif isinstance(node, ast.Name) and node.id == name and isinstance(node.ctx, ast.Load):
            yield node
        elif isinstance(node, ast.Call) and _reads_all(node):
            yield None


def _reads_all(call: ast.Call) -> bool:
    """``locals()`` and what runs text."""
    return isinstance(call.func, ast.Name) and call.func.id in {"locals", "vars", "eval", "exec"}
