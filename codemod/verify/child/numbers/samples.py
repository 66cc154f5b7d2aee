"""Finding inputs that fit: sizes of free dimensions that a model accepts, and tokens."""

from __future__ import annotations

import re
from typing import Any, Iterator, List, Optional, Tuple

from ..limits import FREE_SIZES, GROWN_SIZES, MOST_ELEMENTS, MOST_SIZES, TOLD_SIZES
from ..protocol import SampleFields
from .forward import Output, difference, run_forward
from .inputs import (
    Sample,
    batch_of,
    elements,
    fixed_sizes,
    free_dimensions,
    make_inputs,
)
from .stored import save_output
from .token_ranges import Limits, token_limits


def run_samples(tf: Any, model: Any, prefix: str) -> Tuple[List[SampleFields], Limits]:
    """Run the samples that the model accepts and save the outputs; the samples, and tokens.

    Two free sizes are run where two are found; of the second a single sample is enough.
    """
    failure: Optional[Exception] = None
    for tokens in token_limits(model):
        accepted: List[Sample] = []
        groups = SampleGroups(model)
        for group in groups:
            samples = group if not accepted else group[-1:]
            try:
                outputs = [
                    run_forward(tf, model, make_inputs(tf, model, sample, tokens))
                    for sample in samples
                ]
            except Exception as error:
                # Free sizes that the model does not accept; the next ones may fit.
                failure = failure or error
                groups.learn(str(error))
                continue
            if not accepted:
                _refuse_unless_deterministic(tf, model, samples[0], tokens, outputs[0])
            for sample, output in zip(samples, outputs):
                save_output("%s_%d.npz" % (prefix, len(accepted)), output)
                accepted.append(sample)
            if len(accepted) > len(group):
                break
        if accepted:
            return [sample.as_json() for sample in accepted], tokens
    raise failure or RuntimeError("no input fits the model")


def _refuse_unless_deterministic(
    tf: Any, model: Any, sample: Sample, tokens: Limits, first: Output
) -> None:
    again = run_forward(tf, model, make_inputs(tf, model, sample, tokens))
    if difference(first, again, exact=True)["tier"] != "bitwise":
        raise RuntimeError("the original is not deterministic: two equal runs differ")


class SampleGroups:
    """Groups of samples to try, one for each free size, the most often accepted first.

    Where an input has several free dimensions, later groups have them of different sizes. Numbers
    that an error tells are tried as sizes before larger and larger ones.
    """

    def __init__(self, model: Any) -> None:
        self._model = model
        self._free = free_dimensions(model)
        self._batch = batch_of(model)
        self._told: List[int] = []
        self._steps = [1, *fixed_sizes(model)]

    def learn(self, error: str) -> None:
        """Note the numbers in an error, also as counted in steps of an input."""
        numbers = [int(number) for number in re.findall(r"(?<![\w.])\d{1,6}(?![\w.])", error)]
        found = [
            size
            for number in sorted(set(numbers), reverse=True)
            for size in (*_steps(number, self._steps), number)
            if TOLD_SIZES[0] <= size <= TOLD_SIZES[1]
        ]
        self._told += [size for size in dict.fromkeys(found) if size not in self._told]

    def __iter__(self) -> Iterator[List[Sample]]:
        if self._free == 0:
            yield self._group(FREE_SIZES[0], 1)
            return
        seen = set()
        for count, (size, stretch) in enumerate(self._sizes()):
            group = self._group(size, stretch)
            if (size, stretch) in seen or elements(self._model, group[0]) > MOST_ELEMENTS:
                continue
            if count >= MOST_SIZES:
                return
            seen.add((size, stretch))
            yield group

    def _sizes(self) -> Iterator[Tuple[int, int]]:
        for place, size in enumerate(FREE_SIZES):
            if place and self._free > 1:
                yield size, 2
            yield size, 1
        tried = 0
        for size in GROWN_SIZES:
            # What the last errors tell, also those of sizes that they told.
            while tried < len(self._told):
                yield self._told[tried], 1
                yield 2 * self._told[tried], 1
                tried += 1
            yield size, 1

    def _group(self, size: int, stretch: int) -> List[Sample]:
        small, large = (1, 3) if self._batch is None else (self._batch, self._batch)
        return [
            Sample(small, size, stretch=stretch),
            Sample(large, size, special=True, stretch=stretch),
            Sample(large, size, stretch=stretch),
        ]


def _steps(number: int, steps: List[int]) -> Iterator[int]:
    """How many steps hold ``number`` values, for each number of values in one step."""
    for step in steps:
        if step > 1 and number % step == 0:
            yield number // step
