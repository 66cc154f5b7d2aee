"""Random functional programs whose ops are chosen by open values, with all their values."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass

from tests.support.open_steps import STEPS
from tests.support.open_writer import Writer

HEADER = """\
import enum
import functools

import tensorflow as tf
from tensorflow import keras
from tensorflow.keras import layers


def own(x):
    return x * tf.sigmoid(1.5 * x)


def scaled(x, by=0.5):
    return tf.tanh(x) * by


"""
COMBINATIONS = 7
"""Calls of one program: each value of each parameter, and some together."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """Source of one program, the name of its builder, and the arguments of all calls."""

    source: str
    builder: str
    calls: tuple[str, ...]


def program(seed: int) -> Program:
    """The program of ``seed``; its names end with the seed."""
    w = Writer(random=random.Random(seed), suffix=str(seed))
    w.is_method = w.random.random() < 0.3
    for step in w.random.choices(STEPS, k=w.random.randint(2, 5)):
        step(w)
    builder = f"build_{seed}"
    names = list(w.values)
    signature = ", ".join(f"{name}={w.values[name][0]}" for name in names)
    lines = ["\n\n".join(w.before), ""] if w.before else []
    if w.is_method:
        lines += [
            f"class Builder{seed}:",
            f"    def __init__(self{', ' * bool(names)}{signature}):",
        ]
        lines += [f"        self.{name} = {name}" for name in names] or ["        pass"]
        plain = [f"        {name} = self.{name}" for name in names]
        lines += ["", "    def build(self):", *plain]
        indent = "        "
        call = f"Builder{seed}({{}}).build()"
    else:
        lines += [f"def {builder}({signature}):"]
        indent = "    "
        call = f"{builder}({{}})"
    lines += [f"{indent}i = keras.Input((4, 6))", f"{indent}x = i"]
    lines += [f"{indent}{text}" for text in w.body]
    lines += [f"{indent}return keras.Model(i, x)", ""]
    return Program(source="\n".join(lines), builder=builder, calls=_calls(w, call))


def _calls(w: Writer, call: str) -> tuple[str, ...]:
    each = [f"{name}={value}" for name, values in w.values.items() for value in values[1:]]
    together = [
        ", ".join(f"{name}={value}" for name, value in zip(w.values, chosen))
        for chosen in itertools.islice(itertools.product(*w.values.values()), 200)
    ]
    some = w.random.sample(together, min(2, len(together)))
    given = list(dict.fromkeys(["", *each, *some]))[:COMBINATIONS]
    return tuple(call.format(arguments) for arguments in given)
