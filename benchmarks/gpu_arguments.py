"""Which arguments an exported program still takes.

XLA makes captured constants that have to be known when it compiles (shapes, axes) part of the
program, so that they are no arguments any more (seen with TensorFlow 2.21).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from benchmarks.gpu_index import ArraySpec

MAIN = re.compile(r"func\.func (?:public )?@main\((.*?)\) ->")
ARGUMENT = re.compile(r"%arg\d+: tensor<((?:\d+x)*)([^>]*>?)>")
ELEMENTS = {
    "i1": "bool",
    "bf16": "bfloat16",
    "complex<f32>": "complex64",
    "complex<f64>": "complex128",
    **{f"f{bits}": f"float{bits}" for bits in (16, 32, 64)},
    **{f"i{bits}": f"int{bits}" for bits in (8, 16, 32, 64)},
    **{f"ui{bits}": f"uint{bits}" for bits in (8, 16, 32, 64)},
}
Type = tuple[tuple[int, ...], str]


def argument_types(text: str) -> list[Type]:
    """Shape and dtype of each argument of ``@main``; ValueError where there is no such function."""
    found = MAIN.search(text)
    if found is None:
        raise ValueError("the program has no @main")
    return [
        (tuple(int(size) for size in sizes.split("x")[:-1]), ELEMENTS.get(element, element))
        for sizes, element in ARGUMENT.findall(found.group(1))
    ]


def taken(specs: Sequence[ArraySpec], types: Sequence[Type]) -> tuple[ArraySpec, ...]:
    """The ``specs`` that stand for arguments of ``types``, in order.

    Only stored arrays can be left out. ValueError where no choice fits, or several that differ.
    """
    choices = set(_choices(tuple(specs), tuple(types)))
    if len(choices) != 1:
        count = "no choice" if not choices else "more than one choice"
        raise ValueError(f"{count} of its constants fits the arguments of the program")
    return choices.pop()


def _choices(
    specs: tuple[ArraySpec, ...], types: tuple[Type, ...]
) -> Iterator[tuple[ArraySpec, ...]]:
    if len(specs) < len(types):
        return
    if not specs:
        yield ()
        return
    first, rest = specs[0], specs[1:]
    if types and (first.shape, first.dtype) == types[0]:
        for others in _choices(rest, types[1:]):
            yield (first, *others)
    if first.rule == "stored" and len(specs) > len(types):
        yield from _choices(rest, types)
