"""Whether what ``tf.reshape(x, [-1, ...])`` infers is the batch, whatever the sizes are."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

from transforms.knowledge.stock_layers import RESHAPES, TRANSPOSITIONS
from transforms.sites.facts import op_fact_of
from transforms.sites.masks import Masks
from transforms.sites.origins import Parameter
from transforms.syntax.limits import STEPS_BACK_FROM_A_TENSOR
from transforms.syntax.places import Place

# Factors, each with how often it stands in the product; numbers are one factor.
Product = Counter[Hashable]


@dataclass(frozen=True)
class _Size:
    """The size of one axis of a tensor, by the values that it may be; axes from 1."""

    tensor: Hashable
    axis: int


@dataclass(frozen=True)
class _Number:
    value: int


def keeps_batch(masks: Masks, tensor: ast.expr, sizes: Sequence[ast.expr], place: Place) -> bool:
    """Whether ``sizes`` are as many elements as one example of ``tensor`` has.

    That is so where they are all sizes of the tensor itself, or those that it was given before.
    """
    reader = _Reader(masks=masks)
    wanted = reader.product(sizes, place)
    if wanted is None:
        return False
    known = reader.example(tensor, place)
    return wanted == known if known is not None else reader.are_all_axes(wanted, tensor, place)


@dataclass(kw_only=True)
class _Reader:
    """Reads sizes; ``ranks`` are those of tensors whose shape is taken apart."""

    masks: Masks
    ranks: dict[Hashable, int] = field(default_factory=dict)
    steps: int = 0

    def product(self, sizes: Sequence[ast.expr], place: Place) -> Product | None:
        """The factors of all ``sizes``; None where one is something else."""
        found: Product = Counter()
        number = 1
        for size in sizes:
            factors = self._factors(size, place)
            if factors is None:
                return None
            for factor in factors:
                if isinstance(factor, _Number):
                    number *= factor.value
                else:
                    found[factor] += 1
        found[_Number(number)] += 1
        return found if number > 0 else None

    def example(self, node: ast.AST, place: Place) -> Product | None:
        """The sizes that a reshape before has given to one example of ``node``."""
        self.steps += 1
        if self.steps > STEPS_BACK_FROM_A_TENSOR:
            return None
        if isinstance(node, ast.Name):
            values = self.masks.origins.of(node.id, place)
            if values is None or len(values) != 1 or isinstance(values[0], Parameter):
                return None
            return self.example(*values[0]) if values[0][0] is not node else None
        if not isinstance(node, ast.Call) or len(node.args) + len(node.keywords) != 2:
            return None
        fact = op_fact_of(self.masks.analysis, node)
        if not node.args or not fact.keys or fact.open or fact.other or not fact.certain:
            return None
        more = node.args[1] if len(node.args) > 1 else node.keywords[0].value
        if not isinstance(more, (ast.List, ast.Tuple)) or not more.elts:
            return None
        first = more.elts[0]
        if {*fact.keys} <= TRANSPOSITIONS and isinstance(first, ast.Constant) and first.value == 0:
            return self.example(node.args[0], place)
        return self.product(more.elts[1:], place) if {*fact.keys} <= RESHAPES else None

    def are_all_axes(self, wanted: Product, tensor: ast.expr, place: Place) -> bool:
        """Whether they are the sizes of all axes of ``tensor`` but the batch, each once.

        Sizes from the first one on, and the last one, are taken for all.
        """
        own = self._identity(tensor, place)
        axes = []
        for factor, count in wanted.items():
            if isinstance(factor, _Size) and factor.tensor == own and count == 1:
                axes.append(factor.axis)
            elif factor != _Number(1):
                return False
        rank = self.ranks.get(own) if own is not None else None
        if rank is None:
            return len(axes) > 1 and sorted(axes) == [-1, *range(1, len(axes))]
        return sorted(axis % rank for axis in axes) == [*range(1, rank)]

    def _factors(self, node: ast.expr, place: Place) -> list[Hashable] | None:
        match node:
            case ast.Constant(value=int(number)) if not isinstance(number, bool):
                return [_Number(number)]
            case ast.BinOp(op=ast.Mult()):
                left, right = self._factors(node.left, place), self._factors(node.right, place)
                return None if left is None or right is None else [*left, *right]
            case ast.Subscript(value=ast.Attribute(attr="shape", value=tensor), slice=index):
                own = self._identity(tensor, place)
                axis = _axis(index)
                return None if own is None or not axis else [_Size(own, axis)]
            case ast.Name(id=name):
                values = self.masks.origins.of(name, place)
                if values is None:
                    return None
                if len(values) == 1 and not isinstance(values[0], Parameter):
                    value, where = values[0]
                    if isinstance(where.statement, ast.Assign) and where.statement.value is value:
                        return self._assigned(name, where.statement, where)
                return [self._identity(node, place)]
        return None

    def _assigned(self, name: str, statement: ast.Assign, place: Place) -> list[Hashable] | None:
        """The factors of what an assignment gives to ``name``: a size, or a number."""
        target, value = statement.targets[0], statement.value
        if isinstance(target, ast.Name):
            if isinstance(value, ast.BinOp | ast.Constant | ast.Subscript):
                found = self._factors(value, place)
                if found is not None:
                    return found
            return [value]
        if not isinstance(target, (ast.Tuple, ast.List)):
            return None
        names = [item.id if isinstance(item, ast.Name) else None for item in target.elts]
        if names.count(name) != 1:
            return None
        if isinstance(value, (ast.Tuple, ast.List)) and len(value.elts) == len(names):
            return self._factors(value.elts[names.index(name)], place)
        match value:
            case ast.Attribute(attr="shape", value=tensor):
                skipped = 0
            case ast.Subscript(
                value=ast.Attribute(attr="shape", value=tensor),
                slice=ast.Slice(lower=ast.Constant(value=1), upper=None, step=None),
            ):
                skipped = 1
            case _:
                return [(value, name)]
        own = self._identity(tensor, place)
        axis = names.index(name) + skipped
        if own is None or axis == 0 or None in names:
            return None
        self.ranks[own] = len(names) + skipped
        return [_Size(own, axis)]

    def _identity(self, node: ast.expr, place: Place) -> Hashable | None:
        """What a variable may be, which is the same wherever nothing has changed it."""
        if not isinstance(node, ast.Name):
            return None
        values = self.masks.origins.of(node.id, place)
        if values is None:
            return None
        ends = (one if isinstance(one, Parameter) else one[0] for one in values)
        return (node.id, frozenset(ends))


def _axis(index: ast.expr) -> int:
    try:
        value = ast.literal_eval(index)
    except (ValueError, TypeError):
        return 0
    return value if isinstance(value, int) and value >= -1 else 0
